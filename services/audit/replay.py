"""Replaying a realm's log from Kafka, without any decryption key.

    control → orders     evidence + decisions → one Replayer a partition → findings → verdict

A record whose evidence has not come by the end, and some seconds after, has none; evidence that nobody
waits for was written again, by who has no record to write.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass
from typing import Any, Final

from aiokafka import TopicPartition

from contracts.decision.state import State
from contracts.envelope.wire import Inbound
from contracts.errors import UsageError
from contracts.log.finding import AuditFinding, Tally
from contracts.log.orders import Owners
from contracts.log.rebuild import is_last, tells
from contracts.log.replay import Replayer
from contracts.vocabulary import topics
from services.audit.snapshot import RealmSnapshot, Stand
from services.platform.kafka.control import Control
from services.platform.kafka.log_reader import LogReader
from services.platform.kafka.record_pairs import Waiting
from services.texts import Catalogue

_ = Catalogue(__name__)

# A router looks at an idle partition every 10 s (log §8): silence is an alarm after that.
IDLE_S: Final = 15
MARKERS_S: Final = 2  # for the markers of a transaction to reach all its topics
Progress = Callable[[int, int], None]  # records replayed, records there are
Ended = Callable[[], RealmSnapshot]  # where a replay stood in the end


class OtherLogError(UsageError):
    """The log has not the record that a state ends with, which a replay is to go on behind.

    Attributes:
        why: `ahead`: it has none there yet; `foreign`: it has another.
    """

    why = "foreign"


@dataclass(frozen=True)
class AuditVerdict:
    """What the auditor found in all realms.

    Attributes:
        clean: no finding is an alarm.
        records: replayed.
        tallies: realm -> counts.
        findings: (realm, finding), in the order of the log.
        rejected: realm -> codes of orders that control held and nobody took.
    """

    records: int
    tallies: dict[str, dict[str, Any]]
    findings: tuple[tuple[str, AuditFinding], ...]
    rejected: dict[str, list[str]]

    @property
    def clean(self) -> bool:
        """Whether the log is what honest routing would have written."""
        return not any(finding.alarm for _, finding in self.findings)

    @property
    def unaudited(self) -> int:
        """Records that were read and not decided again."""
        return sum(tally["unaudited"] for tally in self.tallies.values())

    @property
    def notes(self) -> dict[str, int]:
        """How many findings there are by code that are no alarm."""
        codes = Counter(finding.code for _, finding in self.findings if not finding.alarm)
        return dict(sorted(codes.items()))

    def json(self) -> dict[str, Any]:
        """For people and programs; nothing of a case."""
        findings = [{"realm": realm, **asdict(finding)} for realm, finding in self.findings]
        return {
            "clean": self.clean, "records": self.records, "unaudited": self.unaudited,
            "notes": self.notes, "realms": self.tallies, "findings": findings,
            "orders_rejected": self.rejected,
        }  # fmt: skip


@dataclass(frozen=True)
class _Late:
    """What has not got its other half yet: offsets of records, leaves of evidence."""

    records: frozenset[int]
    evidence: frozenset[str]

    @classmethod
    def of(cls, waiting: Waiting) -> _Late:
        """As it is now."""
        return cls(
            frozenset(record.offset for record in waiting.records), frozenset(waiting.evidence)
        )

    def __bool__(self) -> bool:
        return bool(self.records or self.evidence)


@dataclass(frozen=True)
class _Point:
    """Where a record that tells the state before it was read.

    Attributes:
        evidence, decisions: its offsets.
        findings: how many there were before it, of all partitions.
    """

    evidence: int
    decisions: int
    findings: int


class RealmAudit:
    """One realm's audit: reads on from where it stopped, as often as it is asked."""

    def __init__(
        self,
        bootstrap: str,
        realm: str,
        owners: Owners,
        *,
        pinned: Callable[[], Owners] | None = None,
        begun: RealmSnapshot | None = None,
        state_of: Callable[[int], State] = lambda _number: State(),
        only: Collection[int] | None = None,
        **client: Any,
    ) -> None:
        """An audit from the beginning, or behind where another one stood.

        Args:
            begun: where that was; its states go on in this one.
            state_of: an empty state, of a partition where nobody stood.
            only: the partitions that are read; all of them if nobody says.
        """
        begun = begun or RealmSnapshot([], {}, [])
        self.realm = realm
        self.findings = begun.findings
        self.control = Control(bootstrap, realm, owners, pinned=pinned, **client)
        self._reader = LogReader(bootstrap, **client)
        self._next: dict[TopicPartition, int | None] = {}
        self._begun = begun.stands
        self._state_of = state_of
        self.at_signature: Callable[[], None] = lambda: None  # called behind each signed record
        self._last: dict[int, int] = {}  # of each partition, offset of the record it stands behind
        self._only = only
        for number, stand in enumerate(begun.stands):
            self._next[TopicPartition(topics.evidence(realm), number)] = stand.evidence
            self._next[TopicPartition(topics.decisions(realm), number)] = stand.decisions
            self._last[number] = _last_of(stand)
        self._waiting: list[Waiting] = []
        self._points: dict[int, _Point] = {}  # of each partition, the last one
        # Event id -> partition: reuse across partitions is seen here alone.
        self._ids = begun.ids
        self.replayers: list[Replayer] = []

    async def start(self) -> None:
        """Connect, and hold what is gone on behind to the log.

        Raises:
            UnreachableError: Kafka did not answer in time.
            OtherLogError: `snapshot_differs`: the log has not what a state to be gone on behind ends with.
        """
        await self._reader.start()
        await self.control.start()
        await self._check_begun()
        self._reach()

    async def stop(self) -> None:
        """Disconnect."""
        await self._reader.stop()
        await self.control.stop()

    def snapshot(self) -> RealmSnapshot:
        """Where the audit can be gone on behind another time; nothing is read here any more.

        In each partition that is the last record that tells the state before it: it and what follows are
        read anew then, and what was found there is found again.
        """
        stands = [self._stand(number) for number in range(len(self.replayers))]
        findings = [
            finding
            for at, finding in enumerate(self.findings)
            if self._is_before(at, finding, stands)
        ]
        return RealmSnapshot(findings, self._ids, stands)

    def _stand(self, number: int) -> Stand:
        told = self.replayers[number].told()
        if told is None:
            return Stand(None, None)
        point = self._points[number]
        return Stand(point.evidence, point.decisions, *told)

    def _is_before(self, at: int, finding: AuditFinding, stands: Sequence[Stand]) -> bool:
        """Whether what was found lies before where its partition is gone on from."""
        stand = stands[finding.partition] if finding.partition < len(stands) else Stand(None, None)
        if stand.evidence is None:
            return False
        if finding.index < 0:  # evidence that is nobody's, which is met when it is read
            return finding.offset < stand.evidence
        return at < self._points[finding.partition].findings

    def stands(self) -> dict[int, Stand]:
        """Of each partition that a replay can go on behind now, where it stands.

        What waits for its other half is read again then. Of a partition where that would have what
        was handed over read once more, or whose last records leave something open, there is none.
        """
        stands = {}
        for number, replayer in enumerate(self.replayers):
            waiting = self._waiting[number]
            evidence, decisions = (
                self._next[TopicPartition(name, number)]
                for name in (topics.evidence(self.realm), topics.decisions(self.realm))
            )
            if (earliest := waiting.earliest) is not None:
                evidence = earliest
            if waiting.records:
                decisions = waiting.records[0].offset
            is_passed_by = evidence is not None and waiting.furthest >= evidence
            if waiting.again or is_passed_by or (state := replayer.settled()) is None:
                continue
            last = self._last.get(number)
            stands[number] = Stand(evidence, decisions, state, replayer.tally, last)
        return stands

    async def _check_begun(self) -> None:
        """That the log has, where each state ends, the record that it is held to.

        A snapshot's is held to the one that tells its digest, which is read next; our own store's to the
        one that it ends with, signed.
        """
        held = {
            TopicPartition(topics.decisions(self.realm), number): at
            for number, stand in enumerate(self._begun)
            if stand.state.tail.index
            and (at := stand.decisions if stand.last is None else stand.last) is not None
        }
        if not held:
            return
        ends = await self._reader.ends(held)
        records = await self._reader.pick(
            {place: [at] for place, at in held.items() if 0 <= at < ends[place]}
        )
        for place, at in held.items():
            record, stand = records.get((place, at)), self._begun[place.partition]
            if record is None or not self._is_held(record, stand):
                got = f"{place.topic}/{place.partition}/{at}"
                error = OtherLogError(
                    "snapshot_differs", got, _("the record that tells this state")
                )
                error.why = "ahead" if at >= ends[place] else error.why
                raise error

    def _is_held(self, record: Inbound, stand: Stand) -> bool:
        if stand.last is None:
            return tells(record.value, stand.state, self.realm, record.partition)
        registry, tail = self.control.registry, stand.state.tail
        return is_last(record.value, record.headers, tail, registry, self.realm)

    async def read_whole(self, progress: Progress | None = None) -> None:
        """Replay to the last stable offset, and the other half of what was just being written.

        A transaction's markers reach its topics one after the other: a record may be there before
        its evidence. Only what is still missing after a pause is missing.
        """
        await self.read_on(progress)
        late = [_Late.of(waiting) for waiting in self._waiting]
        if any(late):
            await asyncio.sleep(MARKERS_S)
            await self.read_on(progress)
            for number, behind in enumerate(late):
                self._give_up(number, behind)

    async def read_on(self, progress: Progress | None = None) -> None:
        """Replay what was written since the last call, to the last stable offset."""
        await self.control.refresh()  # before its first layout a realm may have other partitions
        self._reach()
        ends = await self._ends()
        async for batch in self._reader.read(self._next, self._is_ahead):
            place = TopicPartition(batch[0].topic, batch[0].partition)
            self._next[place] = batch[-1].offset + 1
            is_evidence = place.topic == topics.evidence(self.realm)
            self._waiting[place.partition].take(batch, is_evidence=is_evidence)
            await self.control.refresh()  # an order is on control before any record names it
            self._replay(place.partition)
            if progress is not None:
                progress(self.records, self.records + self._left(ends))
        for number in range(len(self.replayers)):
            self._replay(number)
        if progress is not None:
            progress(self.records, self.records)

    def _reach(self) -> None:
        """Follow as many partitions as the realm has."""
        realm, registry = self.realm, self.control.registry
        numbers = range(registry.partitions)
        for number in numbers[len(self.replayers) :]:
            stand = Stand(None, None, self._state_of(number))
            if number < len(self._begun):
                stand = self._begun[number]
            self.replayers.append(
                Replayer(realm, number, registry, self._ids, stand.state, stand.tally)
            )
            self._waiting.append(Waiting())
        del self.replayers[len(numbers) :], self._waiting[len(numbers) :]
        places = [
            TopicPartition(name, number)
            for name in (topics.evidence(realm), topics.decisions(realm))
            for number in numbers
            if self._only is None or number in self._only
        ]
        self._next = {place: self._next.get(place) for place in places}

    def close(self, now: int) -> tuple[AuditFinding, ...]:
        """All findings so far, with those that only an end shows.

        Args:
            now: instant of the routers' clock, seconds.
        """
        findings = list(self.findings)
        for number, replayer in enumerate(self.replayers):
            if not self._waiting[number].records:  # else the end is not known yet
                findings += replayer.finish(now - IDLE_S)
        return tuple(findings)

    @property
    def records(self) -> int:
        """Records replayed."""
        return sum(replayer.tally.records for replayer in self.replayers)

    def tally(self) -> dict[str, Any]:
        """Counts over all partitions."""
        return summed(replayer.tally for replayer in self.replayers)

    def _is_ahead(self, place: TopicPartition) -> bool:
        waiting: Waiting = self._waiting[place.partition]
        return waiting.is_ahead(is_evidence=place.topic == topics.evidence(self.realm))

    def _replay(self, number: int) -> None:
        waiting = self._waiting[number]
        for record, evidence in waiting.pairs():
            self._step(record, evidence)
        for record in waiting.again:
            self._rewritten(record)
        waiting.again.clear()

    def _step(self, record: Inbound, evidence: bytes | None) -> None:
        replayer, stamp = self.replayers[record.partition], record.timestamp_ms // 1000
        point, before, index = replayer.point, len(self.findings), replayer.index
        self.findings += replayer.step(record.value, record.headers, evidence, record.offset, stamp)
        if replayer.point != point:
            offset = self._waiting[record.partition].offset
            self._points[record.partition] = _Point(offset, record.offset, before)
        if replayer.index != index:
            self._last[record.partition] = record.offset
            if replayer.signed:
                self.at_signature()

    def _give_up(self, number: int, late: _Late) -> None:
        """What had no other half before a pause, and has none after it, never gets one."""
        waiting = self._waiting[number]
        while waiting.records and waiting.records[0].offset in late.records:
            record = waiting.records.popleft()
            self._step(record, waiting.beside(record))
            self._replay(number)
        # A record that came within the pause may wait behind another, which may have evidence yet.
        awaited = {waiting.leaf(record) for record in waiting.records}
        for leaf in (late.evidence & waiting.evidence.keys()) - awaited:
            self._rewritten(waiting.evidence.pop(leaf))

    def _rewritten(self, record: Inbound) -> None:
        """Evidence under the leaf of a record that has its own, or of none."""
        self.findings.append(
            AuditFinding(
                record.partition, -1, "evidence_altered", "written again, or for no record",
                topic=record.topic, offset=record.offset, at=record.timestamp_ms // 1000,
            )
        )  # fmt: skip

    async def _ends(self) -> dict[TopicPartition, int]:
        places = [place for place in self._next if place.topic == topics.decisions(self.realm)]
        return await self._reader.ends(places)

    def _left(self, ends: Mapping[TopicPartition, int]) -> int:
        """How many records are still to come, about: markers of transactions have offsets too."""
        passed = {place: self._next[place] or 0 for place in ends}
        left = sum(max(0, end - passed[place]) for place, end in ends.items())
        return left * self.records // max(1, sum(passed.values()))


