"""The auditor's replay: decide again from the log and its evidence, and compare byte by byte.

No decryption key is used or needed. Each record is settled again with the function that settled
it, from the recorded instant, salt and input, in a state rebuilt from the records before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import orjson

from contracts.convention.retention import DAY_S, quarantine_days
from contracts.decision.effects import Effect
from contracts.decision.state import State, Tail, View
from contracts.encoding import digest, leaf_hash, unb64u
from contracts.envelope.event import Event
from contracts.envelope.model import Claimed, Cover
from contracts.envelope.verify import (
    check_times,
    claimed_from_evidence,
    cover_from_evidence,
    event_from_evidence,
)
from contracts.errors import LogError, RelaisError
from contracts.log import settle
from contracts.log.entry import Entry, InputSource, Site
from contracts.log.finding import AuditFinding, Tally, event_of
from contracts.log.orders import Order, Registry
from contracts.log.rebuild import (
    MALFORMED,
    Headers,
    check_chain,
    check_signature,
    evidence_beside,
    fold,
    is_genuine,
    is_unfolded,
    read_record,
)
from contracts.log.rulings import DROPPED
from contracts.vocabulary import topics

MERGE_EVERY: Final = 500  # records; keeps the view small
# What is found of an event, whose own place is told; anything else is told of the record.
_OF_EVENTS: Final = frozenset(
    {"quarantined", "prev_does_not_follow", "prev_absent", "id_reused_across_partitions"}
)

_Said = tuple[str, str] | tuple[str, str, bool]  # code, detail, whether it is an alarm


@dataclass(frozen=True, slots=True)
class _Read:
    """A record as it was read, with what stands beside it."""

    value: bytes
    headers: Headers
    evidence: bytes | None
    offset: int
    stamp: int


@dataclass(frozen=True, slots=True)
class _Folded:
    """A record whose evidence makes the state, or would if it is the router's."""

    record: dict[str, Any]
    leaf: str
    evidence: bytes | None

    def after(self, tail: Tail) -> Tail:
        """Where the log stands behind it."""
        return Tail(index=tail.index + 1, leaf=self.leaf, at=self.record["at"])


def _why(error: Exception) -> tuple[str, str]:
    """Code and detail of a fault; what Python itself raises is a record of another form."""
    if isinstance(error, RelaisError):
        return error.code, error.describe()
    return "record_malformed", type(error).__name__


