"""Loops of a service end when told to; silent is only who was asked twice, by one that gets on."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from itertools import count

import pytest

from services.platform.process import side_by_side
from services.platform.process.side_by_side import NoAnswer, asked_again
from tests.patience import PATIENCE


async def deaf(heard: list[int], times: int) -> None:
    """Goes on after so many cancellations, as a client that takes one for a late answer."""
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            heard.append(1)
            if len(heard) > times:
                raise


async def test_a_loop_that_swallows_a_cancellation_is_cancelled_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A service that was told to stop does not stay."""
    monkeypatch.setattr(side_by_side, "AGAIN_S", 0.02)
    heard: list[int] = []
    task = asyncio.create_task(deaf(heard, 1))
    await asyncio.sleep(0)

    async with asyncio.timeout(PATIENCE):
        await side_by_side.ended(task)

    assert task.cancelled()


async def test_the_others_end_with_the_first_and_its_fault_is_raised() -> None:
    """None is left behind."""
    heard: list[int] = []

    async def failing() -> None:
        await asyncio.sleep(0)
        raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        await side_by_side.until_one_ends(deaf(heard, 0), failing())

    assert heard == [1]


async def test_whoever_waits_can_be_cancelled_and_takes_the_loops_with_him() -> None:
    """A second signal reaches the loops too."""
    heard: list[int] = []
    waiting = asyncio.create_task(side_by_side.until_one_ends(deaf(heard, 0)))
    await asyncio.sleep(0.01)

    waiting.cancel()
    with suppress(asyncio.CancelledError):
        await waiting

    assert heard == [1]


LIMIT_S = 0.01


def starve(monkeypatch: pytest.MonkeyPatch) -> None:
    """From one look at the clock to the next an hour passes: this process had no turn."""
    hours = count(step=3600.0)
    monkeypatch.setattr(side_by_side, "monotonic", lambda: next(hours))


def never_starve(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine of the test is."""
    monkeypatch.setattr(side_by_side, "monotonic", lambda: 0.0)


class Asked:
    """Answers from the question of this number on; `times`: questions so far."""

    def __init__(self, answers_from: int) -> None:
        self.answers_from, self.times = answers_from, 0

    async def __call__(self) -> str:
        """One question."""
        self.times += 1
        if self.times < self.answers_from:
            await asyncio.Event().wait()
        return "here"


@pytest.mark.parametrize(
    ("answers_from", "heard"), [(1, "here"), (2, "here"), (3, NoAnswer.SILENT)]
)
async def test_one_unanswered_question_is_asked_again(
    answers_from: int, heard: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service that was late once is alive; one that gives no second answer is silent."""
    never_starve(monkeypatch)
    asked = Asked(answers_from)

    assert await asked_again(LIMIT_S, asked) == heard
    assert asked.times == min(answers_from, side_by_side.TIMES)


async def test_who_had_no_turn_itself_calls_nobody_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """What came in time could not be heard; what was heard all the same counts."""
    starve(monkeypatch)

    assert await asked_again(LIMIT_S, Asked(9)) is NoAnswer.LATE
    assert await asked_again(LIMIT_S, Asked(2)) == "here"
