"""Evidence that the log vouches for: anyone on Kafka may lay other values beside it.

A record counts if it stands on the one path of `prev` that the router has signed (proof §8), for a
record and its evidence that agree with each other anybody can write. It names the hash of its
evidence, and a record `erased` those of the stubs that it left; its own evidence is held to its
record first. What has another hash counts for nothing (log §11.1).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from aiokafka import TopicPartition

from contracts.encoding import digest, json_object, leaf_hash
from contracts.envelope.wire import Inbound
from contracts.log.entry_chain import EntryChain
from contracts.log.erasing.erasure import is_stub
from contracts.log.orders.registry import Registry
from contracts.vocabulary import topics
from services.platform.kafka.reading.topic_reader import TopicReader
from services.platform.process.exit_codes import UnreachableError

Stubs = dict[str, bytes]  # leaf -> what an erasure left of its evidence
MOST: Final = 1_000  # that one topic may be ahead of the other: what waits is held in memory


def leaf_of(record: Inbound) -> str:
    """The leaf that a record or its evidence is keyed by."""
    return (record.key or b"").decode("latin-1")


@dataclass(frozen=True)
class Late:
    """What had not got its other half at some time: offsets of records, leaves of evidence."""

    records: frozenset[int]
    evidence: frozenset[str]

    def __bool__(self) -> bool:
        return bool(self.records or self.evidence)


@dataclass(slots=True)
class Waiting:
    """Records of one partition, in order, and the evidence read so far.

    Of evidence that was written again under its leaf the first counts: a router writes each once,
    in the transaction of its record. A stub by an owners' order is no evidence written again: it
    counts before all else, if it is there by then. Evidence behind a stub was written again.

    Attributes:
        is_stub: whether a record is a stub.
        stubs: those that were read, or known before.
        passed: leaves of those that were read.
        leaf: the leaf under which a record's evidence is looked for.
        alone: whether a record waits for none.
        again: evidence that was read when there was one already.
        offset, furthest: of the evidence handed over last, and the highest so far; -1 before.
    """

    leaf: Callable[[Inbound], str] = leaf_of
    alone: Callable[[Inbound], bool] = lambda _record: False
    is_stub: Callable[[Inbound], bool] = lambda _record: False
    stubs: Stubs = field(default_factory=dict)
    passed: set[str] = field(default_factory=set)
    records: deque[Inbound] = field(default_factory=deque)
    evidence: dict[str, Inbound] = field(default_factory=dict)
    again: list[Inbound] = field(default_factory=list)
    offset: int = -1
    furthest: int = -1

    def take(self, batch: Sequence[Inbound], *, is_evidence: bool) -> None:
        """Keep what was read until its other half comes."""
        if not is_evidence:
            self.records.extend(batch)
            return
        for evidence in batch:
            if self.is_stub(evidence):
                self.stubs[leaf_of(evidence)] = evidence.value or b""
                self.passed.add(leaf_of(evidence))
            elif leaf_of(evidence) in self.passed:
                self.again.append(evidence)
            elif leaf_of(evidence) in self.stubs:  # Kafka has not cleaned yet
                continue
            elif self.evidence.setdefault(leaf_of(evidence), evidence) is not evidence:
                self.again.append(evidence)

    def pairs(self) -> Iterable[tuple[Inbound, bytes | None]]:
        """Records with their evidence, up to the first whose evidence has not been read."""
        while self.records:
            evidence = self.beside(self.records[0])
            if evidence is None and not self.alone(self.records[0]):
                return
            yield self.records.popleft(), evidence

    def beside(self, record: Inbound) -> bytes | None:
        """The evidence of a record, handed over once; None if it has not been read."""
        leaf = self.leaf(record)
        evidence = self.evidence.pop(leaf, None)
        if evidence is not None:
            self.offset, self.furthest = evidence.offset, max(self.furthest, evidence.offset)
        if (stub := self.stubs.get(leaf)) is not None:
            return stub
        return None if evidence is None else evidence.value or b""

    def late(self) -> Late:
        """What waits now."""
        offsets = frozenset(record.offset for record in self.records)
        return Late(offsets, frozenset(self.evidence))

    def take_nobodys(self, late: Late) -> list[Inbound]:
        """Evidence that was late already and that no record waits for, which waits no more.

        A record that came meanwhile may wait behind another: its own evidence is not nobody's.
        """
        awaited = {self.leaf(record) for record in self.records}
        nobodys = (late.evidence & self.evidence.keys()) - awaited
        return [self.evidence.pop(leaf) for leaf in nobodys]

    @property
    def earliest(self) -> int | None:
        """Offset of the first evidence that waits."""
        return min((evidence.offset for evidence in self.evidence.values()), default=None)

    def is_ahead(self, *, is_evidence: bool) -> bool:
        """Whether so much of one topic waits for the other that it need not be read for now."""
        return len(self.evidence if is_evidence else self.records) >= MOST


def stub_of(record: Inbound, registry: Registry) -> bool:
    """Whether a record of evidence is a stub by an order that names its decision."""
    return is_stub(record.value, leaf_of(record), record.partition, registry)


async def read_stubs(
    reader: TopicReader,
    realm: str,
    registry: Registry,
    starts: Mapping[TopicPartition, int | None],
) -> dict[int, Stubs]:
    """Of each partition in which orders erased something, the stubs in place of evidence.

    Args:
        starts: from where evidence is to be read; other topics are passed by.

    Raises:
        UnreachableError: Kafka did not answer in time.
    """
    named = {
        number
        for order in registry.orders
        if order.kind == "erase"
        for number, _ in order.decisions
    }
    places = {
        place: start
        for place, start in starts.items()
        if place.topic == topics.evidence(realm) and place.partition in named
    }
    stubs: dict[int, Stubs] = {place.partition: {} for place in places}
    if places:
        async for batch in reader.read(places):
            for record in batch:
                if stub_of(record, registry):
                    stubs[record.partition][leaf_of(record)] = record.value or b""
    return stubs


LOOK_S: Final = 0.1  # while the markers of the last transaction are still on their way
MOST_LOOKS: Final = 50
_NAMES_STUBS: Final = b'"stub":'

IsWanted = Callable[[str, bytes], bool]  # of a leaf and any value at all; raises nothing
_Values = dict[str, dict[str, bytes]]  # leaf -> hash -> value


async def recorded(
    reader: TopicReader,
    place: TopicPartition,
    registry: Registry,
    is_wanted: IsWanted,
    last: str = "",
) -> dict[str, bytes]:
    """Leaf -> evidence as it is now, in the order of the log: what is erased is its stub.

    Args:
        place: a partition of evidence.
        registry: of its realm, with the directories that have the router's keys.
        last: the leaf of the partition's last record, if it must be there; else as far as it goes.

    Raises:
        UnreachableError: Kafka did not answer in time, or has not the last record.
    """
    values: _Values = {}

    def take(batch: Sequence[Inbound]) -> list[str]:
        for record in batch:
            leaf, value = leaf_of(record), record.value or b""
            if _NAMES_STUBS in value or is_wanted(leaf, value):
                values.setdefault(leaf, {})[digest(value)] = value
        return [leaf_of(record) for record in batch]

    await _read(reader, place, last, take)
    hashes = await _hashes(reader, place, registry, last, values)
    rows = {leaf: values[leaf].get(sha) for leaf, sha in hashes.items()}
    return {
        leaf: value for leaf, value in rows.items() if value is not None and is_wanted(leaf, value)
    }


async def _hashes(
    reader: TopicReader, place: TopicPartition, registry: Registry, last: str, values: _Values
) -> dict[str, str]:
    """By leaf the hash that its record names, or the last record `erased` that names its stub."""
    chain = EntryChain(registry.realm, place.partition, registry)
    own: dict[str, str] = {}
    stubs: dict[str, str] = {}

    def take(batch: Sequence[Inbound]) -> list[str]:
        for record in batch:
            chain.hold(record.value or b"", record.headers)
        taken = chain.again()  # the last signature holds all before it: one a batch is verified
        leaves = [*map(leaf_hash, taken)]
        for leaf, value in zip(leaves, taken, strict=True):
            if leaf in values:
                own[leaf] = str(json_object(value).get("evd", ""))
                answers = json_object(values[leaf].get(own[leaf])).get("answers", ())  # `erased`
                stubs.update({one["decision"]: one["stub"] for one in answers if "stub" in one})
        return leaves

    decisions = TopicPartition(topics.decisions(registry.realm), place.partition)
    await _read(reader, decisions, last, take)
    return {leaf: stubs.get(leaf, sha) for leaf, sha in own.items()}


async def _read(
    reader: TopicReader,
    place: TopicPartition,
    last: str,
    take: Callable[[Sequence[Inbound]], Collection[str]],
) -> None:
    """Read all of a partition, again until its last record is there.

    Args:
        take: takes records, once more at each look; returns the leaves that are there now.
    """
    is_there = not last
    for _look in range(MOST_LOOKS):
        async for batch in reader.read({place: None}):
            is_there |= last in take(batch)
        if is_there:
            return
        await asyncio.sleep(LOOK_S)
    cut = f"{place.topic} without its end"
    raise UnreachableError("kafka_unreachable", cut, "all of it")
