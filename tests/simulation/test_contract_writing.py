"""What writers may rely on: all or nothing, one owner, errors that say what to do.

Each test runs on the simulated Kafka and on a real one; `test_broken_rules.py` breaks the
simulated one's rules in turn, and each time one of these fails.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import pytest
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import (
    KafkaConnectionError,
    KafkaError,
    MessageSizeTooLargeError,
    ProducerFenced,
    RequestTimedOutError,
    UnknownTopicOrPartitionError,
)

from contracts.kafka.topic_plan import PlannedTopic
from services.platform.kafka.writing.transactions import (
    TRANSACTION_TIMEOUT_MS,
    OutcomeUnknownError,
    RefusedError,
    Transactions,
)
from services.platform.process.exit_codes import FencedError
from tests.simulation.bus import LIMIT, Tried, commit, tampered

Send = Callable[[], Awaitable[Any]]


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


async def test_records_are_committed_in_turn(bus: Tried) -> None:
    """Two ids keep the order."""
    transactions = await bus.writer()

    for number in range(5):
        await commit(transactions, bus.record(b"%d" % number))

    assert await bus.values() == [b"0", b"1", b"2", b"3", b"4"]


async def test_each_transaction_leaves_a_marker_in_each_of_its_partitions(bus: Tried) -> None:
    """Records of a partition are an offset apart, those of two transactions are two."""
    transactions, last = await bus.writer(bus.topic), []

    for _ in range(2):
        async with transactions.transaction() as transaction:
            await transaction.send(*(bus.record(b"v", partition) for partition in (0, 0, 1)))
        last.append({place.partition: offset for place, offset in transaction.last.items()})

    assert last == [{0: 1, 1: 0}, {0: 4, 1: 2}]


async def test_a_topic_made_since_the_start_keeps_no_other_record_waiting(bus: Tried) -> None:
    """A partner joins: one transaction writes to the log and to it, on a slow coordinator."""
    transactions, new = await bus.writer(), f"{bus.topic}-new"
    await bus.make(PlannedTopic(new, 2, ()))
    (client, *_) = [producer.client for producer in transactions._producers]

    async def late(send: Send) -> Any:
        while new not in client.cluster.topics():
            await asyncio.sleep(0.01)
        return await send()

    with tampered("AddPartitionsToTxn", late):
        await commit(transactions, bus.record(b"log"), bus.record(b"told", topic=new))

    assert (await bus.values(), await bus.values(new)) == ([b"log"], [b"told"])


async def test_a_broker_that_ends_while_its_coordinator_is_asked_for_costs_no_writer(
    bus: Tried,
) -> None:
    """The search goes on: aiokafka alone would end its sender, and with it the service."""
    lookup, lost = AIOKafkaClient.coordinator_lookup, list[str]()

    async def asked(client: AIOKafkaClient, kind: int, key: str) -> int:
        if not lost:
            lost.append(key)
            raise KafkaConnectionError("connection closed")
        return int(await lookup(client, kind, key))

    with patch.object(AIOKafkaClient, "coordinator_lookup", asked):
        transactions = await bus.writer()  # this search loses its broker too
        lost.clear()
        for producer in transactions._producers:
            producer._sender._coordinators.clear()
        await commit(transactions, bus.record(b"1"))
        await transactions.stop()

    assert lost == [f"{bus.topic}.a"]
    assert await bus.values() == [b"1"]


async def test_the_brokers_time_stamp_is_told(bus: Tried) -> None:
    """A transaction knows when the broker took its records, by the broker's clock."""
    transactions = await bus.writer()

    appended_ms = await commit(transactions, bus.record(b"now"))

    assert appended_ms is not None
    assert abs(appended_ms - bus.now_ms()) < 60_000
    assert await bus.values() == [b"now"]
    assert [one.timestamp_ms for one in await bus.read()] == [appended_ms]


async def test_a_failed_send_is_never_committed_around(bus: Tried) -> None:
    """The broker refuses one record of two partitions: neither stays."""
    transactions, large = await bus.writer(), bus.record(bytes(LIMIT + 1))

    with pytest.raises(RefusedError):
        await commit(transactions, bus.record(b"good", 1), large)
    with pytest.raises(RefusedError):  # its sequence numbers have a hole: this process must end
        await commit(transactions)

    assert await bus.values() == []


async def test_a_batch_behind_a_refused_one_is_refused_too(bus: Tried) -> None:
    """Of a producer's batches none may be missing: aiokafka's numbers have a hole for good."""
    async with bus.client_of("producer", enable_idempotence=True) as producer:
        await producer.send_and_wait(bus.topic, b"first", partition=0)
        with pytest.raises(MessageSizeTooLargeError):
            await producer.send_and_wait(bus.topic, bytes(LIMIT + 1), partition=0)
        with pytest.raises(KafkaError, match="OutOfOrderSequenceNumber"):
            await producer.send_and_wait(bus.topic, b"behind", partition=0)

    assert await bus.values() == [b"first"]


async def test_a_topic_that_is_not_there_is_told_within_a_bound(bus: Tried) -> None:
    """A record for it is written nowhere."""
    async with bus.client_of("producer", request_timeout_ms=1000) as producer:
        with pytest.raises(UnknownTopicOrPartitionError):
            await producer.send_and_wait("nowhere", b"lost")


