"""What a starting shard reads: its partitions' log, and how far its inputs were taken.

Both are read after the predecessor was fenced: nothing that is read here can still change.

A layout is in force as soon as its signed order stands on control. Every shard looks at control
after fencing its own ids and before each batch: an owner under an old layout therefore either sees
the order, and ends, or was fenced by an owner under the new one. Nobody has to be stopped by hand.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Collection, Generator, Iterable, Mapping, Sequence
from contextlib import aclosing, contextmanager, suppress
from functools import partial
from typing import Final

import structlog
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError, NoError

from contracts.decision.state import tables
from contracts.decision.state.shelves import LostRowError
from contracts.decision.state.state import State
from contracts.encoding import leaf_hash
from contracts.envelope.wire import Inbound
from contracts.errors import EnvelopeError, LogError, UsageError
from contracts.log.orders.layout import Layout
from contracts.log.orders.registry import Registry
from contracts.log.rebuild import Rebuilding
from contracts.vocabulary import topics
from services.platform.kafka.bus import Bus
from services.platform.kafka.connection.clients import clients
from services.platform.kafka.connection.missing_rights import DENIED, READ_OFFSETS, denied
from services.platform.kafka.connection.wait import WAIT_SECONDS, connected
from services.platform.kafka.evidence.recorded import Waiting, read_stubs, stub_of
from services.platform.kafka.reading.log_reader import LogReader, place_of, written_at
from services.platform.patience import patient
from services.platform.process.exit_codes import DamagedLogError, UnreachableError
from services.platform.store.owned import NotBelievedError
from services.platform.store.states import KEEP_ROWS
from services.routing.store import Reach, ShardStore, StateStore

LOOK_S: Final = 0.2  # while the group's coordinator is loading
STOP_SECONDS: Final = 2.0
# What a start that was to begin behind a store does without it for.
REFUSED: Final = (NotBelievedError, DamagedLogError, LostRowError, sqlite3.Error)

log = structlog.get_logger("relais.routing")


async def rebuild_states(
    reader: LogReader,
    realm: str,
    partitions: Sequence[int],
    registry: Registry,
    taken: dict[TopicPartition, int] | None = None,
    left_out: Collection[str] = (),
    stores: ShardStore | None = None,
) -> dict[int, State]:
    """The state of each partition, from decisions and evidence up to the last stable offset.

    Args:
        taken: is told the offset after the last input that the log speaks of.
        left_out: `topic/partition/offset` of records that are not the router's: passed by.
        stores: where states are kept: what they hold need not be read again, if the log agrees.

    Raises:
        DamagedLogError: the log is unsigned, unchained or incomplete, with the place where it was
            seen; codes as `Rebuilding` tells them.
        UnreachableError: Kafka did not answer in time.
    """
    folded = partial(_states, reader, realm, partitions, registry, left_out)
    store = await stores.open(registry) if stores is not None else None
    try:
        states, reached = await folded(store)
    except REFUSED as error:
        if stores is None or store is None:
            raise
        # Where it is the log that is wrong, the log says so again.
        states, reached = await folded(stores.place.refuse(error))
    if taken is not None:
        for place, offset in reached.items():
            taken[place] = max(taken.get(place, 0), offset)
    return states


def check_unrecorded(registry: Registry, states: Iterable[State]) -> None:
    """Check the orders that not all of these logs have, whole (`Registry.check_unrecorded`).

    Raises:
        LostRowError: control cannot be read again.
    """
    registry.check_unrecorded(frozenset.intersection(*(state.tail.orders for state in states)))


async def _states(
    reader: LogReader, realm: str, partitions: Sequence[int], registry: Registry,
    left_out: Collection[str], store: StateStore | None,
) -> tuple[dict[int, State], dict[TopicPartition, int]]:  # fmt: skip
    """Each partition's state behind a store, else from the whole log, and how far inputs went."""
    states, taken = {}, {}
    for partition in partitions:  # one after the other: nothing waits in memory for its turn
        log_ = Folded(reader, realm, partition, registry, left_out)
        states[partition] = await log_.state(store)
        for topic, offset in log_.taken.items():
            taken[TopicPartition(topic, partition)] = offset
    return states, taken


