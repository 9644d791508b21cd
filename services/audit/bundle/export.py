"""Writing a bundle: what logs say, what a verdict needs, and the auditor's signature.

    ends of decisions → control, read once more → ends of evidence → control as far as it was read
    → of each partition decisions up to there → evidence that belongs to them

Records may be written meanwhile: evidence of one that is not in the bundle ends its partition's.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from zipfile import ZipFile

from aiokafka import TopicPartition

from contracts.encoding import leaf_hash
from contracts.envelope.wire import Inbound
from contracts.keys.keyring import Signer
from contracts.log.entry_chain import EntryChain
from contracts.log.orders.order import Owners
from contracts.vocabulary import topics
from services.audit.bundle.archive import new_member
from services.audit.bundle.manifest import (
    MANIFEST,
    ListedFile,
    Manifest,
    Realm,
    closing,
    records_file,
    signer_of,
)
from services.audit.bundle.source import line_of
from services.audit.source import LogSource
from services.platform.kafka.evidence.recorded import leaf_of, stub_of
from services.platform.kafka.orders.control import Control
from services.platform.kafka.reading.topic_reader import TopicReader
from services.platform.process.durable_file import replaced, unwritable

Progress = Callable[[int], None]  # records written
LOOK_AHEAD: Final = 1_000  # records behind the last one, whose evidence is met where theirs begins

Records = AsyncGenerator[Inbound, None]


@dataclass(frozen=True)
class ExportRequest:
    """What is asked for.

    Attributes:
        now: the routers' clock, seconds.
        program: name and version of what writes.
        heads: checkpoints that were published before, and their policies, by name.
    """

    source: LogSource
    realms: Sequence[Realm]
    owners: Owners
    signer: Signer
    now: int
    program: str
    heads: Mapping[str, bytes] = field(default_factory=dict)


def export(request: ExportRequest, path: Path, progress: Progress = lambda _done: None) -> int:
    """Write a bundle and return its number of decisions; one that was there stays or is replaced.

    Raises:
        UnreachableError: Kafka did not answer in time.
        UsageError: `auditor_not_ed25519`, `bundle_unwritable`.
    """
    try:
        with replaced(path) as file, ZipFile(file, "w") as archive:
            return asyncio.run(_Export(request, archive, progress).write())
    except OSError as error:
        raise unwritable(path, "bundle_unwritable", error) from None


@dataclass
class _RealmExport:
    """Reads a realm's topics, as far as they belong in a bundle.

    Attributes:
        decisions: records of decisions that were read.
        closed_at: instant of the last record of them all, seconds.
    """

    realm: str
    reader: TopicReader
    control: Control
    decisions: int = 0
    closed_at: int = 0
    _ends: dict[TopicPartition, int] = field(default_factory=dict)
    _behind: int = 0  # offset behind the last record of the partition that was read last
    _erased: set[str] = field(default_factory=set)  # its leaves that orders erased

    async def end(self, topic: str) -> None:
        """What is written of this topic from now on is not taken.

        Evidence ends when the other half of the decisions has settled; and is read when its own
        has.
        """
        numbers = range(self.control.registry.partitions)
        self._ends |= await self.reader.ends([TopicPartition(topic, number) for number in numbers])

    async def files(self) -> AsyncGenerator[tuple[TopicPartition, Records], None]:
        """Each partition with its records, which are to be read before the next one is asked for.

        They go up to where `end` was asked; control as its registry has read it.

        Raises:
            UnreachableError: Kafka did not answer in time.
        """
        control = TopicPartition(topics.control(self.realm), 0)
        self._ends[control] = self.control.position
        yield control, self._read(control)
        for number in range(self.control.registry.partitions):
            decisions = TopicPartition(topics.decisions(self.realm), number)
            yield decisions, self._decided(decisions)
            beyond = await self._beyond(decisions)
            evidence = TopicPartition(topics.evidence(self.realm), number)
            yield evidence, self._evidence(evidence, beyond)

    async def _decided(self, place: TopicPartition) -> Records:
        """A partition's records; how far they go, and which of them were erased, is noted."""
        self._behind, self._erased = 0, set()
        registry = self.control.registry
        chain = EntryChain(self.realm, place.partition, registry)
        orders = (order for order in registry.orders if order.kind == "erase")
        named = {leaf for order in orders for leaf in order.decisions_of(place.partition)}
        async for record in self._read(place):
            yield record
            self.decisions, self._behind = self.decisions + 1, record.offset + 1
            chain.step(record.value or b"", record.headers)
            if named and (leaf := leaf_hash(record.value or b"")) in named:
                self._erased.add(leaf)
        self.closed_at = max(self.closed_at, chain.tail.at)

    async def _evidence(self, place: TopicPartition, beyond: frozenset[str]) -> Records:
        """A partition's evidence; of what was erased the stub alone, wherever it stands."""
        stubs, is_past = await self._stubs(place) if self._erased else {}, False
        async with aclosing(self._read(place)) as records:
            async for record in records:
                leaf = leaf_of(record)
                is_past |= leaf in beyond
                if stubs[leaf] == record.offset if leaf in stubs else not is_past:
                    yield record
                if is_past and record.offset >= max(stubs.values(), default=0):
                    break

    async def _stubs(self, place: TopicPartition) -> dict[str, int]:
        """Offsets of the first stub of each leaf: Kafka may have the evidence for a while yet."""
        stubs: dict[str, int] = {}
        async for record in self._read(place):
            if leaf_of(record) in self._erased and stub_of(record, self.control.registry):
                stubs.setdefault(leaf_of(record), record.offset)
        return stubs

    async def _beyond(self, place: TopicPartition) -> frozenset[str]:
        """Leaves of the next records behind the last one that was read."""
        leaves = set[str]()
        async with aclosing(self.reader.read({place: self._behind})) as batches:
            async for batch in batches:
                leaves |= {leaf_hash(record.value or b"") for record in batch}
                if len(leaves) >= LOOK_AHEAD:
                    break
        return frozenset(leaves)

    async def _read(self, place: TopicPartition) -> Records:
        """A partition's records up to its end."""
        async with aclosing(self.reader.read({place: None})) as batches:
            async for batch in batches:
                for record in batch:
                    if record.offset >= self._ends[place]:
                        return
                    yield record


