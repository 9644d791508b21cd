"""What readers may rely on: committed records alone, in order, to the end, and woken for more.

Each test runs on the simulated Kafka and on a real one, as those of `test_contract_writing.py` do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, suppress
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest

from contracts.envelope.wire import Inbound
from contracts.kafka.topic_plan import PlannedTopic
from services.platform.kafka.reading.log_reader import LogReader
from services.platform.kafka.reading.subscription import Record
from services.platform.kafka.writing.transactions import Transactions
from services.platform.process.exit_codes import UnreachableError
from tests.patience import eventually
from tests.simulation.bus import CONFIGS, Tried, commit


async def aborted(transactions: Transactions, *records: Any) -> None:
    """A transaction that ends badly."""
    with suppress(ZeroDivisionError):
        async with transactions.transaction() as transaction:
            await transaction.send(*records)
            await transaction.settle()
            raise ZeroDivisionError


async def test_the_end_is_reached_past_markers_and_aborted_records(bus: Tried) -> None:
    """Markers and aborted records occupy offsets; the reader ends all the same, without them."""
    transactions, place = await bus.writer(bus.topic), bus.place()
    await commit(transactions, bus.record(b"committed"))
    await aborted(transactions, bus.record(b"aborted"), bus.record(b"aborted"))
    await commit(transactions, bus.record(b"last"))
    await aborted(transactions, bus.record(b"aborted"))

    assert await bus.values() == [b"committed", b"last"]
    assert [one.offset for one in await bus.read(place)] == [0, 5]
    async with bus.reader() as reader:
        assert (await reader.ends([place]))[place] == 9


async def test_an_open_transaction_is_not_waited_for(bus: Tried) -> None:
    """The last stable offset is the end: what is open, or lies behind, is for a later reading."""
    first, second = await bus.writer("first"), await bus.writer("second")
    await bus.put(b"before")

    async with first.transaction() as transaction:
        await transaction.send(bus.record(b"open"))
        await transaction.settle()
        await commit(second, bus.record(b"behind"))
        meanwhile = await bus.read()
        everything = await _uncommitted(bus)

    assert [one.value for one in meanwhile] == [b"before"]
    assert everything == [b"before", b"open", b"behind"]
    assert await bus.values() == [b"before", b"open", b"behind"]


async def _uncommitted(bus: Tried) -> list[bytes | None]:
    async with bus.reader(isolation_level="read_uncommitted") as reader:
        starts = dict.fromkeys([bus.place()])
        return [one.value async for batch in reader.read(starts) for one in batch]


async def test_of_two_transactions_at_once_the_aborted_one_alone_is_left_out(bus: Tried) -> None:
    """Their records lie between each other's."""
    first, second = await bus.writer("first"), await bus.writer("second")

    with suppress(ZeroDivisionError):
        async with first.transaction() as bad:
            for number in (b"1", b"2"):
                await bad.send(bus.record(b"bad " + number))
                await bad.settle()
                await commit(second, bus.record(b"good " + number))
            raise ZeroDivisionError

    assert await bus.values() == [b"good 1", b"good 2"]
    assert await _uncommitted(bus) == [b"bad 1", b"good 1", b"bad 2", b"good 2"]


async def test_a_record_comes_back_as_it_was_written(bus: Tried) -> None:
    """Key, value and headers, none of them too, in both partitions."""
    rows: list[tuple[bytes | None, bytes | None, list[tuple[str, bytes | None]]]] = [
        (b"\xff", b"", []),
        (None, b"value", [("a", b"\xff"), ("a", None), ("é", b"")]),
        (b"key", None, [("b", b"x")]),
    ]
    async with bus.client_of("producer") as producer:
        for number in (0, 1):
            for key, value, headers in rows:
                await producer.send_and_wait(bus.topic, value, key, number, headers=headers)

    found = [(one.key, one.value, list(one.headers)) for one in await bus.read(bus.place(1))]

    assert found == rows


async def test_a_reader_that_is_stopped_while_it_reads_says_that_kafka_is_away(
    bus: Tried,
) -> None:
    """A service that ends answers 503 to whoever reads an inbox just then, and never a bare 500."""
    await bus.put(b"v")
    reader, place = bus.reader(), bus.place()
    await reader.start()

    reading = asyncio.ensure_future(anext(reader.span({place: 1}, {place: 2})))  # never comes
    await asyncio.sleep(0.2)
    await reader.stop()

    with pytest.raises(UnreachableError, match="kafka_unreachable"):
        await reading


