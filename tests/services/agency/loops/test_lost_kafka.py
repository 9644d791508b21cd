"""Whatever aiokafka says of a lost Kafka, a service ends with code 3 and is restarted."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError, NodeNotReadyError
from faststream.kafka import KafkaBroker

from services.platform.http.responses import LateApp
from services.platform.kafka.reading.log_reader import LogReader
from services.platform.kafka.reading.subscription import Subscription
from services.platform.kafka.writing.transactions import Transactions
from services.platform.process.exit_codes import UNREACHABLE, UnreachableError, exit_code

pytestmark = pytest.mark.anyio

NOBODY = "127.0.0.1:1"
PLACE = TopicPartition("relais.civil.decisions", 0)
LOST = (KafkaError("Connection closed"), NodeNotReadyError(), TimeoutError())


def losing(error: Exception) -> Any:
    """A coroutine function that raises it."""

    async def lost(*_args: Any, **_kwargs: Any) -> Any:
        raise error

    return lost


@pytest.mark.parametrize("error", LOST)
async def test_a_producer_that_cannot_start(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While its ids are fenced the coordinator goes."""
    monkeypatch.setattr(AIOKafkaProducer, "start", losing(error))

    with pytest.raises(UnreachableError) as found:
        await Transactions(NOBODY, ["a"]).start()

    assert exit_code(found.value) == UNREACHABLE


class Consumer:
    """Stands for aiokafka's; one of its methods may be made to raise."""

    def __init__(self, **_options: Any) -> None:
        """Whatever it is given."""

    async def start(self) -> None:
        """Connect."""

    async def stop(self) -> None:
        """Disconnect."""

    def assign(self, _places: Any) -> None:
        """Take partitions."""

    def unsubscribe(self) -> None:
        """Give them back."""

    def seek(self, _place: Any, _offset: int) -> None:
        """Move."""

    async def learn(self, _names: Any) -> None:
        """Know all topics."""

    async def end_offsets(self, places: Any) -> dict[TopicPartition, int]:
        """There is something to read."""
        return dict.fromkeys(places, 5)


@pytest.mark.parametrize("error", LOST)
@pytest.mark.parametrize("method", ["start", "end_offsets", "getmany"])
async def test_a_reader_that_loses_its_broker(
    error: Exception, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it connects, asks for ends, and fetches."""
    monkeypatch.setattr("services.platform.kafka.reading.log_reader.Consumer", Consumer)
    monkeypatch.setattr(Consumer, method, losing(error), raising=False)

    async def read() -> None:
        async with LogReader(NOBODY) as reader:
            async for _ in reader.read({PLACE: 0}):
                pass

    with pytest.raises(UnreachableError) as found:
        await read()

    assert exit_code(found.value) == UNREACHABLE


@pytest.mark.parametrize("error", LOST)
async def test_a_subscription_that_cannot_start(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FastStream hands on what its consumer raised."""
    monkeypatch.setattr(KafkaBroker, "start", losing(error))

    async def take(_records: Any) -> None:
        """Never called."""

    source = Subscription(NOBODY, [PLACE], take, most=1)

    with pytest.raises(UnreachableError):
        await source.start({})


async def test_a_service_that_ends_refuses_before_its_clients_close() -> None:
    """503 with a time to come back, not a 500 from a reader that is closed."""
    late, told = LateApp(), list[Any]()

    async def app(*_args: Any) -> None:
        raise AssertionError("nobody is let in any more")

    async def send(message: Any) -> None:
        told.append(message)

    late.app = app
    late.close()
    scope: Any = {"type": "http", "method": "GET", "path": "/v1/inbox", "headers": []}
    await late(scope, asyncio.Event().wait, send)  # type: ignore[arg-type]

    assert told[0]["status"] == 503
    assert b"stopping" in told[1]["body"]
