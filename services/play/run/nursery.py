"""Where a supervisor gets its processes: a service is forked from one that has imported all of ours.

What forks is `forks.py`. Anything else is started as a program, and everything is where the system
is not Linux: no other makes our grandchild our child.
"""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final, Protocol

from services.platform.patience import VARIABLE
from services.platform.process.tether import tethered
from services.platform.settings import PREFIX
from services.play.run.forks import MAX_REQUEST

SERVICES: Final = (sys.executable, "-m", "services")  # a command that begins so may be forked
PR_SET_CHILD_SUBREAPER: Final = 36
# As long as a service's own command line may be: it is written over this one.
PADDING: Final = "of-this-federation-" * 4


class Process(Protocol):
    """A process of ours, as asyncio has them."""

    @property
    def pid(self) -> int:
        """Its id."""

    @property
    def returncode(self) -> int | None:
        """None while it runs; negative: the signal that ended it."""

    async def wait(self) -> int:
        """Its end, and `returncode`."""


class Forked:
    """A process that was forked for us and is our child."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._ended = asyncio.get_running_loop().create_future()
        self._descriptor = os.pidfd_open(pid)
        asyncio.get_running_loop().add_reader(self._descriptor, self._collect)

    async def wait(self) -> int:
        """Its end, and `returncode`."""
        return await asyncio.shield(self._ended)

    def _collect(self) -> None:
        asyncio.get_running_loop().remove_reader(self._descriptor)
        os.close(self._descriptor)
        _pid, status = os.waitpid(self.pid, 0)
        self.returncode = os.waitstatus_to_exitcode(status)
        self._ended.set_result(self.returncode)


class Nursery:
    """Starts processes in groups of their own, with a log for both outputs, tied to our life."""

    def __init__(self) -> None:
        self._asking: socket.socket | None = None
        self._forks: subprocess.Popen[bytes] | None = None

    async def start(
        self, command: Sequence[str], environment: Mapping[str, str], log: int
    ) -> Process:
        """Start a command.

        Args:
            log: a file descriptor, which stays the caller's.
        """
        if tuple(command[:3]) == SERVICES and sys.platform == "linux":
            with suppress(OSError):  # whoever forks has died: the slow way
                return await self._fork(command[3:], environment, log)
        return await asyncio.create_subprocess_exec(
            *tethered(command, signal.SIGTERM), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            env=dict(environment), start_new_session=True,
        )  # fmt: skip

    def close(self) -> None:
        """End the process that forks; its copies are not touched."""
        if self._asking and self._forks:
            self._asking.close()
            self._forks.wait()
        self._asking = self._forks = None

    async def _fork(self, args: Sequence[str], environment: Mapping[str, str], log: int) -> Process:
        asking = self._asking or self._open()
        request = json.dumps({"args": args, "environment": dict(environment)}).encode()
        if len(request) > MAX_REQUEST:
            raise OSError("a larger environment than one message carries")
        socket.send_fds(asking, [request], [log])
        answering = asyncio.ensure_future(asyncio.to_thread(asking.recv, 20))
        try:
            answer = await asyncio.shield(answering)
        except asyncio.CancelledError:
            _kill(await answering)  # nobody would know of it
            raise
        if not answer:
            self.close()
            raise OSError("nobody who forks")
        return Forked(int(answer))

    def _open(self) -> socket.socket:
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        self._asking, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._forks = subprocess.Popen(
                [sys.executable, "-m", "services.play.run.forks", str(theirs.fileno()), PADDING],
                pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, start_new_session=True,
                env=environment({}),
            )  # fmt: skip
        return self._asking


def environment(own: Mapping[str, str]) -> dict[str, str]:
    """A process's: its own over ours, from which everything named RELAIS_ is taken away but our patience."""
    ours = {
        key: value
        for key, value in os.environ.items()
        if key == VARIABLE or not key.startswith(PREFIX)
    }
    return {**ours, "PYTHONUNBUFFERED": "1", **own}


def _kill(answer: bytes) -> None:
    if answer:
        os.kill(int(answer), signal.SIGKILL)
        os.waitpid(int(answer), 0)
