"""Processes that hang are told from those that work."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from services.play.run.watch import Watch, Watched
from tests.patience import eventually
from tests.services.platform.process.test_answered import never_starve


async def test_a_suspended_process_is_told_and_so_is_its_return() -> None:
    """SIGSTOP is seen from outside, since the process itself can say nothing; SIGCONT ends it."""
    said: list[str] = []
    process = await asyncio.create_subprocess_exec("sleep", "300")

    async def answers() -> bool:
        return True

    async def running() -> list[Watched]:
        return [Watched("one", process.pid, answers)]

    watch = Watch(running, lambda _name, what: said.append(what))
    watching = asyncio.create_task(watch.forever())
    for number, lines in ((signal.SIGSTOP, 1), (signal.SIGCONT, 2)):
        process.send_signal(number)
        await eventually(lambda lines=lines: len(said) == lines)  # type: ignore[misc]
    watching.cancel()
    process.kill()
    await process.wait()

    assert said == [
        f"hangs: process {process.pid} is suspended; `kill -CONT {process.pid}` resumes it",
        "answers again",
    ]


async def answers_once_and_never_again(looks: int) -> list[str]:
    """What a watch has said after so many looks; only the first is answered."""
    said: list[str] = []
    answers = [True]

    async def ask() -> bool:
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
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Little time for an answer, and none that has to pass without one."""
    monkeypatch.setattr("services.play.run.watch.ANSWER_S", 0.01)
    monkeypatch.setattr("services.play.run.watch.SILENT_S", 0.0)
    never_starve(monkeypatch)


@pytest.mark.usefixtures("hurried")
async def test_a_process_that_answers_no_more_hangs() -> None:
    """It is told once."""
    assert await answers_once_and_never_again(1) == []
    (hangs,) = await answers_once_and_never_again(3)
    assert hangs.startswith(f"hangs: process {os.getpid()} has not answered for ")
