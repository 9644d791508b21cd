"""A realm's trees, grown: `decisions` is read often, and what was signed is published.

It is read apart from the replay, which may be behind: a checkpoint says that records are there and
stay as they are, the replay whether they are right. What must not happen is told as the replay's
alarms are:

    log_rolled_back   Kafka holds fewer records than were published
    log_forked        what Kafka holds comes to another root than was published
    log_stalled       the router signed a record that does not follow the last one
    entry_too_large   a record is longer than an entry can be: no router writes one, and the log
                      ends there
    log_unreadable    what was signed last, published or in memory, is not the log's own
    log_unwritable    files or memory could not be read or written: nothing new is published until
                      they can be
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import structlog
from aiokafka import TopicPartition

from contracts.envelope.wire import Inbound
from contracts.errors import LogError, ProofError
from contracts.log.entry_chain import EntryChain
from contracts.log.orders.registry import Registry
from contracts.proof.checkpoint import Checkpoint, origin_of
from contracts.proof.note import SignedNote, b64
from contracts.proof.note_keys import log_signers
from contracts.vocabulary import topics
from services.audit.tree.log_folder import LogFolder
from services.audit.tree.witnessing import RealmWitnessing
from services.platform.kafka.reading.log_reader import LogReader
from services.platform.ports import now
from services.platform.process.durable_file import write_durably
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth
from services.platform.store.memory import Memory

UNREADABLE: Final = "log_unreadable"
UNWRITABLE: Final = "log_unwritable"
HEADS: Final = -1  # in place of a partition: the note over all of them
GROW_S: Final = 0.4  # between two readings: a checkpoint is there a second after its record,
CALM_S: Final = 0.8  # also where nothing came for a while

log = structlog.get_logger("relais.audit")


class PartitionTree:
    """One partition's log, between Kafka and its files.

    Attributes:
        next: offset in Kafka to read on from; None: from the beginning.
        ended: where the topic ended when it was read; markers lie behind its last record.
        settled: offset behind which nothing waits.
    """

    def __init__(self, folder: LogFolder, realm: str, partition: int, registry: Registry) -> None:
        self.folder = folder
        last = folder.last
        self.chain = (
            EntryChain(realm, partition, registry)
            if last is None
            else EntryChain.behind(realm, partition, registry, last)
        )
        self.next = folder.position
        self.ended, self.settled = 0, self.next or 0


class RealmTrees:
    """All partitions of a realm, and one note over all their heads."""

    def __init__(
        self, realm: str, instance: str, folder: Path, memory: Memory, secret: bytes,
        reader: LogReader, metrics: Metrics, health: ServiceHealth,
        witnessing: RealmWitnessing | None = None,
    ) -> None:  # fmt: skip
        self.realm = realm
        self.reader = reader
        self._instance, self._folder, self._secret = instance, folder, secret
        self._memory = memory
        self._metrics, self._health = metrics, health
        self._witnessing = witnessing
        self._trees: dict[int, PartitionTree] = {}
        self._told: set[tuple[str, int]] = set()
        self._noted: list[Checkpoint] = []  # heads that the note was written of

    async def grow(self, registry: Registry) -> None:
        """Read what is new, and publish it.

        Args:
            registry: of the realm, with the directories and orders that control has brought so far.

        Raises:
            UnreachableError: Kafka did not answer in time.
        """
        self._open(registry)
        places = {
            TopicPartition(topics.decisions(self.realm), number): tree.next
            for number, tree in self._trees.items()
        }
        ends = await self.reader.ends(places)
        for place, end in ends.items():
            tree = self._trees[place.partition]
            if end < (places[place] or 0):
                self._alarm("log_rolled_back", place.partition)
            if end < tree.ended:  # what comes in the old end's place is read
                tree.ended = 0
        new = {
            place: places[place]
            for place, end in ends.items()
            if end > max(places[place] or 0, self._trees[place.partition].ended)
        }
        if new:
            async for batch in self.reader.read(new):
                self._take(batch[0].partition, batch)
            for place in new:
                if place.partition in self._trees:
                    self._trees[place.partition].ended = ends[place]
        for number in list(self._trees):
            self._publish(number)
        self._publish_heads(registry.partitions)
        if self._witnessing is not None:
            self._witnessing.look({number: tree.folder for number, tree in self._trees.items()})

    @property
    def records(self) -> int:
        """How far all partitions have been read."""
        return sum(tree.next or 0 for tree in self._trees.values())

    def close(self) -> None:
        """Close all files."""
        while self._trees:
            self._trees.popitem()[1].folder.close()

    def _open(self, registry: Registry) -> None:
        for number in range(registry.partitions):
            if number in self._trees:
                continue
            try:
                self._trees[number] = self._opened(number, registry)
            except BlockingIOError:
                continue  # another process ends soon, or has it for good: asked again
            except OSError:
                self._alarm(UNWRITABLE, number)
            except (LogError, ProofError):
                self._alarm(UNREADABLE, number)
            else:
                self._mended(UNREADABLE, number)

    def _opened(self, number: int, registry: Registry) -> PartitionTree:
        """A log's files, to go on behind their last entry."""
        origin = origin_of(self._instance, self.realm, number)
        folder = LogFolder(
            log_path(self._folder, self.realm, number), self._memory,
            log_signers(self._secret, origin), witnessed=self._witnessing is not None,
        )  # fmt: skip
        try:
            return PartitionTree(folder, self.realm, number, registry)
        except (OSError, LogError, ProofError):
            folder.close()
            raise

    def _take(self, number: int, batch: Sequence[Inbound]) -> None:
        tree = self._trees.get(number)
        if tree is None:
            return
        for record in batch:
            value, headers = record.value or b"", record.headers
            tree.next = record.offset + 1
            try:
                for entry in tree.chain.step(value, headers):
                    tree.folder.add(entry)
            except OSError:
                self._reopen(number)
                return

    def _publish(self, number: int) -> None:
        tree = self._trees[number]
        try:
            for entry in tree.chain.again():
                tree.folder.add(entry)
            if not tree.chain.waits:
                tree.settled = tree.next or 0
            tree.folder.publish(now(), tree.settled)
        except OSError:
            self._reopen(number)
            return
        self._mended(UNWRITABLE, number)
        if tree.folder.shown == tree.folder.head and not tree.chain.waits:
            self._metrics.checkpoint.labels(self.realm, str(number)).set(now())
        if tree.chain.stalled:
            self._alarm("log_stalled", number)
        if tree.folder.stopped:
            self._alarm(tree.folder.stopped, number)

    def _reopen(self, number: int) -> None:
        """Go on from what was written, which may be less than what was read."""
        self._trees.pop(number).folder.close()
        self._alarm(UNWRITABLE, number)

    def _publish_heads(self, partitions: int) -> None:
        """Sign what the heads of all partitions are together (proof §9); nothing if one lacks."""
        heads = [tree.folder.head for _number, tree in sorted(self._trees.items())]
        known = [head for head in heads if head is not None]
        if len(known) < partitions or known == self._noted:
            return
        origin = f"relais.{self._instance}/{self.realm}"
        rows = "".join(f"{head.origin} {head.size} {b64(head.root)}\n" for head in known)
        signer = log_signers(self._secret, origin)[0]
        text = f"{origin}\n{rows}".encode()
        note = SignedNote(text, (signer.sign(text, 0),))
        try:
            write_durably(self._folder / self.realm, note.data)
        except OSError:
            self._alarm(UNWRITABLE, HEADS)
            return
        self._noted = known
        self._mended(UNWRITABLE, HEADS)

    def _alarm(self, code: str, number: int) -> None:
        """Tell it once, until it is mended."""
        if (code, number) in self._told:
            return
        self._told.add((code, number))
        self._health.warnings.add(f"{code}_{self.realm}")
        self._metrics.alarms.labels(code).inc()
        log.error("log not published", partition=number, code=code)

    def _mended(self, code: str, number: int) -> None:
        """Warn no more of what has passed, once it has everywhere in the realm."""
        if (code, number) not in self._told:
            return
        self._told.remove((code, number))
        log.info("log published again", partition=number, code=code)
        if code not in {told for told, _number in self._told}:
            self._health.warnings.discard(f"{code}_{self.realm}")


def log_path(folder: Path, realm: str, number: int) -> Path:
    """Where a partition's log lies."""
    return folder / f"{realm}-{number}"
