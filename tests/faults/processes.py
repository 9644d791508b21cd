"""The campaign's supervisor: services that are killed, paused, replaced, restarted."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx

from services.platform.patience import VARIABLE
from services.platform.process.tether import tethered
from services.platform.settings import environment
from services.play.kafka import ports
from services.play.run.plan import Service
from services.play.run.supervisor import environment as own_environment

LOOK_S: Final = 0.05
PAUSE_S: Final = 0.3  # before a service that ended is started again
FENCED_S: Final = 150.0  # for a zombie to find out, once awake, on a machine that is busy
STOP_S: Final = 60.0  # for a clean end
HOST: Final = "127.0.0.1"
PORTS: Final = (10_000, 18_000)  # below those that brokers choose: one that is down keeps its own


def _free_ports() -> Iterator[int]:
    """Ports that are free, each given once a round: a paused process keeps its own."""
    first, last = PORTS
    begin = first + os.getpid() * 37 % (last - first)
    while True:
        yield from (
            port for port in (*range(begin, last), *range(first, begin)) if ports.free(port)
        )


@dataclass
class Keeper:
    """Keeps one service running.

    Attributes:
        service: what to start; its port is another one at each start.
        process: the one that owns the service now.
        codes: exit codes of all that ended by themselves (not by our `kill -9`).
        started: how many were started.
        zombie: port of a first owner that is awake again beside the second.
    """

    service: Service
    logs: Path
    free: Iterator[int]
    process: subprocess.Popen[bytes] | None = None
    port: int = 0
    codes: Counter[int] = field(default_factory=Counter)
    started: int = 0
    zombie: int = 0
    _turn: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _watcher: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        """Of the service."""
        return self.service.name

    @property
    def log(self) -> Path:
        """Where its lines go."""
        return self.logs / f"{self.name}.log"

    @property
    def url(self) -> str:
        """Where it answers now; while two owners are awake, at either of them in turn.

        A zombie is told nothing: it finds out that it was fenced when somebody asks it to publish.
        """
        self._turn += 1
        port = self.zombie if self.zombie and self._turn % 2 else self.port
        return f"http://{HOST}:{port}"

    @property
    def pid(self) -> int:
        """Of the process that owns the service now; 0 between two."""
        return self.process.pid if self.process and self.process.poll() is None else 0

    def begin(self) -> None:
        """Start it, and from now on again whenever it ends."""
        self._spawn()
        self._watcher = asyncio.create_task(self._keep(), name=f"keep {self.name}")

    async def kill(self) -> bool:
        """`kill -9`, and start it again at once; whether there was a process."""
        async with self.lock:
            process = self.process
            if process is None or process.poll() is not None:
                return False
            process.kill()
            await ended(process)
            self._spawn()
            return True

    async def haunt(self, pause_s: float) -> bool:
        """Pause the owner, let a second one take over, wake the first: one must end by itself.

        Mostly the first, fenced. One that was paused before it had fenced its predecessor fences
        the second when it wakes, and is the owner. Two never write.

        Raises:
            TimeoutError: both still live long after.
        """
        async with self.lock:
            first, port = self.process, self.port
            if first is None or first.poll() is not None:
                return False
            first.send_signal(signal.SIGSTOP)
            second = self._spawn()
            try:
                await asyncio.sleep(pause_s)
            finally:
                first.send_signal(signal.SIGCONT)
            self.zombie = port
            try:
                await _one_ends(first, second)
            finally:
                self.zombie = 0
            if first.poll() is None:
                self.codes[second.returncode] += 1
                self.process, self.port = first, port
            else:  # should the second have ended too, the watcher finds it
                self.codes[first.returncode] += 1
            return True

    async def stop(self) -> int | None:
        """Ask it to end; its exit code, None if it had to be killed."""
        if self._watcher is not None:
            self._watcher.cancel()
            await asyncio.gather(self._watcher, return_exceptions=True)
        process = self.process
        if process is None:
            return 0
        process.terminate()
        code = await ended(process, STOP_S)
        if code is None:
            process.kill()
            process.wait()
        return code

    def abandon(self) -> None:
        """Kill what still runs, whatever it does."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                self.process.kill()

    async def ready(self, limit_s: float) -> bool:
        """Whether it says within the limit that it is ready."""
        until = time.monotonic() + limit_s
        async with httpx.AsyncClient(timeout=2, trust_env=False) as client:
            while time.monotonic() < until:
                with suppress(httpx.HTTPError):
                    if (await client.get(f"http://{HOST}:{self.port}/ready")).is_success:
                        return True
                await asyncio.sleep(0.3)
        return False

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            async with self.lock:
                process = self.process
                code = process.poll() if process is not None else None
                if code is None:
                    continue
                self.codes[code] += 1
                await asyncio.sleep(PAUSE_S)
                self._spawn()

    def _spawn(self) -> subprocess.Popen[bytes]:
        self.port = next(self.free)
        settings = self.service.settings.model_copy(update={"http_port": self.port})
        own = (sys.executable, "-m", f"services.{self.service.role}")
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                tethered(own, signal.SIGTERM),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                env=own_environment(environment(settings)) | {VARIABLE: "1"},  # as in production
            )  # fmt: skip
        self.started += 1
        return self.process


async def _one_ends(*both: subprocess.Popen[bytes]) -> None:
    try:
        async with asyncio.timeout(FENCED_S):
            while all(one.poll() is None for one in both):
                await asyncio.sleep(LOOK_S)
    except TimeoutError:
        for one in both:
            one.kill()
        raise


def keepers(services: Iterable[Service], logs: Path) -> dict[str, Keeper]:
    """One a service, by name; nothing is started."""
    logs.mkdir(parents=True, exist_ok=True)
    free = _free_ports()
    return {one.name: Keeper(one, logs, free) for one in services}


async def ended(process: subprocess.Popen[bytes], limit_s: float = 60) -> int | None:
    """The exit code, None if it has not ended within the limit."""
    until = time.monotonic() + limit_s
    while process.poll() is None and time.monotonic() < until:
        await asyncio.sleep(LOOK_S)
    return process.poll()