class _Export:
    """Writes a bundle's files, each with its digest."""

    def __init__(self, request: ExportRequest, archive: ZipFile, progress: Progress) -> None:
        self._request = request
        self._archive = archive
        self._progress = progress
        self._files: list[ListedFile] = []
        self._records = 0

    async def write(self) -> int:
        """Write all of them; the number of decisions."""
        request = self._request
        signer = signer_of(request.signer)
        async with AsyncExitStack() as stack:
            parts = await self._ended(stack)
            for part in parts:
                await self._write_realm(part)
        for name, data in request.heads.items():
            with self._file(name) as write:
                write(data)
        manifest = Manifest(
            bundle=1,
            program=request.program,
            realms=tuple(sorted(request.realms)),
            # Records may come meanwhile.
            asked_at=max(request.now, *(closing(part.closed_at) for part in parts)),
            signer=signer,
            files=tuple(self._files),
        )
        with new_member(self._archive, MANIFEST) as write:
            write(manifest.sign(request.signer))
        return sum(part.decisions for part in parts)

    async def _ended(self, stack: AsyncExitStack) -> list[_RealmExport]:
        """Every realm, with where its topics end: all of them settle together."""
        parts, source = [], self._request.source
        for realm in sorted(self._request.realms):
            control, reader = source.control(realm, self._request.owners), source.reader(realm)
            stack.push_async_callback(control.stop)
            stack.push_async_callback(reader.stop)
            await control.start()
            await reader.start()
            part = _RealmExport(realm, reader, control)
            await part.end(topics.decisions(realm))
            await control.refresh()  # each order that these records follow, and those since
            parts.append(part)
        await asyncio.sleep(source.settle_s)
        for part in parts:
            await part.end(topics.evidence(part.realm))
        await asyncio.sleep(source.settle_s)
        return parts

    async def _write_realm(self, part: _RealmExport) -> None:
        async for place, records in part.files():
            async with aclosing(records):  # before its reader stops, if a disk is full
                with self._file(records_file(place)) as write:
                    async for record in records:
                        write(line_of(record))
                        self._records += 1
                        self._progress(self._records)

    @contextmanager
    def _file(self, name: str) -> Iterator[Callable[[bytes], None]]:
        """Begin a file, which the manifest lists with its size and digest."""
        size, digest = 0, hashlib.sha256()
        with new_member(self._archive, name) as write_member:

            def write(data: bytes) -> None:
                nonlocal size
                write_member(data)
                digest.update(data)
                size += len(data)

            yield write
        self._files.append(ListedFile(name=name, size=size, sha256=digest.hexdigest()))
