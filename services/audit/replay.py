"""Replaying a realm's log from Kafka, without any decryption key.

    control → orders     evidence + decisions → one Replayer a partition → findings → verdict

A record whose evidence has not come by the end, and some seconds after, has none; evidence that
nobody waits for was written again, by who has no record to write.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, MutableMapping
from contextlib import aclosing
from functools import partial
from typing import Any, Final

from aiokafka import TopicPartition

from contracts.envelope.wire import Inbound
from contracts.log.chain import Chain
from contracts.log.entry import Site
from contracts.log.orders.order import Owners
from contracts.log.replaying.finding import AuditFinding, Judgement, Shared
from contracts.log.replaying.replay import Replayer
from contracts.vocabulary import topics
from services.audit.source import LogSource
from services.audit.store import AuditStore, Stand
from services.audit.verdict import AuditVerdict, summed
from services.platform.kafka.evidence.recorded import Late, Waiting, read_stubs, stub_of
from services.platform.store.owned import NotBelievedError

# A router looks at an idle partition every 10 s (log §8): silence is an alarm after that.
IDLE_S: Final = 15
Progress = Callable[[int, int], None]  # records replayed, records there are
Watcher = Callable[[Inbound, bytes | None, Judgement], None]  # a record with its evidence


def rewritten(record: Inbound) -> AuditFinding:
    """What is found of evidence under the leaf of a record that has its own, or of none."""
    return AuditFinding(
        record.partition, -1, "evidence_altered", "written again, or for no record",
        topic=record.topic, offset=record.offset, at=record.timestamp_ms // 1000,
    )  # fmt: skip


class RealmAudit:
    """One realm's audit: reads on from where it stopped, as often as it is asked."""

    def __init__(
        self,
        source: LogSource,
        realm: str,
        owners: Owners,
        *,
        pinned: Callable[[], Owners] | None = None,
        store: AuditStore | None = None,
    ) -> None:
        """An audit from the beginning, or behind where another one stood.

        Args:
            source: Kafka, or a file.
            store: has where that was, and keeps states and event ids; None: they are in memory.
        """
        self.realm = realm
        self.findings: list[AuditFinding] = []
        self.control = source.control(realm, owners, pinned)
        self._reader = source.reader(realm)
        self._settle_s = source.settle_s
        self._is_cut = source.is_cut
        self._next: dict[TopicPartition, int | None] = {}
        self._ended: dict[TopicPartition, int] = {}  # where all was read to, markers with it
        self._store = store
        self._begun = store.begun if store is not None else []
        self.at_signature: Callable[[], None] = lambda: None  # called behind each signed record
        self.watchers: list[Watcher] = []  # are given each record in turn
        self._last: dict[int, int | None] = {}  # of the record that a partition stands behind
        self._stubs_known = False
        for number, stand in enumerate(self._begun):
            self._next[TopicPartition(topics.evidence(realm), number)] = stand.evidence
            self._next[TopicPartition(topics.decisions(realm), number)] = stand.decisions
            self._last[number] = stand.last
        self._waiting: list[Waiting] = []
        self._ids: MutableMapping[str, Any] = {} if store is None else store.ids
        self.replayers: list[Replayer] = []

    async def start(self) -> None:
        """Connect, and hold what is gone on behind to the log.

        Raises:
            UnreachableError: Kafka did not answer in time.
            NotBelievedError: the log has not what a state to be gone on behind ends with.
        """
        await self._reader.start()
        await self.control.start()
        await self._check_begun()
        self._reach()

    async def _check_begun(self) -> None:
        """Hold the log to what it is gone on behind: there stands what a state ends with, signed.

        Raises:
            NotBelievedError: `ahead`: there is none yet; `foreign`: it is another.
        """
        held = {
            TopicPartition(topics.decisions(self.realm), number): stand.last
            for number, stand in enumerate(self._begun)
            if stand.state.tail.index and stand.last is not None
        }
        ends = await self._reader.ends(held) if held else {}
        for place, at in held.items():
            site, state = Site(self.realm, place.partition), self._begun[place.partition].state
            chain, record = Chain(site, self.control.registry, state), await self._record(place, at)
            if record is None or not chain.ends_with(record.value, record.headers):
                raise NotBelievedError("ahead" if at >= ends[place] else "foreign")

    async def _record(self, place: TopicPartition, offset: int) -> Inbound | None:
        """The record at an offset, if there is one."""
        async with aclosing(self._reader.read({place: offset})) as batches:
            async for batch in batches:
                return batch[0] if batch[0].offset == offset else None
        return None

    async def read_through(
        self, now: Callable[[], int], progress: Progress | None = None
    ) -> AuditVerdict:
        """Start, read to the end and stop; all that was found.

        Args:
            now: the routers' clock, seconds.

        Raises:
            UnreachableError, NotBelievedError: as `start`.
        """
        try:
            await self.start()
            instant = now()  # before the end is known: what falls due meanwhile is no finding
            await self.read_whole(progress)
        finally:
            await self.stop()
        realm, registry = self.realm, self.control.registry
        return AuditVerdict(
            {realm: self.tally()},
            tuple((realm, finding) for finding in self.close(instant, now())),
            {realm: list(registry.rejected)},
            {realm: sum((replayer.shared for replayer in self.replayers), Shared())},
        )

    async def stop(self) -> None:
        """Disconnect; no record is judged any more."""
        await self._reader.stop()
        await self.control.stop()

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

    async def read_whole(self, progress: Progress | None = None) -> None:
        """Replay to the last stable offset, and the other half of what was just being written.

        A transaction's markers reach its topics one after the other: a record may be there before
        its evidence. Only what is still missing after a pause is missing.
        """
        await self.read_on(progress)
        late = [waiting.late() for waiting in self._waiting]
        if any(late):
            await asyncio.sleep(self._settle_s)
            await self.read_on(progress)
            for number, behind in enumerate(late):
                self._give_up(number, behind)

    async def read_on(self, progress: Progress | None = None) -> None:
        """Replay what was written since the last call, to the last stable offset."""
        await self.control.refresh()  # before its first layout a realm may have other partitions
        self._reach()
        await self._read_stubs()
        ends = await self._reader.ends(self._next)
        new = {
            place: at for place, at in self._next.items() if ends[place] > self._ended.get(place, 0)
        }
        async for batch in self._reader.read(new, self._is_ahead):
            place = TopicPartition(batch[0].topic, batch[0].partition)
            self._next[place] = batch[-1].offset + 1
            is_evidence = place.topic == topics.evidence(self.realm)
            await (
                self.control.refresh()
            )  # an order is on control before any record or stub names it
            self._waiting[place.partition].take(batch, is_evidence=is_evidence)
            self._replay(place.partition)
            if progress is not None:
                progress(self.records, self.records + self._left(ends))
        self._ended = ends
        for number in range(len(self.replayers)):
            self._replay(number)
        if progress is not None:
            progress(self.records, self.records)

    async def _read_stubs(self) -> None:
        """Once: what is erased later is met in its turn."""
        if not self._stubs_known:
            registry = self.control.registry
            stubs = await read_stubs(self._reader, self.realm, registry, self._next)
            for number, known in stubs.items():
                self._waiting[number].stubs |= known
            self._stubs_known = True

    def _reach(self) -> None:
        """Follow as many partitions as the realm has."""
        realm, registry = self.realm, self.control.registry
        numbers = range(registry.partitions)
        for number in numbers[len(self.replayers) :]:
            stand = Stand(None, None)
            if number < len(self._begun):
                stand = self._begun[number]
            elif self._store is not None:
                stand.state = self._store.state(number, registry.partitions)
            self.replayers.append(
                Replayer(realm, number, registry, self._ids, stand.state, stand.tally)
            )
            self._waiting.append(Waiting(is_stub=partial(stub_of, registry=registry)))
        del self.replayers[len(numbers) :], self._waiting[len(numbers) :]
        places = [
            TopicPartition(name, number)
            for name in (topics.evidence(realm), topics.decisions(realm))
            for number in numbers
        ]
        self._next = {place: self._next.get(place) for place in places}

    def close(self, now: int, latest: int | None = None) -> tuple[AuditFinding, ...]:
        """All findings so far, with those that only an end shows.

        Args:
            now: instant of the routers' clock, seconds.
            latest: the same behind the last record read, if it is a later one.
        """
        findings = list(self.findings)
        for number, replayer in enumerate(self.replayers):
            if not self._waiting[number].records:  # else the end is not known yet
                findings += replayer.finish(now - IDLE_S, is_cut=self._is_cut, latest=latest or now)
                findings += replayer.undone(self._waiting[number].stubs)
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
            self.findings.append(rewritten(record))
        waiting.again.clear()

    def _step(self, record: Inbound, evidence: bytes | None) -> None:
        replayer = self.replayers[record.partition]
        index = replayer.index
        self.findings += replayer.step(record, evidence)
        for watcher in self.watchers:
            watcher(record, evidence, replayer.judgement)
        if replayer.index != index:
            self._last[record.partition] = record.offset
            if replayer.signed and not replayer.unsure:
                self.at_signature()

    def _give_up(self, number: int, late: Late) -> None:
        """What had no other half before a pause, and has none after it, never gets one."""
        waiting = self._waiting[number]
        while waiting.records and waiting.records[0].offset in late.records:
            record = waiting.records.popleft()
            self._step(record, waiting.beside(record))
            self._replay(number)
        for evidence in waiting.take_nobodys(late):
            self.findings.append(rewritten(evidence))

    def _left(self, ends: Mapping[TopicPartition, int]) -> int:
        """How many records are still to come, about: markers of transactions have offsets too."""
        decisions = topics.decisions(self.realm)
        passed = {place: self._next[place] or 0 for place in ends if place.topic == decisions}
        left = sum(max(0, ends[place] - at) for place, at in passed.items())
        return left * self.records // max(1, sum(passed.values()))
