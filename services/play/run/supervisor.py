"""Start processes, watch over them, stop all of them: nothing outlives the one who started it.

1. Each program is a process group of its own: a Ctrl-C in the terminal reaches us alone, and a
   program's own children end with it.
2. A program that ends is started again, after a pause that doubles; not if its exit code is final,
   and before it was ready only if it ended for want of an answer (exit 3), as on a slow machine.
   A fenced one (exit 4) comes back once: two owners that started in the same instant have fenced
   each other, and then nobody routes. The pause is drawn, so that one of them comes first; who is
   fenced again leaves the shard to the other.
3. `stop` asks with SIGTERM and, after a bound, insists with SIGKILL, by process id.
4. If we are killed and can do nothing, Linux asks our children to end for us
   (`services.platform.process.tether`).
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets  # noqa: TID251 (it starts services, and is none)
import signal
import subprocess
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from services.platform.patience import VARIABLE
from services.platform.ports import monotonic
from services.platform.process.durable_file import replace_file
from services.platform.process.exit_codes import (
    FENCED,
    LOG_DAMAGED,
    REPLACED,
    UNREACHABLE,
    WRONG_USE,
    UnreachableError,
)
from services.platform.process.tether import tethered
from services.platform.settings import PREFIX
from services.play.run import words
from services.play.run.words import Say

READY_S: Final = 120  # for one program; a noisy machine needs a tenth of it
LOOK_S: Final = 0.1  # between two looks at whether a program is ready
STOP_S: Final = 10  # after SIGTERM, before SIGKILL
FENCED_S: Final = (2.0, 8.0)  # pause before a fenced program comes back, drawn between these
PAUSES_S: Final = (0.5, 1, 2, 4, 8, 10)  # before a restart; the last one repeats
STEADY_S: Final = 60  # a program that ran this long begins with the first pause again

FINAL: Final = frozenset({WRONG_USE, LOG_DAMAGED, REPLACED})  # exit codes: not started again

Ready = Callable[[], Awaitable[bool]]


@dataclass(frozen=True)
class Program:
    """What to start.

    Attributes:
        name: unique; names its log file.
        command: program and arguments.
        environment: laid over ours, from which everything named RELAIS_ is taken away.
        ready: asked again and again until it says yes.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    ready: Ready


@dataclass
class _Running:
    program: Program
    process: Process
    since: float
    failures: int = 0
    fenced: int = 0  # times that it lost, since it last ran steadily
    restarts: int = 0  # ever


