"""Whatever aiokafka says of a lost Kafka, a service ends with code 3 and is restarted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from unittest.mock import AsyncMock, Mock, create_autospec

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError, NodeNotReadyError

from contracts.envelope.wire import Outbound
from services.platform.http.responses import LateApp
from services.platform.kafka.connection.clients import Consumer
from services.platform.kafka.reading.log_reader import LogReader
from services.platform.kafka.reading.subscription import Subscription
from services.platform.kafka.writing.transactions import Transaction, Transactions
from services.platform.ports import Ports, given
from services.platform.process.exit_codes import (
    UNREACHABLE,
    TransactionAbortedError,
    UnreachableError,
    exit_code,
)

NOBODY = "127.0.0.1:1"
PLACE = TopicPartition("relais.civil.decisions", 0)
LOST = (KafkaError("Connection closed"), NodeNotReadyError(), TimeoutError())


async def produce() -> None:
    """A producer starts, while whose ids are fenced the coordinator goes."""
    await Transactions(NOBODY, ["a"]).start()


async def read() -> None:
    """A reader connects, asks for ends, and fetches."""
    async with LogReader(NOBODY) as reader:
        async for _ in reader.read({PLACE: 0}):
            pass


async def subscribe() -> None:
    """FastStream hands on what its consumer raised."""
    await Subscription(f"{NOBODY},localhost:2", [PLACE], AsyncMock(), most=1).start({})


@pytest.mark.parametrize("error", LOST)
@pytest.mark.parametrize(
    ("work", "kind", "method"),
    [
        (produce, AIOKafkaProducer, "start"), (read, Consumer, "start"),
        (read, Consumer, "end_offsets"), (read, Consumer, "getmany"),
        (subscribe, Consumer, "start"),
    ],
)  # fmt: skip
async def test_who_cannot_start_or_loses_its_broker_ends_with_code_3(
    work: Callable[[], Awaitable[None]], kind: type, method: str, error: Exception
) -> None:
    """A subscription's consumer is given all brokers, and reads what was committed."""
    client = create_autospec(kind, instance=True)
    client.client, client._txn_manager = Mock(close=AsyncMock()), Mock()
    client.end_offsets = AsyncMock(side_effect=lambda places: dict.fromkeys(places, 5))
    getattr(client, method).side_effect = error
    made = Mock(return_value=client)

    ports = Ports(kafka=Mock(consumer=made, producer=made))
    with given(ports), pytest.raises(UnreachableError) as found:
        await work()

    assert exit_code(found.value) == UNREACHABLE
    getattr(client, method).assert_awaited_once()
    if work is subscribe:
        assert made.call_args.kwargs["bootstrap_servers"] == [NOBODY, "localhost:2"]
        assert made.call_args.kwargs["isolation_level"] == "read_committed"


@pytest.mark.parametrize("why", ["starting", "stopping"])
async def test_a_service_that_starts_or_ends_refuses(why: str) -> None:
    """503 with a time to come back, not a 500 from a reader that is not there or closed."""
    late, send = LateApp(), AsyncMock()
    if why == "stopping":
        late.app = AsyncMock(side_effect=AssertionError("nobody is let in any more"))
        late.close()
    scope: Any = {"type": "http", "method": "GET", "path": "/v1/inbox", "headers": []}
    await late(scope, asyncio.Event().wait, send)  # type: ignore[arg-type]

    answer = [call.args[0] for call in send.await_args_list]
    assert answer[0]["status"] == 503
    assert b"retry-after" in dict(answer[0]["headers"])
    assert why.encode() in answer[1]["body"]


async def test_a_topic_that_kafka_has_not_is_named() -> None:
    """A desk was adopted before its topics were made: whoever is on call reads what to run."""
    producer = Mock(send_batch=AsyncMock(side_effect=TimeoutError))
    producer.client.cluster.topics.return_value = {"here"}
    here, gone = (Outbound(name, 0, b"", b"") for name in ("here", "gone"))

    with pytest.raises(TransactionAbortedError, match=r"topic_missing: got gone, .*kafka apply"):
        await Transaction(producer, 1).send(here, gone)
    with pytest.raises(TimeoutError):
        await Transaction(producer, 1).send(here)
