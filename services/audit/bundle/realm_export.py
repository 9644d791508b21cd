"""One realm's part of a bundle: what of each topic belongs to it.

    ends of decisions → control, read once more → ends of evidence → control as far as it was read
    → decisions up to there → evidence that belongs to them

Records may be written meanwhile: evidence of one that is not in the bundle ends its partition's.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final

from aiokafka import TopicPartition

from contracts.encoding import json_object, leaf_hash
from contracts.envelope.wire import Inbound
from contracts.log.entry_chain import EntryChain
from contracts.log.orders.registry import Registry
from services.audit.bundle.bundle_writer import BundleWriter
from services.audit.bundle.manifest import TOPICS, Kind, Realm
from services.audit.source import LogControl
from services.platform.kafka.evidence.recorded import leaf_of, stub_of
from services.platform.kafka.reading.topic_reader import TopicReader

LOOK_AHEAD: Final = 1_000  # records behind the last one, whose evidence is met where theirs begins

Written = Callable[[int], None]  # one more record


@dataclass
class RealmExport:
    """Writes a realm's topics.

    Attributes:
        wanted: partition -> leaf that the bundle before ended with, and that this one must have.
        closed_at: instant of the last one of them all, seconds.
    """

    realm: Realm
    reader: TopicReader
    bundle: BundleWriter
    control: LogControl
    wanted: dict[int, str] = field(default_factory=dict)
    closed_at: int = 0
    _end: dict[tuple[Kind, int], int] = field(default_factory=dict)
    _erased: dict[int, set[str]] = field(
        default_factory=dict
    )  # leaves of the bundle that orders name

    @property
    def registry(self) -> Registry:
        """What the orders have brought that the bundle takes along."""
        return self.control.registry

    async def end(self, kind: Kind) -> None:
        """What is written of this topic from now on is not taken.

        Evidence ends when the other half of the decisions has settled; and is written when its own
        has.
        """
        numbers = range(self.registry.partitions)
        ends = await self.reader.ends([self._place(kind, number) for number in numbers])
        self._end |= {(kind, place.partition): end for place, end in ends.items()}

    async def write(self, told: Written) -> None:
        """Write all of them, up to where `end` was asked; control as its registry has read it.

        Raises:
            UnreachableError: Kafka did not answer in time.
        """
        numbers = range(self.registry.partitions)
        await self._write("control", 0, self.control.position, None, told)
        cut = {at: await self._decisions(at, self._end["decisions", at], told) for at in numbers}
        beyond = {at: await self._beyond(at, cut[at]) for at in numbers}
        for at in numbers:
            await self._evidence(at, self._end["evidence", at], beyond[at], told)

    async def _decisions(self, number: int, end: int, told: Written) -> int:
        """Write a partition's records; the offset behind the last one."""
        behind = 0
        chain = EntryChain(self.realm, number, self.registry)
        named = {
            leaf
            for order in self.registry.orders
            if order.kind == "erase"
            for leaf in order.decisions_of(number)
        }

        def is_wanted(record: Inbound) -> bool:
            nonlocal behind
            behind = record.offset + 1
            self._look_for_link(record)
            chain.step(record.value or b"", record.headers)
            if named and (leaf := leaf_hash(record.value or b"")) in named:
                self._erased.setdefault(number, set()).add(leaf)
            return True

        await self._write("decisions", number, end, is_wanted, told)
        self.closed_at = max(self.closed_at, chain.tail.at)
        return behind

    async def _evidence(self, number: int, end: int, beyond: frozenset[str], told: Written) -> None:
        """Write a partition's evidence; of what was erased the stub alone, wherever it stands."""
        missing = await self._stubs(number, end)
        erased, is_past = frozenset(missing), False

        def is_wanted(record: Inbound) -> bool:
            nonlocal is_past
            is_past |= leaf_of(record) in beyond
            return bool(missing) or not is_past

        def is_left_out(record: Inbound) -> bool:
            leaf = leaf_of(record)
            if leaf in erased and stub_of(record, self.registry):
                missing.discard(leaf)
                return False
            return is_past or leaf in erased

        await self._write("evidence", number, end, is_wanted, told, is_left_out)

    async def _stubs(self, number: int, end: int) -> set[str]:
        """Leaves of records whose evidence was erased: Kafka may have it for a while yet."""
        stubs: set[str] = set()
        if self._erased.get(number):
            async with aclosing(self._records("evidence", number)) as records:
                async for record in records:
                    if record.offset < end and stub_of(record, self.registry):
                        stubs.add(leaf_of(record))
        return stubs & self._erased.get(number, set())

    async def _beyond(self, number: int, cut: int) -> frozenset[str]:
        """Leaves of the next records behind the last one that was written."""
        leaves: list[str] = []
        async with aclosing(self._records("decisions", number, cut)) as records:
            async for record in records:
                leaves.append(leaf_hash(record.value or b""))
                if len(leaves) == LOOK_AHEAD:
                    break
        return frozenset(leaves)

    async def _write(
        self,
        kind: Kind,
        number: int,
        end: int,
        is_wanted: Callable[[Inbound], bool] | None,
        told: Written,
        is_left_out: Callable[[Inbound], bool] = lambda _record: False,
    ) -> None:
        """Write a partition up to `end`, or to the first record that is not wanted."""
        writer = self.bundle.place(self.realm, kind, number)
        async with aclosing(self._records(kind, number)) as records:
            async for record in records:
                if record.offset >= end or (is_wanted is not None and not is_wanted(record)):
                    break
                if not is_left_out(record):
                    writer.write(record)
                    told(1)
        writer.close()

    async def _records(
        self, kind: Kind, number: int, start: int | None = None
    ) -> AsyncGenerator[Inbound, None]:
        async with aclosing(self.reader.read({self._place(kind, number): start})) as batches:
            async for batch in batches:
                for record in batch:
                    yield record

    def _look_for_link(self, record: Inbound) -> None:
        """Whether this is the record that the bundle before ended with."""
        leaf = self.wanted.get(record.partition)
        if leaf is not None and leaf_hash(record.value or b"") == leaf:
            del self.wanted[record.partition]

    def _place(self, kind: Kind, number: int) -> TopicPartition:
        return TopicPartition(TOPICS[kind](self.realm), number)


def recorded_at(record: Inbound) -> int:
    """A record's instant; what has none belongs to what stood before it."""
    at = json_object(record.value).get("at")
    return at if isinstance(at, int) else -1