class Supervisor:
    """Runs programs until told to stop; use it with `async with`.

    Args:
        logs: folder of one log file a program, appended to.
        restarts: file that says how often each program was started again, for `relais status`.
        say: told when a program ends by itself and when it is started again.
    """

    def __init__(self, logs: Path, restarts: Path, say: Say = lambda _name, _what: None) -> None:
        self._logs = logs
        self._restarts = restarts
        self._say = say
        self._running: dict[str, _Running] = {}
        self._watchers: set[asyncio.Task[None]] = set()
        self._stopping = False

    async def __aenter__(self) -> Self:
        self._logs.mkdir(parents=True, exist_ok=True, mode=0o700)
        return self

    async def __aexit__(self, *_: object) -> None:
        try:
            await self.stop()
        finally:
            for running in self._running.values():  # a second Ctrl-C may have cancelled that
                if running.process.returncode is None:
                    _signal_group(running.process.pid, signal.SIGKILL)

    @property
    def pids(self) -> dict[str, int]:
        """Name -> process id of what runs now."""
        return {
            name: running.process.pid
            for name, running in self._running.items()
            if running.process.returncode is None
        }

    async def start(self, programs: Iterable[Program], limit_s: float = READY_S) -> None:
        """Start programs side by side and wait until all are ready, or have ended apart.

        Raises:
            UnreachableError: `service_not_ready`: one ended, or was not ready in time; `place` is
                its log. Those that were started still run until `stop`.
        """
        started = [await self._spawn(program) for program in programs]
        waits = [asyncio.ensure_future(self._until_ready(one, limit_s)) for one in started]
        try:
            await asyncio.gather(*waits)
        finally:
            for wait in waits:
                wait.cancel()
        for one in started:
            self._watch(self._running[one.program.name])

    async def stop(self, limit_s: float = STOP_S) -> None:
        """Ask all to end, insist after `limit_s` seconds, and return when none is left."""
        self._stopping = True
        watchers = tuple(self._watchers)
        for watcher in watchers:
            watcher.cancel()
        await asyncio.gather(*watchers, return_exceptions=True)
        ours = list(self._running.values())
        await asyncio.gather(*(_end(one.process, limit_s) for one in ours))
        self._running.clear()
        self._restarts.unlink(missing_ok=True)

    async def _spawn(self, program: Program) -> _Running:
        # The log holds no personal data; still, whom it concerns is the operator alone.
        log = os.open(
            self._logs / f"{program.name}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600
        )
        try:
            process = await asyncio.create_subprocess_exec(
                *tethered(program.command, signal.SIGTERM),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=environment(program.environment), start_new_session=True,
            )  # fmt: skip
        finally:
            os.close(log)
        running = _Running(program, process, monotonic())
        self._running[program.name] = running
        self._note_restarts()
        return running

    async def _until_ready(self, running: _Running, limit_s: float) -> None:
        program, log = running.program, str(self._logs / f"{running.program.name}.log")
        deadline = running.since + limit_s
        while not await program.ready():
            code = running.process.returncode
            if code == LOG_DAMAGED:
                return  # its own affair, which `_keep` tells: the others run without it
            if code == UNREACHABLE and monotonic() <= deadline:
                running = await self._again(running) or running
            elif code is not None:
                got = f"{program.name} ended with {words.why(code)}"
                raise UnreachableError("service_not_ready", got, "a ready service", log)
            if monotonic() > deadline:
                got = f"{program.name} not ready after {limit_s:g} s"
                raise UnreachableError("service_not_ready", got, "a ready service", log)
            await asyncio.sleep(LOOK_S)

    def _watch(self, running: _Running) -> None:
        watcher = asyncio.create_task(self._keep(running), name=f"watch {running.program.name}")
        self._watchers.add(watcher)
        watcher.add_done_callback(self._watchers.discard)

    async def _keep(self, running: _Running) -> None:
        """Start the program again whenever it ends, unless that is final."""
        while (again := await self._again(running)) is not None:
            running = again

    async def _again(self, ended: _Running) -> _Running | None:
        """Wait for a program's end and start it again after a pause; None: that end is final."""
        code = await ended.process.wait()
        name, pause = ended.program.name, self._pause(ended, code)
        self._say(name, words.ended(code, pause))
        if pause is None:
            return None
        _signal_group(ended.process.pid, signal.SIGKILL)  # children that it left behind
        await asyncio.sleep(pause)
        running = await self._spawn(ended.program)
        running.failures, running.fenced = ended.failures + 1, ended.fenced
        running.restarts = ended.restarts + 1
        self._note_restarts()
        self._say(name, words.STARTED_AGAIN.format(pid=running.process.pid))
        return running

    def _pause(self, ended: _Running, code: int) -> float | None:
        """Seconds before an ended program is started again; None: never. Counts its failures."""
        if monotonic() - ended.since > STEADY_S:
            ended.failures = ended.fenced = 0
        lost = code == FENCED
        if self._stopping or code in FINAL or (lost and ended.fenced):
            return None
        if lost:
            ended.fenced += 1
            return secrets.SystemRandom().uniform(*FENCED_S)
        return PAUSES_S[min(ended.failures, len(PAUSES_S) - 1)]

    def _note_restarts(self) -> None:
        counts = {name: self._running[name].restarts for name in self.pids}
        replace_file(self._restarts, json.dumps(counts).encode())


def environment(own: Mapping[str, str]) -> dict[str, str]:
    """A process's: its own over ours, without any RELAIS_ name but our patience."""
    ours = {
        key: value
        for key, value in os.environ.items()
        if key == VARIABLE or not key.startswith(PREFIX)
    }
    return {**ours, "PYTHONUNBUFFERED": "1", **own}


async def _end(process: Process, limit_s: float) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.returncode is None:
            _signal_group(process.pid, number)
        with suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                await process.wait()
                break
    # The leader is gone; its group may hold children that ignored SIGTERM.
    _signal_group(process.pid, signal.SIGKILL)


def _signal_group(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(pid, number)
