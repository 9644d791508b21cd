"""An agency's service on the real broker: crashes, fences, a broker that does not answer."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx
import pytest

from services.play.kafka import brokers
from tests.kafka.town import Service, Town
from tests.patience import PATIENCE
from tests.ports import free_port

pytestmark = pytest.mark.anyio


async def test_a_killed_service_finds_its_key_in_the_outbox(town: Town) -> None:
    """kill -9 between publishing and answering: the retry gets the answer of the one event."""
    service = town.start()
    await service.ready()
    first = await service.post("k-1")
    service.end(signal.SIGKILL)
    heir = town.start()
    await heir.ready()
    again = await heir.post("k-1")
    other = await heir.post("k-1", reference="another")

    assert first.status_code == again.status_code == 202
    assert again.json() == first.json()
    assert other.status_code == 409
    assert await town.published() == 1


async def test_a_second_instance_fences_the_first(town: Town) -> None:
    """Only the newer of two processes publishes; the older one ends with exit code 4."""
    old = town.start()
    await old.ready()
    new = town.start()
    await new.ready()
    refused = await old.post("k-1")
    taken = await new.post("k-1")

    assert refused.status_code == 503
    assert old.process.wait(PATIENCE) == 4
    assert taken.status_code == 202
    assert await town.published() == 1


async def test_sigterm_ends_it_cleanly(town: Town) -> None:
    """Exit code 0, and everything that was answered is published."""
    service = town.start()
    await service.ready()
    answers = [await service.post(f"k-{number}") for number in range(3)]

    assert service.end() == 0
    assert {answer.status_code for answer in answers} == {202}
    assert await town.published() == 3


async def test_a_broker_that_does_not_answer_is_503_and_a_retry_is_safe(
    town: Town, broker_home: Path
) -> None:
    """The caller is told to come back; when Kafka does, its key gives one event."""
    service = town.start()
    await service.ready()
    await service.post("k-0")
    with stopped(broker_home):
        away = await service.post("k-1")
    back = await service.post("k-1")
    again = await service.post("k-1")

    assert (away.status_code, away.json()["code"]) == (503, "kafka_unreachable")
    assert "retry-after" in away.headers
    assert back.status_code == 202
    assert again.json() == back.json()
    assert await town.published(2) == 2


async def test_without_kafka_it_lives_refuses_and_gives_up_with_3(town: Town) -> None:
    """/live at once, 503 for everything else, exit code 3 after its bound."""
    service = town.start(kafka=f"127.0.0.1:{free_port()}", kafka_wait_s=2)
    async with listening(service) as client:
        live, ready = await client.get("/live"), await client.get("/ready")
    refused = await service.post("k-1")

    assert (live.status_code, ready.status_code) == (200, 503)
    assert (refused.status_code, refused.json()["code"]) == (503, "starting")
    assert int(refused.headers["retry-after"]) <= 2
    assert service.process.wait(PATIENCE) == 3


async def test_an_open_key_file_ends_the_start_with_2(town: Town) -> None:
    """A service does not run on keys that others could have read."""
    (town.home.keys / "civil" / "edu-s" / "edu-s-sig-1.json").chmod(0o640)

    assert town.start().process.wait(PATIENCE) == 2


@asynccontextmanager
async def listening(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a service that listens, ready or not."""
    async with httpx.AsyncClient(base_url=service.url, timeout=2, trust_env=False) as client:
        for _ in range(100):
            try:
                await client.get("/live")
            except httpx.HTTPError:
                await asyncio.sleep(0.1)
            else:
                break
        yield client


@contextmanager
def stopped(home: Path) -> Iterator[None]:
    """The run's broker is stopped, not ended, while the block lasts."""
    pid = brokers.status(home).node(1).pid
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
