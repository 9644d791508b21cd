"""One realm's part of a bundle: what of each topic belongs to it.

    ends of decisions → control, read once more → ends of evidence → control as far as it was read
    → of each partition decisions up to there → evidence that belongs to them

Records may be written meanwhile: evidence of one that is not in the bundle ends its partition's.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractContextManager, aclosing
from dataclasses import dataclass, field
from typing import Final

from aiokafka import TopicPartition

from contracts.encoding import leaf_hash
from contracts.envelope.wire import Inbound
from contracts.log.entry_chain import EntryChain
from contracts.log.orders.registry import Registry
from contracts.vocabulary import topics
from services.platform.kafka.evidence.recorded import leaf_of, stub_of
from services.platform.kafka.orders.control import Control
from services.platform.kafka.reading.topic_reader import TopicReader

LOOK_AHEAD: Final = 1_000  # records behind the last one, whose evidence is met where theirs begins

NewFile = Callable[[TopicPartition], AbstractContextManager[Callable[[Inbound], None]]]


@dataclass
class RealmExport:
    """Writes a realm's topics.

    Attributes:
        new_file: begins the file of a partition's records, and gives what writes one.
        closed_at: instant of the last record of them all, seconds.
    """

    realm: str
    reader: TopicReader
    control: Control
    new_file: NewFile
    closed_at: int = 0
    _ends: dict[TopicPartition, int] = field(default_factory=dict)

    @property
    def registry(self) -> Registry:
        """What the orders have brought that the bundle takes along."""
        return self.control.registry

    async def end(self, topic: str) -> None:
        """What is written of this topic from now on is not taken.

        Evidence ends when the other half of the decisions has settled; and is written when its own
        has.
        """
        numbers = range(self.registry.partitions)
        self._ends |= await self.reader.ends([TopicPartition(topic, number) for number in numbers])

    async def write(self) -> None:
        """Write all of them, up to where `end` was asked; control as its registry has read it.

        Raises:
            UnreachableError: Kafka did not answer in time.
        """
        control = TopicPartition(topics.control(self.realm), 0)
        self._ends[control] = self.control.position
        with self.new_file(control) as write:
            async with aclosing(self._records(control)) as records:
                async for record in records:
                    write(record)
        for number in range(self.registry.partitions):
            behind, erased = await self._decisions(number)
            await self._evidence(number, await self._beyond(number, behind), erased)

    async def _decisions(self, number: int) -> tuple[int, frozenset[str]]:
        """Write a partition's records; the offset behind the last one, and the erased leaves."""
        place, behind, met = TopicPartition(topics.decisions(self.realm), number), 0, set[str]()
        chain = EntryChain(self.realm, number, self.registry)
        orders = (order for order in self.registry.orders if order.kind == "erase")
        named = {leaf for order in orders for leaf in order.decisions_of(number)}
        with self.new_file(place) as write:
            async with aclosing(self._records(place)) as records:
                async for record in records:
                    write(record)
                    behind = record.offset + 1
                    chain.step(record.value or b"", record.headers)
                    if named and (leaf := leaf_hash(record.value or b"")) in named:
                        met.add(leaf)
        self.closed_at = max(self.closed_at, chain.tail.at)
        return behind, frozenset(met)

    async def _evidence(self, number: int, beyond: frozenset[str], erased: frozenset[str]) -> None:
        """Write a partition's evidence; of what was erased the stub alone, wherever it stands."""
        place, is_past = TopicPartition(topics.evidence(self.realm), number), False
        stubs = await self._stubs(place, erased) if erased else {}
        with self.new_file(place) as write:
            async with aclosing(self._records(place)) as records:
                async for record in records:
                    leaf = leaf_of(record)
                    is_past |= leaf in beyond
                    if stubs[leaf] == record.offset if leaf in stubs else not is_past:
                        write(record)
                    if is_past and record.offset >= max(stubs.values(), default=0):
                        break

    async def _stubs(self, place: TopicPartition, erased: frozenset[str]) -> dict[str, int]:
        """Offsets of the first stub of each leaf: Kafka may have the evidence for a while yet."""
        stubs: dict[str, int] = {}
        async with aclosing(self._records(place)) as records:
            async for record in records:
                if leaf_of(record) in erased and stub_of(record, self.registry):
                    stubs.setdefault(leaf_of(record), record.offset)
        return stubs

    async def _beyond(self, number: int, behind: int) -> frozenset[str]:
        """Leaves of the next records behind the last one that was written."""
        place, leaves = TopicPartition(topics.decisions(self.realm), number), set[str]()
        async with aclosing(self.reader.read({place: behind})) as batches:
            async for batch in batches:
                leaves |= {leaf_hash(record.value or b"") for record in batch}
                if len(leaves) >= LOOK_AHEAD:
                    break
        return frozenset(leaves)

    async def _records(self, place: TopicPartition) -> AsyncGenerator[Inbound, None]:
        """A partition's records up to its end."""
        async with aclosing(self.reader.read({place: None})) as batches:
            async for batch in batches:
                for record in batch:
                    if record.offset >= self._ends[place]:
                        return
                    yield record
