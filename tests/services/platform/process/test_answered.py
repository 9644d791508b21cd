"""Silent is only who was asked twice, and by a process that gets on itself."""

from __future__ import annotations

import asyncio
from itertools import count

import pytest

from services.platform.process import side_by_side
from services.platform.process.side_by_side import NoAnswer, asked_again

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