class Folded:
    """One partition's log, folded as it comes: what was folded is not kept, but the last record.

    Of an evidence that was written twice, the first one counts while Kafka has it; the record has
    its hash, so that no other than the one decided on is ever folded, or the stub of an owners'
    order.

    Attributes:
        taken: topic -> offset after the last input that the records speak of.
    """

    def __init__(
        self, reader: LogReader, realm: str, partition: int, registry: Registry,
        left_out: Collection[str],
    ) -> None:  # fmt: skip
        self.taken: Mapping[str, int] = {}
        self._reader = reader
        self._log = realm, partition, registry
        self._left_out = left_out
        self._kept, self._decided = (
            TopicPartition(name, partition)
            for name in (topics.evidence(realm), topics.decisions(realm))
        )

    async def state(self, store: StateStore | None) -> State:
        """The state of the whole log; of what a store does not have yet, if there is one.

        What is folded goes into the store on the way, and in the end: no start has it to do twice.

        Raises:
            NotBelievedError: the store is not what the log says: `ahead`, `foreign`.
        """
        realm, partition, registry = self._log
        state, begun = store.begun(partition) if store is not None else (None, None)
        rebuilding = Rebuilding(*self._log, state, begun.taken if begun is not None else None)
        waiting = Waiting(
            _leaf,
            lambda record: place_of(record) in self._left_out,
            is_stub=lambda record: stub_of(record, registry),
        )
        last: Inbound | None = None

        def is_ahead(place: TopicPartition) -> bool:
            return waiting.is_ahead(is_evidence=place == self._kept)

        def keep(state: State | None) -> None:
            if store is not None and state is not None and last is not None:
                reach = Reach(last.offset, waiting.offset, rebuilding.taken)
                store.write({partition: (state, reach)})

        starts: dict[TopicPartition, int | None] = {self._kept: None, self._decided: None}
        believed = begun is None
        if begun is not None:
            starts = {self._kept: begun.evidence, self._decided: begun.decisions}
        waiting.stubs = (await read_stubs(self._reader, realm, registry, starts)).get(partition, {})
        async with aclosing(self._reader.read(starts, is_ahead)) as batches:
            async for batch in batches:
                is_evidence = batch[0].topic == self._kept.topic
                if is_evidence or believed:
                    waiting.take(batch, is_evidence=is_evidence)
                elif rebuilding.ends_with(batch[0].value, batch[0].headers):
                    believed = True  # the log, gone on since, has the record that this ends with
                    waiting.take(batch[1:], is_evidence=False)
                else:
                    raise NotBelievedError("foreign")
                for record, evidence in waiting.pairs():
                    last = self._fold(rebuilding, record, evidence) or last
                if store is not None and tables.pending(rebuilding.state) > KEEP_ROWS:
                    keep(rebuilding.at_signature())
        if not believed:
            raise NotBelievedError("ahead")
        for record in waiting.records:  # all was read: the first of them has none
            last = self._fold(rebuilding, record, waiting.beside(record)) or last
        with _placed(last):
            state = rebuilding.finish()
        keep(state)
        self.taken = rebuilding.taken
        return state

    def _fold(
        self, rebuilding: Rebuilding, record: Inbound, evidence: bytes | None
    ) -> Inbound | None:
        """Fold a record; None if it was one to be left out."""
        with _placed(record):
            if place_of(record) not in self._left_out:
                rebuilding.step(record.value, record.headers, evidence)
                return record
            rebuilding.check_foreign(record.value, record.headers)
            log.warning("record left out", place=place_of(record), written=written_at(record))
            return None


@contextmanager
def _placed(record: Inbound | None) -> Generator[None, None, None]:
    """Say of a fault of the log where it was seen."""
    try:
        yield
    except (LogError, EnvelopeError) as error:
        place = f"{place_of(record)}, written {written_at(record)}" if record else ""
        raise DamagedLogError(error.code, error.got, error.expected, place) from error


def _leaf(record: Inbound) -> str:
    """By the record itself: its key says nothing that the chain vouches for."""
    return leaf_hash(record.value or b"")


def check_shards(layout: Layout, shards: int) -> None:
    """The process was told the number of shards that is in force.

    Raises:
        UsageError: `layout_differs`.
    """
    if layout.shards != shards:
        raise UsageError(
            "layout_differs",
            f"RELAIS_SHARDS={shards}",
            f"{layout.shards}, or a signed layout order before",
        )


def check_states(layout: Layout, states: Iterable[State], *, reshard: bool) -> None:
    """The log of each owned partition is under this layout, or may be brought under it.

    Raises:
        UsageError: `layout_differs`: the log has another one, and nobody asked for resharding.
    """
    for state in states:
        number, _, shards = state.tail.layout
        if number and number != layout.number and not reshard:
            raise UsageError(
                "layout_differs",
                f"{layout.shards} shards by order {layout.number}",
                f"{shards} by order {number} as in the log, or RELAIS_RESHARD=true",
            )


async def committed_offsets(
    bus: Bus, group: str, places: Iterable[TopicPartition]
) -> dict[TopicPartition, int]:
    """The committed offset of each place, 0 where nothing was committed.

    aiokafka's consumer takes "I am still loading" for "nothing was committed": it does not read the
    error that stands above the partitions. So we ask for partitions by name and believe an answer
    that speaks of every one of them, with -1 where there is none.

    Raises:
        UnreachableError: Kafka did not answer in time.
        UsageError: `kafka_forbidden`.
    """
    wanted = list(places)
    admin = clients().admin(bootstrap_servers=bus.bootstrap, **bus.client)
    try:
        async with asyncio.timeout(patient(WAIT_SECONDS)):
            await connected(admin.start())
            while (committed := await _answered(admin, group, wanted)) is None:
                await asyncio.sleep(LOOK_S)
            return committed
    except DENIED as error:
        raise denied(bus.client, error, READ_OFFSETS) from error
    except (TimeoutError, KafkaError) as error:
        raise UnreachableError("kafka_unreachable", type(error).__name__) from error
    finally:
        with suppress(TimeoutError, KafkaError):
            async with asyncio.timeout(STOP_SECONDS):
                await admin.close()


async def _answered(
    admin: AIOKafkaAdminClient, group: str, wanted: Sequence[TopicPartition]
) -> dict[TopicPartition, int] | None:
    """What the group's coordinator says; None if it does not know yet, or is another one now."""
    try:
        committed = await admin.list_consumer_group_offsets(group, partitions=list(wanted))
    except KafkaError as error:
        # Where one partition has an error aiokafka raises the answer's code instead, which is none.
        if not (error.retriable or isinstance(error, NoError)):
            raise
        return None
    if any(place not in committed for place in wanted):
        return None
    return {place: max(0, committed[place].offset) for place in wanted}


def at_least(
    committed: Mapping[TopicPartition, int], taken: Mapping[TopicPartition, int]
) -> dict[TopicPartition, int]:
    """Committed offsets, but never behind what the log itself has taken.

    Both are written in one transaction; a coordinator that was away for a while may answer with
    older ones.
    """
    behind = [place for place, offset in committed.items() if offset < taken.get(place, 0)]
    if behind:
        log.warning("committed offsets behind the log", places=len(behind))
    return {place: max(offset, taken.get(place, 0)) for place, offset in committed.items()}
