"""Why a broker is not taken for one, and what to do; a real TLS server shows it."""

from __future__ import annotations

import asyncio
import gc
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiokafka import TopicPartition

from services.platform.kafka.connection import wait
from services.platform.kafka.connection.connection import client_options, tls_of
from services.platform.kafka.connection.wait import greet_all
from services.platform.kafka.reading import log_reader
from services.platform.kafka.reading.log_reader import LogReader
from services.platform.process.exit_codes import UnreachableError
from services.play.certificates import ca
from tests.patience import PATIENCE
from tests.services.platform.kafka.connection.test_connection import folder, serving

__all__ = ["folder"]  # a fixture


@pytest.mark.parametrize(
    ("begins", "code", "to_do"),
    [
        (timedelta(days=-3), "kafka_certificate_expired", "relais keys tls broker-N"),
        (timedelta(days=3), "kafka_untrusted", "valid now"),
    ],
)
async def test_a_broker_whose_certificate_is_out_of_its_dates_is_told_with_what_mends_it(
    folder: Path, begins: timedelta, code: str, to_do: str
) -> None:
    """It reads its certificate when it starts: a new file alone changes nothing."""
    ca.renew(folder, "broker-1", days=1, start=datetime.now(UTC) + begins)
    client = client_options(tls_of(folder, "education"))

    async with serving(folder) as server:
        greeting = await greet_all(f"localhost:{server.port}", client)

    assert greeting.refusal is not None
    assert greeting.refusal.code == code
    assert to_do in greeting.refusal.expected
    if code == "kafka_certificate_expired":
        assert "start that broker anew" in greeting.refusal.expected


async def test_a_start_that_is_cancelled_leaves_no_consumer_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A broker that takes the connection and says nothing; the service is stopped meanwhile."""
    monkeypatch.setattr(wait, "FINISH_S", 0.1)
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


async def test_one_value_is_not_waited_for_as_long_as_a_start_may_take(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever asks for an old directory stands still meanwhile, and so does its whole service."""
    monkeypatch.setattr(wait, "FINISH_S", 0.1)
    monkeypatch.setattr(log_reader, "VALUE_SECONDS", 0.02)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        reader = LogReader(f"127.0.0.1:{silent.getsockname()[1]}", wait=PATIENCE)
        with pytest.raises(UnreachableError) as away:
            reader.value(TopicPartition("a topic", 0), 0)

    assert (away.value.code, away.value.expected) == ("kafka_unreachable", "a record")
    gc.collect()


async def test_a_start_that_is_cancelled_twice_goes_on_behind_nobody() -> None:
    """Who stops it does not wait ten seconds: it would connect after its client was closed."""
    ended = asyncio.Event()

    async def start() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            ended.set()

    starting = asyncio.ensure_future(wait.connected(start()))
    for _time in range(2):
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        starting.cancel()

    with pytest.raises(asyncio.CancelledError):
        await starting
    assert ended.is_set()
