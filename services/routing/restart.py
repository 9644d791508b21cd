"""What a starting shard reads: its partitions' log, and how far its inputs were taken.

Both are read after the predecessor was fenced: nothing that is read here can still change.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Generator, Iterable, Mapping, Sequence
from contextlib import aclosing, contextmanager, suppress
from typing import Any, Final

import structlog
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from contracts.decision.state import State
from contracts.encoding import leaf_hash
from contracts.envelope.wire import Inbound
from contracts.errors import EnvelopeError, LogError
from contracts.log.orders import Registry
from contracts.log.rebuild import Rebuilding
from contracts.vocabulary import topics
from services.platform.kafka.connecting import connected
from services.platform.kafka.log_reader import LogReader, place_of, written_at
from services.platform.kafka.missing_rights import DENIED, denied
from services.platform.kafka.record_pairs import Waiting
from services.platform.kafka.transactions import WAIT_SECONDS
from services.platform.process.exit_codes import DamagedLogError, UnreachableError

LOOK_S: Final = 0.2  # while the group's coordinator is loading
STOP_SECONDS: Final = 2.0

log = structlog.get_logger("relais.routing")


async def rebuild_states(
    reader: LogReader,
    realm: str,
    partitions: Sequence[int],
    registry: Registry,
    taken: dict[TopicPartition, int] | None = None,
    left_out: Collection[str] = (),
) -> dict[int, State]:
    """The state of each partition, from decisions and evidence up to the last stable offset.

    Args:
        taken: is told the offset after the last input that the log speaks of.
        left_out: `topic/partition/offset` of records that are not the router's: passed by.

    Raises:
        DamagedLogError: the log is unsigned, unchained or incomplete, with the place where it was
            seen; codes as `Rebuilding` tells them.
        UnreachableError: Kafka did not answer in time.
    """
    states = {}
    for partition in partitions:  # one after the other: nothing waits in memory for its turn
        rebuilding, last = await _folded(reader, realm, partition, registry, left_out)
        with _placed(last):
            states[partition] = rebuilding.finish()
        if taken is not None:
            for topic, offset in rebuilding.taken.items():
                place = TopicPartition(topic, partition)
                taken[place] = max(taken.get(place, 0), offset)
    return states


async def _folded(
    reader: LogReader, realm: str, partition: int, registry: Registry, left_out: Collection[str]
) -> tuple[Rebuilding, Inbound | None]:
    """One partition's log, folded as it comes: what was folded is not kept, but the last record.

    Of an evidence that was written twice, the first one counts while Kafka has it; the record has its
    hash, so that no other than the one decided on is ever folded.
    """
    kept, decided = (
        TopicPartition(name, partition)
        for name in (topics.evidence(realm), topics.decisions(realm))
    )
    waiting = Waiting(_leaf, lambda record: place_of(record) in left_out)
    rebuilding, last = Rebuilding(realm, partition, registry), None

    def is_ahead(place: TopicPartition) -> bool:
        return waiting.is_ahead(is_evidence=place == kept)

    async with aclosing(reader.read({kept: None, decided: None}, is_ahead)) as batches:
        async for batch in batches:
            waiting.take(batch, is_evidence=batch[0].topic == kept.topic)
            for last, evidence in waiting.pairs():
                _fold(rebuilding, last, evidence, left_out)
    for last in waiting.records:  # all was read: the first of them has none
        _fold(rebuilding, last, waiting.beside(last), left_out)
    return rebuilding, last


def _fold(
    rebuilding: Rebuilding, record: Inbound, evidence: bytes | None, left_out: Collection[str]
) -> None:
    with _placed(record):
        if place_of(record) in left_out:
            rebuilding.check_foreign(record.value, record.headers)
            log.warning("record left out", place=place_of(record), written=written_at(record))
        else:
            rebuilding.step(record.value, record.headers, evidence)


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


async def committed_offsets(
    bootstrap: str, group: str, places: Iterable[TopicPartition], **client: Any
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
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, **client)
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            await connected(admin.start())
            while (committed := await _answered(admin, group, wanted)) is None:
                await asyncio.sleep(LOOK_S)
            return committed
    except DENIED as error:
        raise denied(client, error, "read offsets of") from error
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
        if not error.retriable:
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