class Replayer:
    """Replays one partition, record by record."""

    def __init__(
        self,
        realm: str,
        partition: int,
        registry: Registry,
        ids: dict[str, int] | None = None,
    ) -> None:
        """A replayer at the beginning of a log.

        Args:
            ids: event id -> partition that decided it, shared by the replayers of a realm: no
                router sees an id used again in another partition, the auditor does.
        """
        self._ids = ids if ids is not None else {}
        self.site = Site(realm, partition)
        self.registry = registry
        self.state = State()
        self.view = View(self.state)
        self.tally = Tally()
        self._signed = True
        self._folded: list[_Folded] = []  # since the last merge: what a fault must not spoil
        self._faulty: _Folded | None = None  # the last record, if it is not sure whose it is
        self._astray: set[bool] = (
            set()
        )  # of the last records, which followed nothing: the router's?
        self._lost = False  # what the state is can no longer be known

    def step(
        self,
        value: bytes | None,
        headers: Headers,
        evidence: bytes | None,
        offset: int = -1,
        stamp: int = 0,
    ) -> list[AuditFinding]:
        """Replay one record; findings are returned, never raised.

        After a fault it goes on where that is sound. A record that follows nothing is nobody's and
        changes nothing. One that the router signed is folded as its evidence says, as a router that
        starts folds it. An unsigned one is the router's if the next one follows it, else nobody's.
        Only where evidence that is needed is missing or other does nothing that follows count; it is
        counted as unaudited.

        Args:
            offset: of the record in its topic.
            stamp: the broker's, seconds.
        """
        if self._lost:
            self.tally.unaudited += 1
            return []
        raw = value or b""
        read = _Read(raw, tuple(headers), evidence, offset, stamp)
        try:
            record = self._next(raw)
        except (RelaisError, *MALFORMED) as error:
            return self._strayed(read, error)
        self._astray.clear()
        if record is None:
            self._lost = True
            self.tally.unaudited += 1
            return []
        try:
            findings = self._step(record, read)
        except (RelaisError, *MALFORMED) as error:
            return self._faulted(record, read, error)
        self._folded.append(_Folded(record, leaf_hash(raw), evidence or b""))
        if self.tally.records % MERGE_EVERY == 0:
            self.view.merge()
            self.view, self._folded = View(self.state), []
        return findings

    def _next(self, value: bytes) -> dict[str, Any] | None:
        """The record, if it follows the last one, or the last one but one whose author is not known.

        Returns:
            None if it follows one of the router's whose evidence is missing or other.

        Raises:
            LogError: `record_malformed`, `chain_broken`: it follows nothing.
        """
        record = read_record(value, self.site.realm, self.site.partition)
        faulty = self._faulty
        if faulty is not None and record.get("prev") == faulty.leaf:
            check_chain(record, faulty.after(self.view.tail))
            self._faulty = None
            return record if self._fold(faulty, signed=False) else None
        check_chain(record, self.view.tail)
        self._faulty = None
        return record

    def _strayed(self, read: _Read, error: Exception) -> list[AuditFinding]:
        """A record that follows nothing: the first of several in a row is a finding.

        So is the first that the router signed: it hides nothing behind what is nobody's.
        """
        self.tally.unaudited += 1
        log = self.site.realm, self.site.partition
        routers = is_unfolded(read.value, read.headers, self.view.tail, self.registry, log)
        again = True in self._astray if routers else bool(self._astray)
        self._astray.add(routers)
        return [] if again else [self._found(read, {}, *_why(error))]

    def _faulted(self, record: dict[str, Any], read: _Read, error: Exception) -> list[AuditFinding]:
        """A record that follows and is not what honest routing would have written."""
        self._reset()
        here = _Folded(record, leaf_hash(read.value), read.evidence)
        registry, realm = self.registry, self.site.realm
        if not is_genuine(record, here.leaf, read.headers, self.view.tail, registry, realm):
            self._faulty = here
        elif not self._fold(here, signed=True):
            self._lost = True
        return [self._found(read, record, *_why(error))]

    def _reset(self) -> None:
        """The state before the record in hand, which may have spoilt it."""
        self.view.drop()
        self.view = View(self.state)
        for one in self._folded:
            fold(self.view, one.record, one.leaf, orjson.loads(one.evidence or b""))

    def _fold(self, one: _Folded, *, signed: bool) -> bool:
        """Fold a record as its evidence says; False, and nothing is folded, if that cannot be."""
        try:
            beside = evidence_beside(one.record, one.evidence)
            fold(self.view, one.record, one.leaf, beside)
        except (RelaisError, *MALFORMED):
            self._reset()
            return False
        self._folded.append(one)
        self._signed = signed
        return True

    def finish(self, now: int) -> list[AuditFinding]:
        """What is missing at the end: the tail's signature, a due instant or an order unrecorded."""
        if self._lost or self._faulty is not None:
            return []
        found = []
        index = self.view.tail.index
        if not self._signed:
            found.append(AuditFinding(self.site.partition, index, "tail_unsigned"))
        next_due = self.view.next_due()
        if self.view.tail.index and next_due is not None and next_due[0] <= now:
            found.append(
                AuditFinding(self.site.partition, index, "due_unreported", "silence hidden")
            )
        waiting = self.view.tail.waiting[:1]
        if any((kept := self.view.kept(leaf)) and kept.released <= now for leaf in waiting):
            found.append(AuditFinding(self.site.partition, index, "release_unsettled"))
        done = self.view.tail.orders
        late = [one.n for one in self.registry.orders if one.n not in done and one.start <= now]
        if index and late:  # a router that ignores an order would keep a revoked key alive
            found.append(
                AuditFinding(self.site.partition, index, "order_unrecorded", f"order {late[0]}")
            )
        return found

    def _step(self, record: dict[str, Any], read: _Read) -> list[AuditFinding]:
        beside = evidence_beside(record, read.evidence)
        early = self._gone_early(record, beside)
        entry = self._settle(record, beside)
        self._same(record, read.value, read.evidence or b"", entry)
        tail, realm = self.view.tail, self.site.realm
        self._signed = check_signature(read.headers, tail, self.registry, realm)
        reused = self._reused(entry.effects)
        counted = self._count(record, beside)
        return [self._found(read, record, *one) for one in (*early, *reused, *counted)]

    def _found(
        self, read: _Read, record: dict[str, Any], code: str, detail: str = "", alarm: bool = True
    ) -> AuditFinding:
        """A finding with its place: of the event's input if the record is sound and has one."""
        topic, offset = topics.decisions(self.site.realm), read.offset
        evidence: Any = {}
        with suppress(*MALFORMED):
            evidence = orjson.loads(read.evidence or b"{}")
            if code in _OF_EVENTS:
                topic, offset = record["src"]["topic"], record["src"]["offset"]
        index, at = record.get("index", self.view.tail.index), record.get("at", read.stamp)
        return AuditFinding(
            self.site.partition, index, code, detail, alarm, event_of(evidence), topic, offset, at
        )

    def _reused(self, effects: Iterable[Effect]) -> list[_Said]:
        """An event id that another partition has decided too (log §9)."""
        here = self.site.partition
        ids = [effect["jti"] for effect in effects if effect["k"] == "seen"]
        if all(self._ids.setdefault(jti, here) == here for jti in ids):
            return []
        return [("id_reused_across_partitions", f"partition {self._ids[ids[0]]} too")]

    def _gone_early(self, record: dict[str, Any], evidence: dict[str, Any]) -> list[_Said]:
        """Bytes that are missing before their retention ended, or that are others: an alarm."""
        reason = evidence.get("reason") if "released" in evidence else None
        if reason not in ("bytes_altered", "bytes_gone"):
            return []
        kept = self.view.kept(evidence["released"])
        convention = self.registry.conventions[self.view.tail.convd]
        lasts = quarantine_days(convention, self.site.realm) * DAY_S
        if reason == "bytes_gone" and kept is not None and record["at"] >= kept.at + lasts:
            return []
        return [(reason, "")]

    def _nothing_unreported(self, by: int) -> None:
        """Before anything is decided at t, what fell due by t is recorded."""
        next_due = self.view.next_due()
        if next_due is not None and next_due[0] <= by:
            raise LogError("due_unreported", "a later record", f"{next_due[1]} first")

    def _settle(self, record: dict[str, Any], evidence: dict[str, Any]) -> Entry:
        settle_again: Callable[[dict[str, Any], dict[str, Any]], Entry] | None = {
            "decided": self._decided,
            "duplicate": self._duplicate,
            "quarantined": self._quarantined,
            "overdue": self._due,
            "renewed": self._due,
            "genesis": self._genesis,
            "adopted": self._ordered,
            "layout": self._ordered,
            "released": self._ordered,
            "discarded": self._discarded,
        }.get(record.get("kind", ""))
        if settle_again is None:
            raise LogError("record_malformed", "another kind", "a kind of record")
        if record["kind"] in ("decided", "duplicate", "quarantined") or "released" in evidence:
            self._nothing_unreported(record["at"])
        try:
            return settle_again(record, evidence)
        except MALFORMED:
            raise LogError("evidence_malformed", f"index {record['index']}") from None

    def _released(self, record: dict[str, Any], evidence: dict[str, Any]) -> str:
        """The leaf of the release that a record settles: the next one, with the bytes that came."""
        leaf: str = evidence.get("released", "")
        if leaf:
            kept = self.view.kept(leaf)
            if kept is None or self.view.tail.waiting[:1] != (leaf,):
                raise LogError("release_invented", f"index {record['index']}", "an order's next")
            if record.get("src", {}).get("sha", kept.sha) != kept.sha:
                raise LogError("bytes_altered", f"index {record['index']}", "the bytes that came")
        return leaf

    def _admissible(self, event: Event, at: int, arrived: int | None) -> None:
        """What the router had to see before it decided: in time, once, under a known convention."""
        cover = event.cover
        check_times(cover, self.site.realm, at, arrived)
        if not self.registry.accepts(cover.convd, self.view.tail.convd):
            raise LogError("unknown_convention", "another", "one in force")
        known = self.view.seen(cover.jti, at) is not None
        if known or settle.reused(self.view, cover, event.digest, at):
            raise LogError("decided_twice", "an id already decided", "once")

    def _decided(self, record: dict[str, Any], evidence: dict[str, Any]) -> Entry:
        tail = self.view.tail
        directory = self.registry.directories[tail.dird]
        event = event_from_evidence(evidence["cover"], evidence["heads"], directory)
        released = self._released(record, evidence)
        self._admissible(event, record["at"], settle.first_arrival(self.view, released))
        return settle.decided(
            self.site,
            self.view,
            self.registry.conventions[tail.convd],
            directory,
            event,
            record["at"],
            unb64u(evidence["salt"]),
            InputSource(**record["src"]),
            released,
        )

    def _duplicate(self, record: dict[str, Any], evidence: dict[str, Any]) -> Entry:
        token = evidence["cover"]
        cover = cover_from_evidence(token, self.registry.directories[self.view.tail.dird])
        salt, source = unb64u(evidence["salt"]), InputSource(**record["src"])
        seen = self.view.seen(cover.jti, record["at"])
        if seen is None or seen.cover != digest(token) or seen.iss != cover.iss:
            raise LogError("duplicate_of_nothing", "no earlier decision", "the same cover")
        return settle.duplicate(
            self.site, self.view, self._inboxes(), cover, token, digest(token), record["at"], salt, source,
            self._released(record, evidence),
        )  # fmt: skip

    def _quarantined(self, record: dict[str, Any], evidence: dict[str, Any]) -> Entry:
        verified: tuple[Cover | Claimed, str, str] | None = None
        if "cover" in evidence:
            token = evidence["cover"]
            directory = self.registry.directories[self.view.tail.dird]
            malformed = evidence["code"] == "cover_malformed"
            read = claimed_from_evidence if malformed else cover_from_evidence
            if (cover := read(token, directory)) is None:
                raise LogError(
                    "decision_differs", "a cover that is not malformed", "a malformed one"
                )
            verified = cover, token, digest(token)
        return settle.quarantined(
            self.site,
            self.view,
            self._inboxes(),
            evidence["code"],
            evidence["place"],
            verified,
            verified is not None,
            record["at"],
            unb64u(evidence["salt"]),
            InputSource(**record["src"]),
            self._released(record, evidence),
            evidence.get("bytes"),
            placed="placed" in evidence,
        )

    def _discarded(self, record: dict[str, Any], evidence: dict[str, Any]) -> Entry:
        """By an order, or in place of a release that had nothing left to route."""
        if "released" not in evidence:
            return self._ordered(record, evidence)
        leaf, salt = self._released(record, evidence), unb64u(evidence["salt"])
        reason, token = evidence["reason"], evidence.get("cover", "")
        if reason not in DROPPED:
            raise LogError("evidence_malformed", "another reason", ", ".join(DROPPED))
        if reason == "already_decided":
            cover = cover_from_evidence(token, self.registry.directories[self.view.tail.dird])
            if cover.jti not in self.view.case(cover.sub).events:
                raise LogError("duplicate_of_nothing", "no earlier decision", "of the same id")
        return settle.dropped(self.site, self.view, leaf, reason, record["at"], salt, token)

    def _due(self, record: dict[str, Any], evidence: dict[str, Any]) -> Entry:
        next_due = self.view.next_due()
        if next_due is None:
            raise LogError("due_invented", f"index {record['index']}", "a duty that fell due")
        reached, salt = self._inboxes(), unb64u(evidence["salt"])
        return settle.due(self.site, self.view, reached, next_due, salt)

    def _inboxes(self) -> frozenset[str]:
        """Urns of the desks that can be told, by what is in force at this place of the log."""
        return self.registry.inboxes(self.view.tail.convd, self.view.tail.dird)

    def _genesis(self, record: dict[str, Any], evidence: dict[str, Any]) -> Entry:
        order = self._order(evidence["order"])
        return settle.genesis(self.site, self.view, order, record["at"], unb64u(evidence["salt"]))

    def _ordered(self, _record: dict[str, Any], evidence: dict[str, Any]) -> Entry:
        order, tail = self._order(evidence["order"]), self.view.tail
        self._nothing_unreported(order.start - 1)  # at the same instant orders come first
        if any(
            one.n not in tail.orders and _comes_first(one, order) for one in self.registry.orders
        ):
            raise LogError("order_out_of_turn", f"order {order.n}", "an earlier one first")
        newer = self.registry.is_newer(order, tail.convd, tail.dird)
        if order.n in tail.orders:
            raise LogError("order_repeated", f"order {order.n}", "each order once")
        return settle.ordered(self.site, self.view, order, newer, unb64u(evidence["salt"]))

    def _order(self, wanted: str) -> Order:
        for order in self.registry.orders:
            if order.digest == wanted:
                return order
        raise LogError("order_unknown", "an order that control does not hold", "a signed order")

    def _same(self, record: dict[str, Any], value: bytes, evidence: bytes, entry: Entry) -> None:
        if entry.evidence != evidence:
            raise LogError("decision_differs", f"index {record['index']}", "the same evidence")
        if entry.record != value or entry.leaf != leaf_hash(value):
            raise LogError("record_differs", f"index {record['index']}", "the same bytes")

    def _count(self, record: dict[str, Any], evidence: dict[str, Any]) -> list[_Said]:
        tally, kind = self.tally, record["kind"]
        tally.records += 1
        tally.kinds[kind] = tally.kinds.get(kind, 0) + 1
        decision = evidence.get("decision", {})
        tally.refused += bool(decision.get("refused"))
        for one in decision.get("addressees", ()):
            tally.released += len(one.get("released", ()))
            tally.withheld += len(one.get("withheld", ()))
            tally.not_published += len(one.get("not_published", ()))
        if kind == "quarantined":
            code = evidence["code"]
            return [("quarantined", code, code == "id_reused")]
        if decision.get("chain") == "broken":
            return [("prev_does_not_follow", "a cover is missing before this one")]
        if decision.get("chain") == "absent":
            return [("prev_absent", "the issuer starts again", False)]
        return []


def _comes_first(one: Order, other: Order) -> bool:
    """Whether an order stood on control before another, and holds no later than it."""
    return one.n < other.n and one.start <= other.start