def in_place(findings: Iterable[AuditFinding]) -> list[AuditFinding]:
    """Findings in the order of the log: partitions come interleaved, in another order each time."""
    return sorted(findings, key=astuple)


def summed(tallies: Iterable[Tally]) -> dict[str, Any]:
    """Counts over some partitions."""
    total = Tally()
    for tally in tallies:
        for kind, number in tally.kinds.items():
            total.kinds[kind] = total.kinds.get(kind, 0) + number
        for name in ("records", "released", "withheld", "refused", "not_published", "unaudited"):
            setattr(total, name, getattr(total, name) + getattr(tally, name))
    return asdict(total)


def _last_of(stand: Stand) -> int:
    """Offset of the record that it stands behind, -1 if there is none."""
    return stand.last if stand.last is not None else (stand.decisions or 0) - 1


async def replay(
    bootstrap: str,
    realms: Iterable[str],
    owners: Owners,
    now: Callable[[], int],
    progress: Progress | None = None,
    clients: Mapping[str, Mapping[str, Any]] | None = None,
    begun: Mapping[str, RealmSnapshot] | None = None,
    ended: dict[str, Ended] | None = None,
) -> AuditVerdict:
    """Replay the whole log of some realms.

    Args:
        now: the routers' clock, read once all is replayed, seconds.
        clients: realm -> options of its clients (security): each realm has its own auditor.
        begun: realm -> where an earlier replay stood: what it read is not read again.
        ended: is given each realm's `RealmAudit.snapshot`.

    Raises:
        UnreachableError: Kafka did not answer in time.
        UsageError: `snapshot_differs`.
    """
    tallies: dict[str, dict[str, Any]] = {}
    findings: list[tuple[str, AuditFinding]] = []
    rejected: dict[str, list[str]] = {}
    for realm in realms:
        client = (clients or {}).get(realm, {})
        audit = RealmAudit(bootstrap, realm, owners, begun=(begun or {}).get(realm), **client)
        try:
            await audit.start()
            instant = now()  # before the end is known: what falls due meanwhile is no finding
            await audit.read_whole(progress)
        finally:
            await audit.stop()
        tallies[realm] = audit.tally()
        findings += [(realm, finding) for finding in in_place(audit.close(instant))]
        rejected[realm] = list(audit.control.registry.rejected)
        if ended is not None:
            ended[realm] = audit.snapshot
    records = sum(tally["records"] for tally in tallies.values())
    return AuditVerdict(records, tallies, tuple(findings), rejected)
