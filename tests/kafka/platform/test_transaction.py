"""Transactions on a real broker: all or nothing, one owner, and errors that say what to do."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaConnectionError, ProducerFenced
from aiokafka.structs import OffsetAndMetadata

from contracts.envelope.wire import Outbound
from contracts.kafka.topic_plan import PlannedTopic
from services.operate.topics import apply_topics
from services.platform.kafka.bus import Bus
from services.platform.kafka.reading.log_reader import LogReader
from services.platform.kafka.writing.aborted import TransactionAbortedError
from services.platform.kafka.writing.transactions import (
    OutcomeUnknownError,
    RefusedError,
    Transactions,
)
from services.platform.process.exit_codes import FencedError
from services.routing.restart import committed_offsets
from tests.patience import PATIENCE

pytestmark = pytest.mark.anyio


def record(topic: str, value: bytes, partition: int = 0) -> Outbound:
    """A record of the test's own topic."""
    return Outbound(topic, partition, b"key", value, [("name", b"\xff")])


async def started(broker: str, topic: str) -> Transactions:
    """An owner of the test's two ids."""
    transactions = Transactions(broker, [f"{topic}.a", f"{topic}.b"])
    await transactions.start()
    return transactions


async def commit(
    transactions: Transactions,
    *records: Outbound,
    offsets: Mapping[TopicPartition, int] | None = None,
    last: Callable[[], Awaitable[object]] | None = None,
) -> int | None:
    """One transaction; `last` is awaited in it after everything was sent."""
    async with transactions.transaction() as transaction:
        await transaction.send(*records)
        for place, offset in (offsets or {}).items():
            transaction.offsets(place.topic, {place: OffsetAndMetadata(offset, "")})
        if last is not None:
            await last()
    return transaction.appended_ms


async def values(broker: str, topic: str) -> list[bytes | None]:
    """What a reader finds in the topic, once every transaction has its marker."""
    places, found = [TopicPartition(topic, n) for n in (0, 1)], list[bytes | None]()
    async with (
        LogReader(broker) as reader,
        LogReader(broker, isolation_level="read_uncommitted") as hasty,
        asyncio.timeout(PATIENCE),
    ):
        while await reader.ends(places) != await hasty.ends(places):
            await asyncio.sleep(0.05)
        async for batch in reader.read(dict.fromkeys(places)):
            found += [one.value for one in batch]
    return found


@contextmanager
def heard() -> Iterator[list[dict[str, Any]]]:
    """What the event loop reports meanwhile, instead of failing the test."""
    loop, found = asyncio.get_running_loop(), list[dict[str, Any]]()
    before = loop.get_exception_handler()
    loop.set_exception_handler(lambda _loop, context: found.append(context))
    yield found
    loop.set_exception_handler(before)


async def fail() -> None:
    """An error of the caller's own."""
    raise ZeroDivisionError


async def test_records_and_offsets_are_committed_together_in_turn(broker: str, topic: str) -> None:
    """Two ids in turn keep the order, and the offsets stand where the records say."""
    transactions = await started(broker, topic)
    place = TopicPartition(topic, 1)

    for number in range(5):
        await commit(transactions, record(topic, b"%d" % number), offsets={place: number})
    await transactions.stop()

    assert await values(broker, topic) == [b"0", b"1", b"2", b"3", b"4"]
    assert await committed_offsets(Bus(broker), topic, [place]) == {place: 4}


def slowed(client: AIOKafkaClient, topic: str) -> Callable[..., Awaitable[Any]]:
    """Asks as a client does, but that a transaction's partitions wait until it knows a topic."""
    send = client.send

    async def late(node: int, request: Any, **more: Any) -> Any:
        while "AddPartitions" in type(request).__name__ and topic not in client.cluster.topics():
            await asyncio.sleep(0.01)
        return await send(node, request, **more)

    return late


async def test_a_topic_made_since_the_start_keeps_no_other_record_waiting(
    broker: str, topic: str
) -> None:
    """A partner joins: one transaction writes to the log and to it, on a slow coordinator."""
    transactions, new = await started(broker, topic), f"{topic}-new"
    await apply_topics(broker, [PlannedTopic(new, 2, ())])
    for producer in transactions._producers:
        producer.client.send = slowed(producer.client, new)

    await commit(transactions, record(topic, b"log"), record(new, b"told"))
    await transactions.stop()

    assert (await values(broker, topic), await values(broker, new)) == ([b"log"], [b"told"])


