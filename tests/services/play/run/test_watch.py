"""Processes that hang are told from those that work."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from services.play.run.watch import EARLY, Warnings, Watch, Watched
from tests.patience import eventually
from tests.services.platform.process.test_answered import never_starve

# Answers HTTP on a free port.
SERVER = """
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""


@contextmanager
def server() -> Iterator[tuple[int, str]]:
    """A process that answers: its id and its address."""
    process = subprocess.Popen((sys.executable, "-c", SERVER), stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.pid, f"http://127.0.0.1:{process.stdout.readline().strip()}"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


async def seen(pid: int, url: str, number: int, *, back: int = 0) -> list[str]:
    """What a watch says once a process gets a signal."""
    said: list[str] = []
    asked = 0

    async def ask() -> Warnings | None:
        nonlocal asked
        asked += 1
        async with httpx.AsyncClient(trust_env=False) as client:
            try:
                await client.get(url)
            except httpx.HTTPError:
                return None
        return frozenset()

    async def running() -> list[Watched]:
        return [Watched("one", pid, ask)]

    def say(_name: str, what: str) -> None:
        said.append(what)

    watch = Watch(running, say)
    watching = asyncio.create_task(watch.forever())
    await eventually(lambda: asked > 2)
    assert said == []
    os.kill(pid, number)
    await eventually(lambda: len(said) > 0)
    if back:
        os.kill(pid, back)
        await eventually(lambda: len(said) > 1)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    return said


def test_a_suspended_process_is_told_and_so_is_its_return() -> None:
    """SIGSTOP is seen from outside, since the process itself can say nothing; SIGCONT ends it."""
    with server() as (pid, url):
        said = asyncio.run(seen(pid, url, signal.SIGSTOP, back=signal.SIGCONT))

    assert said == [
        f"hangs: process {pid} is suspended; `kill -CONT {pid}` resumes it",
        "answers again",
    ]


async def answers_once_and_never_again(looks: int) -> list[str]:
    """What a watch has said after so many looks; only the first is answered."""
    said: list[str] = []
    answers = [frozenset[str]()]

    async def ask() -> Warnings | None:
        if not answers:
            await asyncio.Event().wait()
        return answers.pop()

    async def running() -> list[Watched]:
        return [Watched("one", os.getpid(), ask)]

    watch = Watch(running, lambda _name, what: said.append(what))
    for _ in range(looks):
        await watch.look()
    return said


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Little time for an answer, and none that has to pass without one."""
    monkeypatch.setattr("services.play.run.watch.ANSWER_S", 0.01)
    monkeypatch.setattr("services.play.run.watch.SILENT_S", 0.0)
    never_starve(monkeypatch)
    return monkeypatch


def test_a_process_hangs_that_leaves_two_questions_unanswered(hurried: pytest.MonkeyPatch) -> None:
    """One says nothing: a busy machine answers late. It is told once."""
    assert asyncio.run(answers_once_and_never_again(2)) == []
    (hangs,) = asyncio.run(answers_once_and_never_again(4))
    assert hangs.startswith(f"hangs: process {os.getpid()} has not answered for ")


def test_a_warning_is_told_once_it_lasts_and_when_it_passes() -> None:
    """One that passes once those that it waits for have started too is not."""
    said: list[str] = []
    answers = [*[("start",)] * EARLY, (), ("late",), ("late",), ("late",), ()]

    async def ask() -> Warnings:
        return frozenset(answers.pop(0))

    async def running() -> list[Watched]:
        return [Watched("one", os.getpid(), ask)]

    async def look() -> None:
        watch = Watch(running, lambda _name, what: said.append(what))
        while answers:
            await watch.look()

    asyncio.run(look())

    assert said == ["warns: late", "no longer warns: late"]
