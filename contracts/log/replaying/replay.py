"""The auditor's replay: decide again from the log and its evidence, and compare byte by byte.

No decryption key is used or needed. Each record is settled again by the `step` that settled it,
from the recorded instant, salt and input, in a state rebuilt from the records before it
(`look_again.py`); behind a fault it goes on where that is sound (`footing.py`).
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, MutableMapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import orjson

from contracts.convention.retention import DAY_S, quarantine_days
from contracts.decision.state.effects import Effect
from contracts.decision.state.state import State
from contracts.encoding import leaf_hash
from contracts.errors import LogError, RelaisError
from contracts.log.chain import MALFORMED, Headers
from contracts.log.entry import Site
from contracts.log.erasing.erasure import read_stub
from contracts.log.orders.registry import Registry
from contracts.log.replaying.difference import Divergence, check_same
from contracts.log.replaying.finding import (
    IN_DOUBT,
    LOST,
    SAME,
    AuditFinding,
    Doubt,
    Judgement,
    Said,
    Shared,
    Tally,
    count_shared,
    event_of,
    faulty,
    of_chain,
)
from contracts.log.replaying.footing import Footing
from contracts.log.replaying.look_again import LookAgain, from_evidence
from contracts.vocabulary import topics

# What is found of an event, whose own place is told; anything else is told of the record.
_OF_EVENTS: Final = frozenset(
    {
        "quarantined",
        "prev_does_not_follow",
        "prev_absent",
        IN_DOUBT,
    }
)

_TOPIC: Final = re.compile(r"[a-z0-9.-]{1,120}")
_UNCONFIRMED: Final = "erasure_unconfirmed"
_NO_DIVERGENCE: Final = Divergence("", "", "")


@dataclass(frozen=True, slots=True)
class _Read:
    """A record as it was read, with what stands beside it."""

    value: bytes
    headers: Headers
    evidence: bytes | None
    offset: int
    stamp: int


def _why(error: Exception) -> tuple[str, str]:
    """Code and detail of a fault; what Python itself raises is a record of another form."""
    if isinstance(error, RelaisError):
        return error.code, error.describe()
    return "record_malformed", type(error).__name__


class Replayer(Footing):
    """Replays one partition, record by record.

    Attributes:
        tally: counts so far.
        shared: what went to whom by which grant, in the records that this one has replayed.
        judgement: of the last record.
    """

    def __init__(
        self,
        realm: str,
        partition: int,
        registry: Registry,
        ids: MutableMapping[str, Any] | None = None,
        state: State | None = None,
        tally: Tally | None = None,
    ) -> None:
        """A replayer at the beginning of a log, or behind what was replayed before.

        Args:
            ids: event id -> where it was decided first (instant, partition, index, topic and offset
                of its input), shared by the replayers of a realm: no router sees an id used again
                in another partition, the auditor does.
            state, tally: of the records before the first, as `settled` and `tally` told them.
        """
        super().__init__(Site(realm, partition), registry, state)
        self.tally = tally or Tally()
        self.shared = Shared()
        self._ids = ids if ids is not None else {}
        self._doubt = Doubt(registry)
        self.judgement = SAME

    def step(
        self,
        value: bytes | None,
        headers: Headers,
        evidence: bytes | None,
        offset: int = -1,
        stamp: int = 0,
    ) -> list[AuditFinding]:
        """Replay one record; findings are returned, never raised.

        What cannot be decided again is counted as unaudited: a record that follows nothing, and all
        that follow once the footing is lost.

        Args:
            offset: of the record in its topic.
            stamp: the broker's, seconds.
        """
        self.judgement = LOST
        if self.lost:
            self.tally.unaudited += 1
            return []
        read = _Read(value or b"", tuple(headers), evidence, offset, stamp)
        try:
            record = self.next(read.value)
        except (RelaisError, *MALFORMED) as error:
            self.tally.unaudited += 1
            self.judgement = faulty(_why(error)[0])
            told = self.stray(read.value, read.headers)
            return [self._found(read, self._numbered(read), *_why(error))] if told else []
        if record is None:
            self.tally.unaudited += 1
            return []
        try:
            return self._step(record, read)
        except (RelaisError, *MALFORMED) as error:
            self.fault(record, read.value, read.headers, read.evidence)
            first = self._first_fault(record, read, error)
            self.judgement = faulty(_why(first)[0])
            return [self._fault(read, record, first)]

    @property
    def index(self) -> int:
        """Of the next record."""
        return self.view.tail.index

    def finish(self, now: int, *, is_cut: bool = False) -> list[AuditFinding]:
        """What is missing at the end: the tail's signature, a due instant or an order unrecorded.

        Nothing where the end is not known: the router's records that follow nothing may have them.

        Args:
            is_cut: the log may go on: a stub whose erasure would be recorded later is told, and is
                no alarm.
        """
        if self.unsure or self.is_cut_off:
            return []
        view, partition = self.view, self.site.partition
        index, findings = view.tail.index, []
        if not self.signed:
            findings.append(AuditFinding(partition, index, "tail_unsigned"))
        next_due = view.next_due()
        if index and next_due is not None and next_due[0] <= now:
            findings.append(AuditFinding(partition, index, "due_unreported", "silence hidden"))
        waiting = view.tail.waiting[:1]
        if any((kept := view.kept.get(leaf)) and kept.released <= now for leaf in waiting):
            findings.append(AuditFinding(partition, index, "release_unsettled"))
        done = view.tail.orders
        if index and self._late(now):  # unless it was none, as a router that was up has seen
            self.registry.check_unrecorded(done)
        if index and (late := self._late(now)):  # ignored, a revoked key would stay alive
            findings.append(AuditFinding(partition, index, "order_unrecorded", f"order {late[0]}"))
        try:
            self.erasures.check_recorded(done)
        except LogError as error:
            code, why = (_UNCONFIRMED, str(error.got)) if is_cut else _why(error)
            findings.append(AuditFinding(partition, index, code, why, alarm=not is_cut))
        return findings

    def _late(self, now: int) -> list[int]:
        """Numbers of the orders that the log should have by now."""
        done = self.view.tail.orders
        return [one.n for one in self.registry.orders if one.n not in done and one.start <= now]

    def undone(self, stubs: Container[str]) -> list[AuditFinding]:
        """What was recorded as erased, and was read whole, and has no stub.

        Args:
            stubs: leaves of all stubs there are.
        """
        return [
            AuditFinding(self.site.partition, index, "erasure_undone", leaf)
            for leaf, index in self.erasures.unread.items()
            if leaf not in stubs
        ]

    def _step(self, record: dict[str, Any], read: _Read) -> list[AuditFinding]:
        """Settle it again; that its evidence has its hash follows from the same bytes."""
        view, evidence, leaf = self.view, read.evidence or b"", leaf_hash(read.value)
        stub = read_stub(evidence, leaf, self.site.partition, self.registry)
        beside = stub if stub is not None else orjson.loads(evidence)
        self.erasures.take(record, leaf, beside, evidence)
        if stub is not None:
            return self._erased(record, read, leaf, stub)
        early = self._gone_early(record, beside)
        entry = LookAgain(self.site, self.registry, view).entry(record, beside)
        check_same(read.value, evidence, entry)
        self.erasures.take_evidence(leaf, beside, evidence, view.tail.orders)
        signed = self.check_signature(read.headers)
        reused = self._reused(record, entry.effects)
        counted = self._count(record, beside)
        count_shared(self.shared, entry.effects)
        doubtful = self._doubtful(record, beside)
        said = (*early, *counted, *doubtful)
        findings = reused + [
            self._found(read, record, *words[:2], words[2:] != (False,), beside) for words in said
        ]
        self.take(signed=signed)
        self.judgement = SAME
        return findings

    def _first_fault(self, record: dict[str, Any], read: _Read, error: Exception) -> Exception:
        """A fault of a record; that the evidence is another, or none, comes before all else."""
        try:
            self.beside(record, read.evidence, leaf_hash(read.value))
        except (RelaisError, *MALFORMED) as first:
            return first
        return error

    def _numbered(self, read: _Read) -> dict[str, Any]:
        """What is believed of a record that follows nothing: which one it says it is."""
        try:
            index = self.read(read.value)["index"]
        except RelaisError:
            return {}
        return {"index": index} if index >= 0 else {}

    def _fault(self, read: _Read, record: dict[str, Any], error: Exception) -> AuditFinding:
        """What is wrong with a record, beside what follows from its input where it has one."""
        told = self._found(read, record, *_why(error))
        parts = getattr(error, "difference", None) or _NO_DIVERGENCE
        return replace(told, **asdict(parts), source=_source(record, self.site.partition))

    def _erased(
        self, record: dict[str, Any], read: _Read, leaf: str, stub: dict[str, Any]
    ) -> list[AuditFinding]:
        """Fold what is left of a record that cannot be decided again: a finding, and no alarm."""
        self.fold(record, leaf, stub)
        orders = self.view.tail.orders
        self.erasures.take_evidence(leaf, stub, read.evidence or b"", orders)
        signed = self.check_signature(read.headers)
        reused = self._reused(record, stub["effects"])
        count_shared(self.shared, stub["effects"])
        self.tally.erased += 1
        self.take(signed=signed)
        self.judgement = Judgement("erased", order=stub["erased"])
        why = f"by order {stub['erased']}"
        return [*reused, self._found(read, record, "erased", why, alarm=False)]

    def _found(
        self,
        read: _Read,
        record: dict[str, Any],
        code: str,
        detail: str = "",
        alarm: bool = True,
        beside: dict[str, Any] | None = None,
    ) -> AuditFinding:
        """A finding with its place: of the event's input if the record is sound and has one.

        Args:
            beside: what stands beside it, where it was parsed before.
        """
        topic, offset = topics.decisions(self.site.realm), read.offset
        evidence: Any = beside or {}
        with suppress(*MALFORMED):
            evidence = beside or orjson.loads(read.evidence or b"{}")
            if code in _OF_EVENTS:
                topic, offset = record["src"]["topic"], record["src"]["offset"]
        index, at = record.get("index", self.view.tail.index), record.get("at", read.stamp)
        return AuditFinding(
            self.site.partition, index, code, detail, alarm, event_of(evidence), topic, offset, at
        )

    def _reused(self, record: dict[str, Any], effects: Iterable[Effect]) -> list[AuditFinding]:
        """That an event id was decided in another partition too (log §9): of the later record."""
        source = record.get("src", {})  # a router that lies leaves it out
        place = source.get("topic", ""), source.get("offset", -1)
        own, found = [record["at"], self.site.partition, record["index"], *place], []
        for jti in (effect["jti"] for effect in effects if effect["k"] == "seen"):
            first, later = sorted((self._ids.get(jti) or own, own))
            if first is own:
                self._ids[jti] = own
            if first[1] != later[1]:
                at, number, index, topic, offset = later
                code, detail = "id_reused_across_partitions", f"partition {first[1]} too"
                found.append(
                    AuditFinding(number, index, code, detail, True, jti, topic, offset, at)
                )
        return found

    def _doubtful(self, record: dict[str, Any], evidence: dict[str, Any]) -> list[Said]:
        """What a stolen key's holder may have signed."""
        kid = self._doubt.of(record, evidence)
        return [(IN_DOUBT, kid, False)] if kid else []

    def _gone_early(self, record: dict[str, Any], evidence: dict[str, Any]) -> list[Said]:
        """Bytes that are missing before their retention ended, or that are others: an alarm."""
        reason = evidence.get("reason") if "released" in evidence else None
        if reason not in ("bytes_altered", "bytes_gone"):
            return []
        kept = self.view.kept.get(evidence["released"])
        convention = self.registry.conventions[self.view.tail.convd]
        lasts = quarantine_days(convention, self.site.realm) * DAY_S
        if reason == "bytes_gone" and kept is not None and record["at"] >= kept.at + lasts:
            return []
        return [(reason, "")]

    def _count(self, record: dict[str, Any], evidence: dict[str, Any]) -> list[Said]:
        tally, kind = self.tally, record["kind"]
        tally.records += 1
        tally.kinds[kind] = tally.kinds.get(kind, 0) + 1
        if taken := from_evidence(record, evidence):
            tally.from_evidence[taken] = tally.from_evidence.get(taken, 0) + 1
        decision = evidence.get("decision", {})
        tally.refused += bool(decision.get("refused"))
        for addressee in decision.get("addressees", ()):
            tally.released += len(addressee.get("released", ()))
            tally.withheld += len(addressee.get("withheld", ()))
            tally.not_published += len(addressee.get("not_published", ()))
        if kind == "quarantined":
            code = evidence["code"]
            return [("quarantined", code, code == "id_reused")]
        return of_chain(decision)


def _source(record: dict[str, Any], partition: int) -> str:
    """Where a record says that its input lies; empty if it has none."""
    with suppress(*MALFORMED):
        topic, offset = record["src"]["topic"], record["src"]["offset"]
        if isinstance(offset, int) and _TOPIC.fullmatch(topic):
            return f"{topic}/{partition}/{offset}"
    return ""