async def test_a_topic_that_is_ahead_waits_for_the_other(bus: Tried) -> None:
    """It is not read while it is ahead, and read to its end once nothing else is left."""
    first, second = bus.place(0), bus.place(1)
    for number in (0, 1):
        await bus.put(*(b"%d" % at for at in range(20)), partition=number)
    found: list[Inbound] = []

    async with bus.reader() as reader:
        async for batch in reader.read({first: None, second: None}, lambda place: place == first):
            found += batch

    assert [one.partition for one in found] == [1] * 20 + [0] * 20


async def test_single_records_are_picked_and_what_lies_between_is_passed_over(
    bus: Tried,
) -> None:
    """Between a desk's records lie those of its agency's others: few are handed over."""
    place, wanted = bus.place(), [0, 5, 300, 301, 599]
    rows = [b"%d %s" % (number, b"x" * 5_000) for number in range(600)]
    await bus.put(*rows)
    fetch, handed = LogReader._got, list[int]()

    async def counted(*arguments: Any) -> Any:
        got = await fetch(*arguments)
        handed.append(sum(len(one) for one in got.values()))
        return got

    with patch.object(LogReader, "_got", counted):
        async with bus.reader(max_partition_fetch_bytes=1 << 14) as reader:
            found = await reader.pick({place: wanted})
            alone = reader.value(place, wanted[2])  # while this loop stands still

    assert alone == rows[wanted[2]]
    assert {offset: one.value for (_, offset), one in found.items()} == {n: rows[n] for n in wanted}
    assert sum(handed) < 60


async def test_a_reading_that_is_left_is_over_before_the_next_question(bus: Tried) -> None:
    """Its partitions are given back at once, not whenever what read them is collected."""
    place = bus.place()
    await bus.put(*(b"%d" % number for number in range(9)))

    async with bus.reader(wait=5.0) as reader:
        async with aclosing(reader.read({place: None})) as batches:
            await anext(batches)
        found = await reader.pick({place: [3]})

    assert [one.value for one in found.values()] == [b"3"]


async def test_a_record_that_never_comes_is_waited_for_within_a_bound(bus: Tried) -> None:
    """A broker that dies between index and record must not hold whoever asks for ever."""
    await bus.put(b"v")

    async with bus.reader(wait=1.0) as reader:
        with pytest.raises(UnreachableError, match="kafka_unreachable"):
            await reader.pick({bus.place(): [1]})


async def test_what_is_no_longer_kept_is_left_out(bus: Tried) -> None:
    """Reading begins where the log now does; a single record that is gone is not waited for."""
    place = bus.place()
    await bus.put(*(b"%d" % number for number in range(5)))
    await bus.drop_before(place, 3)

    async with bus.reader() as reader:
        assert await reader.begins([place]) == {place: 3}
        assert await reader.ends([place]) == {place: 5}
        assert [offset for _, offset in await reader.pick({place: [1, 4]})] == [4]
    for start in (None, 1):
        assert [one.offset for one in await bus.read(place, start=start)] == [3, 4]


async def test_records_that_leave_under_a_reader_are_passed_over(bus: Tried) -> None:
    """Amid a reading, and where a follower goes back to: both go on where the log now begins."""
    place, left, seen = bus.place(), list[int](), list[int]()
    await bus.put(*(b"%d %s" % (number, b"x" * 5_000) for number in range(60)))

    async with bus.reader(max_partition_fetch_bytes=1 << 14) as reader:
        async for batch in reader.read({place: None}):
            left += [one.offset for one in batch]
            await bus.drop_before(place, 50)

    async def handler(records: Sequence[Record]) -> None:
        seen.extend(one.offset for one in records)
        if seen == [50]:
            await bus.drop_before(place, 58)
            subscription.seek({place: 50})

    async with followed(bus, handler, most=1) as subscription:
        await eventually(lambda: seen[-1:] == [59])

    assert (left[0], left == sorted(set(left)), left[-10:]) == (0, True, [*range(50, 60)])
    assert len(left) < 60
    assert seen == [50, 58, 59]


@pytest.mark.slow
async def test_compaction_keeps_the_last_committed_record_of_each_key_at_its_place(
    bus: Tried,
) -> None:
    """An aborted record erases nothing; what is read on keeps its offset."""
    name, more = f"{bus.topic}-compacted", {"cleanup.policy": "compact", "segment.ms": "100",
        "min.cleanable.dirty.ratio": "0.0"}  # fmt: skip
    await bus.make(PlannedTopic(name, 1, (*CONFIGS, *more.items())))
    compacted = replace(bus, topic=name)
    transactions, place = await compacted.writer(name), compacted.place()
    await commit(transactions, *(compacted.record(b"%d" % at, key=b"a") for at in range(3)))
    await commit(transactions, compacted.record(b"b", key=b"b"))
    await aborted(transactions, compacted.record(b"aborted", key=b"a"))
    await asyncio.sleep(1)  # a segment that is written to is not compacted
    await commit(transactions, compacted.record(b"c", key=b"c"))

    await compacted.compacted(place, 3)

    found = {one.offset: one.value for one in await compacted.read(place)}
    assert found == {2: b"2", 4: b"b", 8: b"c"}