async def test_brokers_let_nobody_ask_for_a_longer_transaction_than_ours(bus: Tried) -> None:
    """Who leaves one open holds up a partition for a minute at most."""
    with pytest.raises(KafkaError, match="InvalidTransactionTimeout"):
        async with bus.client_of(
            "producer", transactional_id="x", transaction_timeout_ms=TRANSACTION_TIMEOUT_MS + 1
        ):
            pass


async def test_a_zombie_is_fenced_in_the_middle_of_a_transaction(bus: Tried) -> None:
    """A second owner of the same ids fences the first: what it had open is gone, it must end."""
    zombie = await bus.writer()

    with pytest.raises(FencedError):
        await commit(zombie, bus.record(b"zombie"), last=bus.writer)
    with pytest.raises(FencedError):
        await commit(zombie)
    await commit(bus.writers[-1], bus.record(b"owner"))

    assert await bus.values() == [b"owner"]


async def test_an_idle_zombie_is_fenced_on_both_ids(bus: Tried) -> None:
    """Whichever id has its turn, an owner that was replaced commits nothing."""
    for turns in (0, 1):
        zombie = await bus.writer()
        for _ in range(turns):
            await commit(zombie, bus.record(b"before"))
        await bus.writer()

        with pytest.raises(FencedError):
            await commit(zombie, bus.record(b"zombie"))
        await bus.close()
        del zombie
        with heard() as never_retrieved:
            gc.collect()  # aiokafka leaves a failed waiter behind, which asyncio reports
        assert all(isinstance(one["exception"], ProducerFenced) for one in never_retrieved)

    assert b"zombie" not in await bus.values()


@pytest.mark.parametrize("late", ["Produce", "EndTxn"])
async def test_what_a_zombie_had_on_its_way_arrives_in_vain(bus: Tried, late: str) -> None:
    """Its records or its commit come after another has taken its ids."""
    zombie, owners = await bus.writer(bus.topic), list[Transactions]()

    async def overtaken(send: Send) -> Any:
        if not owners:
            owners.append(await bus.writer(bus.topic))
        return await send()

    with tampered(late, overtaken), pytest.raises((FencedError, RefusedError)):
        await commit(zombie, bus.record(b"zombie"))
    await commit(owners[0], bus.record(b"owner"))

    assert await bus.values() == [b"owner"]


@pytest.mark.parametrize("lost", ["InitProducerId", "AddPartitionsToTxn", "Produce", "EndTxn"])
async def test_an_answer_that_is_lost_is_asked_for_again_and_counts_once(
    bus: Tried, lost: str
) -> None:
    """The broker had done it: aiokafka asks a second time, and nothing is done twice."""
    went = list[Any]()

    async def dropped(send: Send) -> Any:
        answer = await send()
        if not went:
            went.append(answer)
            raise RequestTimedOutError
        return answer

    with tampered(lost, dropped) as asked:
        transactions = await bus.writer(bus.topic)
        for number in (1, 2):
            await commit(transactions, bus.record(b"%d" % number))
        await transactions.stop()

    assert len(asked) >= 2
    assert await bus.values() == [b"1", b"2"]


async def test_an_answer_that_is_lost_after_an_abort_commits_nothing(bus: Tried) -> None:
    """Asked a second time, an abort is an abort."""
    transactions, went = await bus.writer(bus.topic), list[Any]()

    async def dropped(send: Send) -> Any:
        went.append(await send())
        if len(went) == 1:
            raise RequestTimedOutError
        return went[-1]

    with tampered("EndTxn", dropped), pytest.raises(ZeroDivisionError):
        await commit(transactions, bus.record(b"lost"), last=fail)
    await commit(transactions, bus.record(b"kept"))

    assert await bus.values() == [b"kept"]


async def test_a_commit_without_an_answer_ends_the_process(bus: Tried) -> None:
    """An unknown outcome is an error of its own, and no further transaction begins."""
    transactions = await bus.writer(bus.topic, wait=1.0)

    async def unanswered(_send: Send) -> Any:
        await asyncio.sleep(2)
        raise RequestTimedOutError

    with tampered("EndTxn", unanswered), pytest.raises(OutcomeUnknownError):
        await commit(transactions, bus.record(b"perhaps"))
    with pytest.raises(OutcomeUnknownError):
        await commit(transactions)


@pytest.mark.slow
async def test_what_a_dead_process_left_open_is_aborted_in_time(bus: Tried) -> None:
    """Nobody takes its id: the coordinator ends the transaction, and fences who comes back."""
    dead, place = await bus.writer(bus.topic, transaction_timeout_ms=1000), bus.place()

    async def behind() -> None:
        async with bus.reader(isolation_level="read_uncommitted") as hasty:
            while not (await hasty.ends([place]))[place]:  # until the broker has it
                await asyncio.sleep(0.05)
        await bus.put(b"behind")
        assert not bus.sim or await bus.read(place) == []  # a real second may be over here
        while not await bus.read(place):
            await asyncio.sleep(0.5)

    with pytest.raises(FencedError):
        await commit(dead, bus.record(b"dead"), last=behind)

    assert await bus.values() == [b"behind"]
