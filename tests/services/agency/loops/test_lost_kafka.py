"""Whatever aiokafka says of a lost Kafka, a service ends with code 3 and is restarted."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import AsyncMock, Mock, create_autospec

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError, NodeNotReadyError

from services.platform.http.responses import LateApp
from services.platform.kafka.connection.clients import Consumer
from services.platform.kafka.reading.log_reader import LogReader
from services.platform.kafka.reading.subscription import Subscription
from services.platform.kafka.writing.transactions import Transactions
from services.platform.ports import Ports, given
from services.platform.process.exit_codes import UNREACHABLE, UnreachableError, exit_code

NOBODY = "127.0.0.1:1"
PLACE = TopicPartition("relais.civil.decisions", 0)
LOST = (KafkaError("Connection closed"), NodeNotReadyError(), TimeoutError())


def failing(kind: type, method: str, error: Exception) -> Any:
    """A client of Kafka one of whose methods raises."""
    client = create_autospec(kind, instance=True)
    client.end_offsets = AsyncMock(side_effect=lambda places: dict.fromkeys(places, 5))
    getattr(client, method).side_effect = error
    return client


@contextmanager
def ends_the_process(client: Any, method: str) -> Iterator[Mock]:
    """Whoever is given this client ends with code 3; how it was made."""
    made = Mock(return_value=client)
    with (
        given(Ports(kafka=Mock(consumer=made, producer=made))),
        pytest.raises(UnreachableError) as found,
    ):
        yield made
    assert exit_code(found.value) == UNREACHABLE
    getattr(client, method).assert_awaited_once()


@pytest.mark.parametrize("error", LOST)
async def test_a_producer_that_cannot_start(error: Exception) -> None:
    """While its ids are fenced the coordinator goes."""
    producer = failing(AIOKafkaProducer, "start", error)
    producer.client, producer._txn_manager = Mock(close=AsyncMock()), Mock()
    with ends_the_process(producer, "start"):
        await Transactions(NOBODY, ["a"]).start()


@pytest.mark.parametrize("error", LOST)
@pytest.mark.parametrize("method", ["start", "end_offsets", "getmany"])
async def test_a_reader_that_loses_its_broker(error: Exception, method: str) -> None:
    """While it connects, asks for ends, and fetches."""
    with ends_the_process(failing(Consumer, method, error), method):
        async with LogReader(NOBODY) as reader:
            async for _ in reader.read({PLACE: 0}):
                pass


@pytest.mark.parametrize("error", LOST)
async def test_a_subscription_that_cannot_start(error: Exception) -> None:
    """FastStream hands on what its consumer raised, which is given to it with its options."""

    async def take(_records: Any) -> None:
        """Never called."""

    with ends_the_process(failing(Consumer, "start", error), "start") as made:
        await Subscription(f"{NOBODY},localhost:2", [PLACE], take, most=1).start({})

    assert made.call_args.kwargs["bootstrap_servers"] == [NOBODY, "localhost:2"]
    assert made.call_args.kwargs["isolation_level"] == "read_committed"


@pytest.mark.parametrize("why", ["starting", "stopping"])
async def test_a_service_that_starts_or_ends_refuses(why: str) -> None:
    """503 with a time to come back, not a 500 from a reader that is not there or closed."""
    late, answer = LateApp(), list[Any]()

    async def app(*_args: Any) -> None:
        raise AssertionError("nobody is let in any more")

    async def send(message: Any) -> None:
        answer.append(message)

    if why == "stopping":
        late.app = app
        late.close()
    scope: Any = {"type": "http", "method": "GET", "path": "/v1/inbox", "headers": []}
    await late(scope, asyncio.Event().wait, send)  # type: ignore[arg-type]

    assert answer[0]["status"] == 503
    assert b"retry-after" in dict(answer[0]["headers"])
    assert why.encode() in answer[1]["body"]
