"""What a starting shard reads: its partitions' log, which says how far its inputs were taken.

It is read after the predecessor was fenced: nothing that is read here can still change.

A layout is in force as soon as its signed order stands on control. Every shard looks at control
after fencing its own ids and before each batch: an owner under an old layout therefore either sees
the order, and ends, or was fenced by an owner under the new one. Nobody has to be stopped by hand.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Generator, Iterable, Mapping, Sequence
from contextlib import aclosing, contextmanager
from typing import Final

import structlog
from aiokafka import TopicPartition

from contracts.decision.state import tables
from contracts.decision.state.shelves import LostRowError
from contracts.decision.state.state import State
from contracts.encoding import leaf_hash
from contracts.envelope.model import CLOCK_SKEW
from contracts.envelope.wire import Inbound
from contracts.errors import EnvelopeError, LogError, UsageError
from contracts.log.orders.layout import Layout, ordered
from contracts.log.orders.registry import Registry
from contracts.log.rebuild import Rebuilding
from contracts.vocabulary import topics
from services.platform.kafka.evidence.recorded import Waiting, read_stubs, stub_of
from services.platform.kafka.reading.log_reader import LogReader, place_of, written_at
from services.platform.process.exit_codes import DamagedLogError, ReplacedError
from services.platform.store.owned import NotBelievedError
from services.platform.store.states import KEEP_ROWS
from services.routing.store import Reach, ShardStore, StateStore

# What a start that was to begin behind a store does without it for.
REFUSED: Final = (NotBelievedError, DamagedLogError, LostRowError, sqlite3.Error)

log = structlog.get_logger("relais.routing")


async def rebuild_states(
    reader: LogReader,
    realm: str,
    partitions: Sequence[int],
    registry: Registry,
    left_out: Collection[str] = (),
    stores: ShardStore | None = None,
) -> tuple[dict[int, State], dict[TopicPartition, int]]:
    """The state of each partition, from decisions and evidence up to the last stable offset.

    Args:
        left_out: `topic/partition/offset` of records that are not the router's: passed by.
        stores: where states are kept: what they hold need not be read again, if the log agrees.

    Returns:
        By partition its state; by input the offset after the last that the log speaks of.

    Raises:
        DamagedLogError: the log is unsigned, unchained or incomplete, with the place where it was
            seen; codes as `Rebuilding` tells them.
        UnreachableError: Kafka did not answer in time.
    """

    async def folded(
        store: StateStore | None,
    ) -> tuple[dict[int, State], dict[TopicPartition, int]]:
        states, taken = {}, {}
        for number in partitions:  # one after the other: nothing waits in memory for its turn
            log_ = Folded(reader, realm, number, registry, left_out, store)
            states[number] = await log_.state()
            for topic, offset in log_.rebuilding.taken.items():
                taken[TopicPartition(topic, number)] = offset
        return states, taken

    store = await stores.open(registry) if stores is not None else None
    try:
        return await folded(store)
    except REFUSED as error:
        if stores is None or store is None:
            raise
        # Where it is the log that is wrong, the log says so again.
        return await folded(stores.place.refuse(error))


def check_unrecorded(registry: Registry, states: Iterable[State]) -> None:
    """Check the orders that not all of these logs have, whole (`Registry.check_unrecorded`).

    Raises:
        LostRowError: control cannot be read again.
    """
    registry.check_unrecorded(frozenset.intersection(*(state.tail.orders for state in states)))


class Folded:
    """One partition's log, folded as it comes: what was folded is not kept, but the last record.

    Of an evidence that was written twice, the first one counts while Kafka has it; the record has
    its hash, so that no other than the one decided on is ever folded, or the stub of an owners'
    order.
    """

    def __init__(
        self, reader: LogReader, realm: str, partition: int, registry: Registry,
        left_out: Collection[str], store: StateStore | None,
    ) -> None:  # fmt: skip
        """At the beginning of the log, or behind what a store has of it."""
        self._reader = reader
        self._left_out = left_out
        self._store = store
        state, begun = store.begun(partition) if store is not None else (None, None)
        self._begun: Reach | None = begun  # until the log has what the store ends with
        taken = begun.taken if begun is not None else None
        self.rebuilding = Rebuilding(realm, partition, registry, state, taken)
        self._waiting = Waiting(
            _leaf,
            lambda record: place_of(record) in left_out,
            is_stub=lambda record: stub_of(record, registry),
        )
        self._last: Inbound | None = None

    async def state(self) -> State:
        """The state of the whole log.

        What is folded goes into the store on the way, and in the end: no start has it to do twice.

        Raises:
            NotBelievedError: the store is not what the log says: `ahead`, `foreign`.
        """
        waiting, site = self._waiting, self.rebuilding.site
        kept, decided = (
            TopicPartition(name, site.partition)
            for name in (topics.evidence(site.realm), topics.decisions(site.realm))
        )
        starts: dict[TopicPartition, int | None] = {kept: None, decided: None}
        if self._begun is not None:
            starts = {kept: self._begun.evidence, decided: self._begun.decisions}
        registry = self.rebuilding.registry
        stubs = await read_stubs(self._reader, site.realm, registry, starts)
        waiting.stubs = stubs.get(site.partition, {})

        def is_ahead(place: TopicPartition) -> bool:
            return waiting.is_ahead(is_evidence=place == kept)

        async with aclosing(self._reader.read(starts, is_ahead)) as batches:
            async for batch in batches:
                is_evidence = batch[0].topic == kept.topic
                new = batch if is_evidence else self._behind_store(batch)
                waiting.take(new, is_evidence=is_evidence)
                for record, evidence in waiting.pairs():
                    self._fold(record, evidence)
                if self._store is not None and tables.pending(self.rebuilding.state) > KEEP_ROWS:
                    self._keep(self.rebuilding.at_signature())
        if self._begun is not None:
            raise NotBelievedError("ahead")
        for record in waiting.records:  # all was read: the first of them has none
            self._fold(record, waiting.beside(record))
        with _placed(self._last):
            state = self.rebuilding.finish()
        self._keep(state)
        return state

    def _behind_store(self, records: Sequence[Inbound]) -> Sequence[Inbound]:
        """Records that a store does not have: the log, gone on since, has the one it ends with."""
        if self._begun is None:
            return records
        if not self.rebuilding.ends_with(records[0].value, records[0].headers):
            raise NotBelievedError("foreign")
        self._begun = None
        return records[1:]

    def _keep(self, state: State | None) -> None:
        if self._store is not None and state is not None and self._last is not None:
            reach = Reach(self._last.offset, self._waiting.offset, self.rebuilding.taken)
            self._store.write({self.rebuilding.site.partition: (state, reach)})

    def _fold(self, record: Inbound, evidence: bytes | None) -> None:
        with _placed(record):
            if place_of(record) not in self._left_out:
                self.rebuilding.step(record.value, record.headers, evidence)
                self._last = record
                return
            self.rebuilding.check_foreign(record.value, record.headers)
            log.warning("record left out", place=place_of(record), written=written_at(record))


@contextmanager
def _placed(record: Inbound | None) -> Generator[None, None, None]:
    """Say of a fault of the log where it was seen."""
    try:
        yield
    except (LogError, EnvelopeError) as error:
        place = f"{place_of(record)}, written {written_at(record)}" if record else ""
        raise DamagedLogError(error.code, error.got, error.expected, place) from error


def check_not_ahead(realm: str, states: Mapping[int, State], now: int) -> None:
    """Hold that no log is ahead of the routers' clocks (log §9): its time never goes back.

    Raises:
        DamagedLogError: `recorded_ahead`.
    """
    for number, state in states.items():
        if state.tail.at > now + 2 * CLOCK_SKEW:
            got, at = f"until {state.tail.at}", f"{topics.decisions(realm)}/{number}"
            raise DamagedLogError("recorded_ahead", got, f"{now} by this clock", at)


def check_held(taken: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]) -> None:
    """Hold that Kafka has what the log took: up to there, whatever comes would be passed over.

    Args:
        taken: next offset of each input, as the log has it.
        ends: of the inputs, asked for after that.

    Raises:
        DamagedLogError: `input_missing`.
    """
    for place, end in ends.items():
        if taken[place] > end:
            got, at = f"taken up to offset {taken[place]}", f"{place.topic}/{place.partition}"
            raise DamagedLogError("input_missing", got, f"at most its end, {end}", at)


def _leaf(record: Inbound) -> str:
    """By the record itself: its key says nothing that the chain vouches for."""
    return leaf_hash(record.value or b"")


def layout_of(registry: Registry, shard: int) -> Layout:
    """The layout in force, which has this shard.

    Raises:
        UsageError: `layout_differs`.
    """
    layout = ordered(registry)[-1]
    if shard >= layout.shards:
        expected = f"less than {layout.shards}, or a signed layout order before"
        raise UsageError("layout_differs", f"RELAIS_SHARD={shard}", expected)
    return layout


def check_in_force(layout: Layout, registry: Registry) -> None:
    """No other layout has been ordered since.

    Raises:
        ReplacedError: `layout_differs`.
    """
    current = ordered(registry)[-1]
    if current != layout:
        got, expected = f"order {layout.number}", f"order {current.number}"
        raise ReplacedError("layout_differs", got, expected)
