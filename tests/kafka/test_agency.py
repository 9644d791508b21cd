"""An agency's service on the real broker: crashes, fences, a broker that does not answer."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from aiokafka import TopicPartition

from contracts.vocabulary import topics
from services.audit.replay import MARKERS_S
from services.operate.home.first_orders import give_first_orders
from services.operate.home.home import Home, planned_topics
from services.operate.topics import apply_topics
from services.platform.kafka.log_reader import LogReader
from services.platform.process import clock
from services.platform.settings import AgencySettings, environment, load
from services.play.kafka import node
from tests.samples import sample

pytestmark = pytest.mark.anyio

ROOT: Final = Path(__file__).parents[2]
AT: Final = 1_795_514_400  # Tuesday 2026-11-24, 10:00 UTC
READY_S: Final = 30
OPEN_S: Final = 90  # a transaction times out within 60
RECORD: Final = sample("education", "information_preoccupante")
OUTBOX: Final = [
    TopicPartition(topics.outbox("civil", "education"), n) for n in range(topics.PARTITIONS)
]


@dataclass
class Service:
    """The education service as a process of its own."""

    process: subprocess.Popen[bytes]
    url: str
    token: str

    async def post(self, key: str, **changes: Any) -> httpx.Response:
        """`POST /referrals` by EDU-S."""
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key}
        async with httpx.AsyncClient(base_url=self.url, timeout=40, trust_env=False) as client:
            return await client.post("/referrals", json=RECORD | changes, headers=headers)

    async def ready(self, limit_s: float = READY_S) -> None:
        """Wait until it is ready."""
        until = time.monotonic() + limit_s
        async with httpx.AsyncClient(base_url=self.url, timeout=2, trust_env=False) as client:
            while time.monotonic() < until:
                assert self.process.poll() is None, f"ended with {self.process.returncode}"
                try:
                    if (await client.get("/ready")).is_success:
                        return
                except httpx.HTTPError:
                    pass
                await asyncio.sleep(0.1)
        raise AssertionError("not ready")

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and give the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(15)


class Town:
    """A home, its topics and orders, and the education services started in it."""

    def __init__(self, bootstrap: str, path: Path) -> None:
        self.bootstrap = bootstrap
        self.home = Home(path)
        self.started: list[Service] = []

    async def prepare(self) -> None:
        """Make keys and topics, and adopt directory and convention."""
        clock.set_to(self.home.clock, AT)
        self.home.prepare(AT, weeks=1)
        await apply_topics(self.bootstrap, planned_topics(self.home))
        await give_first_orders(self.home, self.bootstrap, AT, {"civil": 1, "criminal": 1})

    def start(self, **settings: Any) -> Service:
        """Start one more education service."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        given: dict[str, Any] = {
            "agency": "education", "kafka": self.bootstrap, "home": self.home.path,
            "clock_file": self.home.clock, "play": True, "http_port": port,
        } | settings  # fmt: skip
        variables = environment(load(AgencySettings, **given))
        process = subprocess.Popen(
            (sys.executable, "-m", "services", "serve", "education"),
            cwd=ROOT,
            env=os.environ | variables,
            stdout=subprocess.DEVNULL,
        )
        service = Service(process, f"http://127.0.0.1:{port}", self.home.token("edu-s"))
        self.started.append(service)
        return service

    async def published(self, least: int = 0) -> int:
        """Committed records in the school's outbox.

        A commit is answered before its markers have reached every partition, and a transaction that
        a frozen broker left open hides what came after it until it times out: both are waited for.

        Args:
            least: for at most `OPEN_S` seconds; one too many is seen all the same.
        """
        until = time.monotonic() + OPEN_S
        async with LogReader(self.bootstrap) as reader:
            before, found = -1, await self._count(reader)
            while before != found or (found < least and time.monotonic() < until):
                await asyncio.sleep(MARKERS_S)
                before, found = found, await self._count(reader)
            return found

    async def _count(self, reader: LogReader) -> int:
        places = dict.fromkeys(OUTBOX)
        return sum([len(rows) async for rows in reader.read(places)])


@pytest.fixture
async def town(fresh: str, tmp_path: Path) -> AsyncIterator[Town]:
    """A town ready for services, all of which end with the test."""
    town = Town(fresh, tmp_path / "home")
    await town.prepare()
    try:
        yield town
    finally:
        for service in town.started:
            service.end(signal.SIGKILL)


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
    assert old.process.wait(15) == 4
    assert taken.status_code == 202
    assert await town.published() == 1


async def test_sigterm_ends_it_cleanly(town: Town) -> None:
    """Exit code 0, soon, and everything that was answered is published."""
    service = town.start()
    await service.ready()
    answers = [await service.post(f"k-{number}") for number in range(3)]
    began = time.monotonic()

    assert service.end() == 0
    assert time.monotonic() - began < 10
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
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        nowhere = f"127.0.0.1:{nobody.getsockname()[1]}"
    service = town.start(kafka=nowhere, kafka_wait_s=8)
    async with listening(service) as client:
        live, ready = await client.get("/live"), await client.get("/ready")
    refused = await service.post("k-1")

    assert (live.status_code, ready.status_code) == (200, 503)
    assert (refused.status_code, refused.json()["code"]) == (503, "starting")
    assert service.process.wait(40) == 3


async def test_an_open_key_file_ends_the_start_with_2(town: Town) -> None:
    """A service does not run on keys that others could have read."""
    (town.home.keys / "civil" / "edu-s" / "edu-s-sig-1.json").chmod(0o640)

    assert town.start().process.wait(30) == 2


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
    pid = node.status(home).pid
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