async def test_a_broker_that_ends_while_its_coordinator_is_asked_for_costs_no_writer(
    broker: str, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The search goes on: aiokafka alone would end its sender, and with it the service."""
    lookup, lost = AIOKafkaClient.coordinator_lookup, list[str]()

    async def asked(client: AIOKafkaClient, kind: int, key: str) -> int:
        if not lost:
            lost.append(key)
            raise KafkaConnectionError("connection closed")
        return int(await lookup(client, kind, key))

    monkeypatch.setattr(AIOKafkaClient, "coordinator_lookup", asked)
    transactions = await started(broker, topic)  # this search loses its broker too
    lost.clear()
    for producer in transactions._producers:
        producer._sender._coordinators.clear()
    await commit(transactions, record(topic, b"1"))
    await transactions.stop()

    assert lost == [f"{topic}.a"]
    assert await values(broker, topic) == [b"1"]


async def test_offsets_that_are_told_first_are_committed_or_not_with_the_records(
    broker: str, topic: str
) -> None:
    """They are handed over at once, and are worth nothing if the body raises afterwards."""
    transactions = await started(broker, topic)
    place = TopicPartition(topic, 1)

    async def told_first(number: int, then: Callable[[], Awaitable[object]]) -> None:
        async with transactions.transaction() as transaction:
            transaction.offsets(topic, {place: OffsetAndMetadata(number, "")})
            await then()
            await transaction.send(record(topic, b"%d" % number))

    for number in (1, 2, 3):
        await told_first(number, partial(asyncio.sleep, 0.02 * number))
        assert await committed_offsets(Bus(broker), topic, [place]) == {place: number}
    with pytest.raises(ZeroDivisionError):
        await told_first(4, fail)
    await told_first(5, partial(asyncio.sleep, 0))
    with heard() as reported, pytest.raises(ZeroDivisionError):
        await told_first(6, late_failure)
    gc.collect()
    await transactions.stop()

    assert await values(broker, topic) == [b"1", b"2", b"3", b"5"]
    assert await committed_offsets(Bus(broker), topic, [place]) == {place: 5}
    assert reported == []


async def late_failure() -> None:
    """After the offsets have gone."""
    await asyncio.sleep(0.1)
    raise ZeroDivisionError


async def test_the_brokers_time_stamp_is_told(broker: str, topic: str) -> None:
    """A transaction knows when the broker took its records, by the broker's clock."""
    transactions = await started(broker, topic)

    appended_ms = await commit(transactions, record(topic, b"now"))
    await transactions.stop()

    assert appended_ms is not None
    assert abs(appended_ms - time.time() * 1000) < 60_000


async def test_nothing_is_committed_if_the_body_raises(broker: str, topic: str) -> None:
    """An error of the caller's own aborts and passes through; the next transaction goes on."""
    transactions = await started(broker, topic)

    with pytest.raises(ZeroDivisionError):
        await commit(transactions, record(topic, b"lost"), last=fail)
    await commit(transactions, record(topic, b"kept"))
    await transactions.stop()

    assert await values(broker, topic) == [b"kept"]


async def test_a_record_that_is_too_large_for_the_client_aborts(broker: str, topic: str) -> None:
    """What the client itself refuses is aborted, and the same process may go on."""
    transactions = Transactions(broker, [topic], max_request_size=10_000)
    await transactions.start()

    with pytest.raises(TransactionAbortedError) as caught:
        await commit(transactions, record(topic, b"small"), record(topic, bytes(15_000)))
    await commit(transactions, record(topic, b"kept"))
    await transactions.stop()

    assert caught.value.code == "too_large"
    assert await values(broker, topic) == [b"kept"]


async def test_a_failed_send_is_never_committed_around(broker: str, topic: str) -> None:
    """The broker refuses one record of two partitions: neither records nor offsets stay."""
    transactions = await started(broker, topic)
    place, large = TopicPartition(topic, 0), record(topic, bytes(30_000))

    with pytest.raises(RefusedError):
        await commit(transactions, record(topic, b"good", 1), large, offsets={place: 77})
    with pytest.raises(RefusedError):  # its sequence numbers have a hole: this process must end
        await commit(transactions)
    await transactions.stop()

    assert await values(broker, topic) == []
    assert await committed_offsets(Bus(broker), topic, [place]) == {place: 0}


async def test_a_zombie_is_fenced_in_the_middle_of_a_transaction(broker: str, topic: str) -> None:
    """A second owner of the same ids fences the first: what it had open is gone, it must end."""
    zombie = await started(broker, topic)

    owner = Transactions(broker, [f"{topic}.a", f"{topic}.b"])
    with pytest.raises(FencedError):
        await commit(zombie, record(topic, b"zombie"), last=owner.start)
    with pytest.raises(FencedError):
        await commit(zombie)
    await commit(owner, record(topic, b"owner"))
    await asyncio.gather(zombie.stop(), owner.stop())

    assert await values(broker, topic) == [b"owner"]


async def test_an_idle_zombie_is_fenced_on_both_ids(broker: str, topic: str) -> None:
    """Whichever id has its turn, an owner that was replaced commits nothing."""
    for turns in (0, 1):
        zombie = await started(broker, topic)
        for _ in range(turns):
            await commit(zombie, record(topic, b"before"))
        owner = await started(broker, topic)

        with pytest.raises(FencedError):
            await commit(zombie, record(topic, b"zombie"))
        await asyncio.gather(zombie.stop(), owner.stop())
        del zombie
        with heard() as never_retrieved:
            gc.collect()  # aiokafka leaves a failed waiter behind, which asyncio reports
        assert all(isinstance(one["exception"], ProducerFenced) for one in never_retrieved)

    assert b"zombie" not in await values(broker, topic)


async def test_a_commit_without_an_answer_ends_the_process(broker: str, topic: str) -> None:
    """An unknown outcome is an error of its own, and no further transaction begins."""
    transactions = Transactions(broker, [topic], wait=1.0)
    await transactions.start()
    producer = transactions._producers[0]
    producer.commit_transaction = asyncio.Event().wait  # a broker that does not answer

    with pytest.raises(OutcomeUnknownError):
        await commit(transactions, record(topic, b"perhaps"))
    with pytest.raises(OutcomeUnknownError):
        await commit(transactions)

    await transactions.stop()
