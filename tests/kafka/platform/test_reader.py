"""Reading to the last stable offset, whatever stands in a topic."""

from __future__ import annotations

import asyncio
import gc
from contextlib import suppress
from typing import Any

import pytest
from aiokafka import TopicPartition

from contracts.envelope.wire import Inbound, Outbound
from services.platform.kafka.reading.log_reader import LogReader
from services.platform.kafka.writing.transactions import Transactions
from services.platform.process.exit_codes import UnreachableError
from tests.kafka import kit
from tests.kafka.hostile import publish_undecodable_name

pytestmark = pytest.mark.anyio


async def whole(broker: str, topic: str, start: int | None = None) -> list[Inbound]:
    """Everything in the first partition."""
    found: list[Inbound] = []
    async with LogReader(broker) as reader:
        async for batch in reader.read({TopicPartition(topic, 0): start}):
            found += batch
    return found


async def test_the_end_is_reached_past_markers_and_aborted_records(broker: str, topic: str) -> None:
    """Markers and aborted records occupy offsets; the reader ends all the same, without them."""
    transactions = Transactions(broker, [topic])
    await transactions.start()
    for value, fails in ((b"committed", False), (b"aborted", True)):
        with suppress(ZeroDivisionError):
            async with transactions.transaction() as transaction:
                await transaction.send(Outbound(topic, 0, b"k", value))
                1 / (not fails)
    await transactions.stop()

    assert [one.value for one in await whole(broker, topic)] == [b"committed"]


async def test_an_open_transaction_is_not_waited_for(broker: str, topic: str) -> None:
    """The last stable offset is the end: what is open belongs to a later reading."""
    transactions = Transactions(broker, [topic])
    await transactions.start()
    await kit.write(broker, [{"topic": topic, "value": b"before", "partition": 0}])

    async with transactions.transaction() as transaction:
        await transaction.send(Outbound(topic, 0, b"k", b"open"))
        await transaction.settle()
        found = await whole(broker, topic)
    await transactions.stop()

    assert [one.value for one in found] == [b"before"]


async def test_a_header_name_that_is_no_text_stops_nobody(broker: str, topic: str) -> None:
    """A hostile record is read, its value exact, its undecodable name replaced; others follow."""
    await publish_undecodable_name(broker, topic, 0, b"hostile")
    row = {"topic": topic, "value": b"after", "partition": 0, "headers": [("n", None)]}
    await kit.write(broker, [row])

    found = await whole(broker, topic)

    assert [one.value for one in found] == [b"hostile", b"after"]
    assert found[0].headers == (("\ufffd" * 4, b"\xff"), ("n", None))
    assert found[1].headers == (("n", None),)


async def test_a_reader_that_is_stopped_while_it_reads_says_that_kafka_is_away(
    broker: str, topic: str
) -> None:
    """A service that ends answers 503 to whoever reads an inbox just then, and never a bare 500."""
    await kit.write(broker, [{"topic": topic, "value": b"v", "partition": 0}])
    reader = LogReader(broker)
    await reader.start()
    place = TopicPartition(topic, 0)

    reading = asyncio.ensure_future(anext(reader.span({place: 1}, {place: 2})))  # never comes
    await asyncio.sleep(0.2)
    await reader.stop()

    with pytest.raises(UnreachableError, match="kafka_unreachable"):
        await reading


async def test_a_topic_that_is_ahead_waits_for_the_other(broker: str, topic: str) -> None:
    """It is not read while it is ahead, and read to its end once nothing else is left."""
    first, second = TopicPartition(topic, 0), TopicPartition(topic, 1)
    rows = [{"topic": topic, "value": b"%d" % n, "partition": n % 2} for n in range(40)]
    await kit.write(broker, rows)
    found: list[Inbound] = []

    async with LogReader(broker) as reader:
        async for batch in reader.read({first: None, second: None}, lambda place: place == first):
            found += batch

    assert [one.partition for one in found] == [1] * 20 + [0] * 20


async def test_single_records_are_picked_and_what_lies_between_is_passed_over(
    broker: str, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between a desk's records lie those of its agency's others: few are handed over."""
    place, wanted = TopicPartition(topic, 0), [0, 5, 300, 301, 599]
    rows = [b"%d %s" % (number, b"x" * 5_000) for number in range(600)]
    await kit.write(broker, [{"topic": topic, "value": row, "partition": 0} for row in rows])
    fetch, handed = LogReader._got, list[int]()

    async def counted(*arguments: Any) -> Any:
        got = await fetch(*arguments)
        handed.append(sum(len(one) for one in got.values()))
        return got

    monkeypatch.setattr(LogReader, "_got", counted)
    async with LogReader(broker, max_partition_fetch_bytes=1 << 14) as reader:
        found = await reader.pick({place: wanted})

    assert {offset: one.value for (_, offset), one in found.items()} == {n: rows[n] for n in wanted}
    assert sum(handed) < 60


async def test_a_record_that_never_comes_is_waited_for_within_a_bound(
    broker: str, topic: str
) -> None:
    """A broker that dies between index and record must not hold whoever asks for ever."""
    await kit.write(broker, [{"topic": topic, "value": b"v", "partition": 0}])

    async with LogReader(broker, wait=1.0) as reader:
        with pytest.raises(UnreachableError, match="kafka_unreachable"):
            await reader.pick({TopicPartition(topic, 0): [1]})


async def test_a_start_that_is_cancelled_leaves_no_consumer_behind() -> None:
    """A broker that takes the connection and says nothing; the service is stopped meanwhile."""
    taken = list[asyncio.StreamWriter]()
    keep = lambda _reader, writer: taken.append(writer)  # noqa: E731
    async with await asyncio.start_server(keep, "127.0.0.1") as silent:
        port = silent.sockets[0].getsockname()[1]
        starting = asyncio.ensure_future(LogReader(f"127.0.0.1:{port}").start())
        await asyncio.sleep(0.2)
        starting.cancel()

        with pytest.raises(asyncio.CancelledError):
            await starting
        for writer in taken:
            writer.close()
    gc.collect()  # an unclosed consumer warns, and warnings are errors here
