"""Work in forked processes: results in order, errors as they were, and no process left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from contracts.errors import UsageError
from services.audit.processes import Progress, Work, in_processes
from services.platform.process.exit_codes import UnreachableError
from tests.patience import PATIENCE, until

ROOT = Path(__file__).parents[3]


def ignored(_done: int, _total: int) -> None:
    """A progress that nobody reads."""


async def killed(_progress: Progress) -> int:
    """As when memory has run out."""
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


async def asleep(_progress: Progress) -> int:
    """Would never be waited for."""
    await asyncio.sleep(2 * PATIENCE)
    return 0


async def refused(_progress: Progress) -> int:
    """An error that ends a command."""
    raise UsageError("kafka_forbidden", "no right", "to read", "a topic")


@pytest.mark.parametrize(
    ("work", "kind", "words"),
    [
        (killed, UnreachableError, "replay_ended: got a process that ended with -9, expected its"),
        (refused, UsageError, "kafka_forbidden at a topic: got no right, expected to read"),
    ],
)
def test_one_that_fails_ends_all(work: Work[int], kind: type[Exception], words: str) -> None:
    """With an error that says what it was; nobody is waited for, and nobody stays."""
    before, began = set(children(os.getpid())), time.monotonic()

    with pytest.raises(kind, match=words):
        in_processes([asleep, work], ignored)

    assert set(children(os.getpid())) <= before
    assert time.monotonic() - began < PATIENCE


SLOW = """
import asyncio, os, signal
from services.audit.processes import in_processes
async def work(progress):
    os.write(1, b"begun\\n")
    await asyncio.sleep(900)
signal.signal(signal.SIGINT, signal.default_int_handler)
in_processes([work, work], print)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_all_end_with_whom_they_work_for(number: signal.Signals) -> None:
    """By Ctrl-C, and however else that one ends."""
    with subprocess.Popen(
        [sys.executable, "-c", SLOW], cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True
    ) as command:
        assert command.stdout is not None
        assert [command.stdout.readline() for _ in range(2)] == [b"begun\n"] * 2
        begun = children(command.pid)
        if number == signal.SIGINT:
            os.killpg(command.pid, number)  # as a terminal sends it
        else:
            command.send_signal(number)
        command.wait(PATIENCE)

    assert len(begun) == 2
    until(lambda: not any(map(is_alive, begun)), lambda: begun)


def children(pid: int) -> list[int]:
    """The processes that a process has begun and that have not ended."""
    told = [
        int(child)
        for path in Path(f"/proc/{pid}/task").glob("*/children")
        for child in path.read_text().split()
    ]
    return [child for child in told if is_alive(child)]


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and that nobody has asked for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