async def test_a_group_of_fetches_ends_as_soon_as_something_was_committed(bus: Tried) -> None:
    """Who waits for ten seconds is woken by the commit, not by the record, nor by the hour."""
    transactions, loop = await bus.writer(bus.topic), asyncio.get_running_loop()
    options = {"isolation_level": "read_committed", "fetch_max_wait_ms": 20_000}
    async with bus.client_of("consumer", **options) as consumer:
        consumer.assign([bus.place()])
        consumer.seek(bus.place(), 0)
        began, waiting = loop.time(), asyncio.ensure_future(consumer.getmany(timeout_ms=10_000))
        async with transactions.transaction() as transaction:
            await transaction.send(bus.record(b"news"))
            await transaction.settle()
            await asyncio.sleep(0.5)
            assert not waiting.done()
        (batch,) = (await waiting).values()
        took = loop.time() - began

    assert [one.value for one in batch] == [b"news"]
    assert 0.5 <= took < 5


async def test_nothing_new_is_told_when_the_wait_is_over(bus: Tried) -> None:
    """An empty answer, after as long as was asked for; nothing is made up behind the end."""
    loop = asyncio.get_running_loop()
    await bus.put(b"old")
    async with bus.client_of("consumer", fetch_max_wait_ms=100) as consumer:
        consumer.assign([bus.place()])
        consumer.seek(bus.place(), 1)
        began = loop.time()

        assert await consumer.getmany(timeout_ms=300) == {}
        assert 0.25 <= loop.time() - began < 5
        assert (await consumer.position(bus.place()), consumer.highwater(bus.place())) == (1, 1)


@asynccontextmanager
async def followed(bus: Tried, handler: Callable[[Sequence[Record]], Any], most: int = 100) -> Any:
    """FastStream's side: a subscription to the first partition, from its beginning."""
    found = bus.subscription([bus.place()], handler, most=most)
    await found.start({bus.place(): 0})
    try:
        yield found
    finally:
        await found.stop()


async def test_a_subscription_hands_over_batches_in_order_with_no_more_than_asked(
    bus: Tried,
) -> None:
    """What stood there, then what comes, committed records alone."""
    batches, transactions = list[list[int]](), await bus.writer(bus.topic)
    await bus.put(*(b"%d" % number for number in range(5)))
    await aborted(transactions, bus.record(b"aborted"))

    async def handler(records: Sequence[Record]) -> None:
        batches.append([one.offset for one in records])

    async with followed(bus, handler, most=2):
        await eventually(lambda: sum(map(len, batches)) == 5)
        await commit(transactions, bus.record(b"new"), bus.record(b"newer"))
        await eventually(lambda: sum(map(len, batches)) == 7)

    assert [one for batch in batches for one in batch] == [0, 1, 2, 3, 4, 7, 8]
    assert max(map(len, batches)) == 2


async def test_a_batch_whose_transaction_was_aborted_comes_again(bus: Tried) -> None:
    """The handler seeks back to what it did not take, and nothing is left out or out of turn."""
    taken, fails, transactions = list[int](), [True], await bus.writer()
    stack = AsyncExitStack()

    async def handler(records: Sequence[Record]) -> None:
        with suppress(ZeroDivisionError):
            async with transactions.transaction() as transaction:
                await transaction.send(*(bus.record(one.value, 1) for one in records))
                if fails and records[-1].offset >= 2:
                    raise ZeroDivisionError(fails.pop())
                taken.extend(one.offset for one in records)
                return
        subscription.seek({bus.place(): records[0].offset})

    await bus.put(*(b"%d" % number for number in range(5)))
    subscription = await stack.enter_async_context(followed(bus, handler, most=2))
    await eventually(lambda: len(taken) == 5)
    await stack.aclose()

    assert taken == [0, 1, 2, 3, 4]
    assert await bus.values() == [b"0", b"1", b"2", b"3", b"4"] * 2


async def test_a_stop_waits_for_the_batch_in_hand_and_takes_no_other(bus: Tried) -> None:
    """What was begun is finished within the bound; what was fetched behind it is not begun."""
    begun, done = list[int](), list[int]()
    await bus.put(*(b"%d" % number for number in range(4)))

    async def handler(records: Sequence[Record]) -> None:
        begun.extend(one.offset for one in records)
        await asyncio.sleep(1)
        done.extend(one.offset for one in records)

    async with followed(bus, handler, most=1):
        await eventually(lambda: begun)

    assert begun == done == [0]
