"""The auditor's replay: decide again from the log and its evidence, and compare byte by byte.

No decryption key is used or needed. Each record is settled again with the function that settled
it, from the recorded instant, salt and input, in a state rebuilt from the records before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from contracts.convention.retention import DAY_S, quarantine_days
from contracts.decision.effects import Effect
from contracts.decision.state import State, View
from contracts.encoding import b64u, digest, leaf_hash, sha256, unb64u
from contracts.envelope.event import Event
from contracts.envelope.verify import check_times, cover_from_evidence, event_from_evidence
from contracts.errors import LogError, RelaisError
from contracts.log import settle
from contracts.log.entry import Entry, Site, Source
from contracts.log.orders import Order, Registry
from contracts.log.rebuild import MALFORMED, Headers, check_chain, check_signature, read_record
from contracts.log.rulings import DROPPED

MERGE_EVERY: Final = 500  # records; keeps the view small


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that the log should not hold, or should and does not.

    Attributes:
        partition, index: where.
        code: what, snake case.
        detail: got and expected, without personal data.
        alarm: False for what is listed but breaks nothing (a missing `prev`).
    """

    partition: int
    index: int
    code: str
    detail: str = ""
    alarm: bool = True


@dataclass(slots=True)
class Tally:
    """Counts for the verdict."""

    records: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    released: int = 0
    withheld: int = 0
    refused: int = 0
    not_published: int = 0


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
        self._dead = False  # after a divergence the state is no longer known

    def step(self, value: bytes | None, headers: Headers, evidence: bytes | None) -> list[Finding]:
        """Replay one record; findings are returned, never raised."""
        if self._dead:
            return []
        index = self.view.tail.index
        try:
            findings = self._step(value or b"", headers, evidence)
        except RelaisError as error:
            self._dead = True
            return [Finding(self.site.partition, index, error.code, error.describe())]
        except MALFORMED as error:
            self._dead = True
            detail = type(error).__name__
            return [Finding(self.site.partition, index, "record_malformed", detail)]
        if self.tally.records % MERGE_EVERY == 0:
            self.view.merge()
            self.view = View(self.state)
        return findings

    def finish(self, now: int) -> list[Finding]:
        """What is missing at the end: the tail's signature, a due instant or an order unrecorded."""
        if self._dead:
            return []
        found = []
        index = self.view.tail.index
        if not self._signed:
            found.append(Finding(self.site.partition, index, "tail_unsigned"))
        next_due = self.view.next_due()
        if self.view.tail.index and next_due is not None and next_due[0] <= now:
            found.append(Finding(self.site.partition, index, "due_unreported", "silence hidden"))
        waiting = self.view.tail.waiting[:1]
        if any((kept := self.view.kept(leaf)) and kept.released <= now for leaf in waiting):
            found.append(Finding(self.site.partition, index, "release_unsettled"))
        done = self.view.tail.orders
        late = [one.n for one in self.registry.orders if one.n not in done and one.start <= now]
        if index and late:  # a router that ignores an order would keep a revoked key alive
            found.append(
                Finding(self.site.partition, index, "order_unrecorded", f"order {late[0]}")
            )
        return found

    def _step(self, value: bytes, headers: Headers, evidence: bytes | None) -> list[Finding]:
        record = read_record(value, self.site.realm, self.site.partition)
        check_chain(record, self.view)
        if evidence is None:
            raise LogError("evidence_missing", f"none for index {record['index']}", "evidence")
        if b64u(sha256(evidence)) != record.get("evd"):
            raise LogError("evidence_altered", f"index {record['index']}", "the record's hash")
        early = self._gone_early(record, orjson.loads(evidence))
        entry = self._settle(record, orjson.loads(evidence))
        self._same(record, value, evidence, entry)
        self._signed = check_signature(headers, self.view.tail, self.registry, self.site.realm)
        reused = self._reused(record, entry.effects)
        return early + reused + self._count(record, orjson.loads(evidence))

    def _reused(self, record: dict[str, Any], effects: Iterable[Effect]) -> list[Finding]:
        """An event id that another partition has decided too (log §9)."""
        here = self.site.partition
        ids = [effect["jti"] for effect in effects if effect["k"] == "seen"]
        if all(self._ids.setdefault(jti, here) == here for jti in ids):
            return []
        return [Finding(here, record["index"], "id_reused_across_partitions")]

    def _gone_early(self, record: dict[str, Any], evidence: dict[str, Any]) -> list[Finding]:
        """Bytes that are missing before their retention ended, or that are others: an alarm."""
        reason = evidence.get("reason") if "released" in evidence else None
        if reason not in ("bytes_altered", "bytes_gone"):
            return []
        kept = self.view.kept(evidence["released"])
        convention = self.registry.conventions[self.view.tail.convd]
        lasts = quarantine_days(convention, self.site.realm) * DAY_S
        if reason == "bytes_gone" and kept is not None and record["at"] >= kept.at + lasts:
            return []
        return [Finding(self.site.partition, record["index"], reason)]

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
            Source(**record["src"]),
            released,
        )

    def _duplicate(self, record: dict[str, Any], evidence: dict[str, Any]) -> Entry:
        token = evidence["cover"]
        cover = cover_from_evidence(token, self.registry.directories[self.view.tail.dird])
        salt, source = unb64u(evidence["salt"]), Source(**record["src"])
        seen = self.view.seen(cover.jti, record["at"])
        if seen is None or seen.cover != digest(token) or seen.iss != cover.iss:
            raise LogError("duplicate_of_nothing", "no earlier decision", "the same cover")
        return settle.duplicate(
            self.site, self.view, self._inboxes(), cover, token, digest(token), record["at"], salt, source,
            self._released(record, evidence),
        )  # fmt: skip

    def _quarantined(self, record: dict[str, Any], evidence: dict[str, Any]) -> Entry:
        verified = None
        if "cover" in evidence:
            token = evidence["cover"]
            directory = self.registry.directories[self.view.tail.dird]
            verified = cover_from_evidence(token, directory), token, digest(token)
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
            Source(**record["src"]),
            self._released(record, evidence),
            evidence.get("bytes"),
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

    def _count(self, record: dict[str, Any], evidence: dict[str, Any]) -> list[Finding]:
        tally, kind = self.tally, record["kind"]
        tally.records += 1
        tally.kinds[kind] = tally.kinds.get(kind, 0) + 1
        decision = evidence.get("decision", {})
        tally.refused += bool(decision.get("refused"))
        for one in decision.get("addressees", ()):
            tally.released += len(one.get("released", ()))
            tally.withheld += len(one.get("withheld", ()))
            tally.not_published += len(one.get("not_published", ()))
        where = self.site.partition, record["index"]
        if kind == "quarantined":
            code = evidence["code"]
            return [Finding(*where, "quarantined", code, alarm=code == "id_reused")]
        if decision.get("chain") == "broken":
            return [Finding(*where, "prev_does_not_follow", "a cover is missing before this one")]
        if decision.get("chain") == "absent":
            return [Finding(*where, "prev_absent", "the issuer starts again", alarm=False)]
        return []


def _comes_first(one: Order, other: Order) -> bool:
    """Whether an order stood on control before another, and holds no later than it."""
    return one.n < other.n and one.start <= other.start
