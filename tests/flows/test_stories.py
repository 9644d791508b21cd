"""The six stories, played in memory: what every observed outcome and the log say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from services.play.demo.bus import SeenArrival, ServiceAnswer
from services.play.demo.screen import ScreenLine, Teller
from services.play.demo.stories import play_all
from services.play.demo.story import Story
from tests.world import World


def shown(lines: Sequence[ScreenLine]) -> list[str]:
    """Lines in English, for a failing test's message."""
    return [line.text.say("en") for line in lines]


def test_all_stories_end_as_expected() -> None:
    """Each outcome of each step is the expected one, the auditor agrees, and all of it is shown."""
    world, told = World(), list[ScreenLine]()
    teller = Teller(told.append)

    assert play_all(world, teller), shown(teller.failures)
    assert teller.failures == []
    assert told == teller.lines
    assert teller.checks > 1000
    assert world.alarms == []


def test_a_story_may_be_told_twice() -> None:
    """A second telling finds no open duty of the first."""
    world, teller = World(), Teller()

    assert play_all(world, teller, "AA"), shown(teller.failures)


# The expectations themselves can fail


ALERT = {
    "kind": "information_preoccupante", "reference": "T-1", "pupil": {"first_name": "Lou"},
    "observations": [{"seen": "un fait"}], "told": {"parents": "told", "minor": "told"},
}  # fmt: skip
RIGHT = {"crip": "R01 FACTS IDENTITY"}
OPENS = ["crip ACK:received 1wd", "crip R39:final 3mo"]


def trial(*further: dict[str, Any], gets: Any = RIGHT, opens: Sequence[str] = OPENS) -> list[str]:
    """What is not as expected where a school alerts with one fact, and then others act."""
    world, teller = World(), Teller()
    act = {
        "act": {"by": "edu-s", "as": "alert"},
        "record": ALERT,
        "gets": gets,
        "opens": ", ".join(opens),
    }
    script = {"title": "a trial", "begins": "Monday 09:00", "steps": [act, *further]}
    script["still"] = "crip>edu-s R39:final"
    Story(world, teller, "T", script).play()
    return shown(teller.failures)


ACKNOWLEDGED = {"ack": {"at": "0 10:00", "by": "crip", "of": "alert"}}


@pytest.mark.parametrize(
    ("gets", "opens", "fails"),
    [
        (RIGHT, OPENS, False),
        ({"crip": "R01 IDENTITY"}, OPENS, True),
        ({"crip": "R02 FACTS IDENTITY"}, OPENS, True),
        ({"crip": "refused no_clause"}, OPENS, True),
        ({}, OPENS, True),
        (RIGHT | {"pol": "R01 FACTS"}, OPENS, True),
        (RIGHT, OPENS[:1], True),
        (RIGHT, ["crip ACK:received 2wd", OPENS[1]], True),
        (RIGHT, [*OPENS, "ase ACK:received 1wd"], True),
    ],
)
def test_a_wrong_expectation_of_an_event_fails(
    gets: Any, opens: Sequence[str], fails: bool
) -> None:
    """Scopes, clause, addressees, duties and their due instants are all held."""
    assert bool(trial(ACKNOWLEDGED, gets=gets, opens=opens)) is fails


def test_a_wrong_expectation_of_time_fails() -> None:
    """Unexpected silence and an expected overdue that is none are both seen."""
    overdue = {"at": "1 09:00", "overdue": "crip>edu-s ACK:received", "says": "a day"}

    assert len(trial(overdue, ACKNOWLEDGED)) == 1
    assert len(trial({"at": "2 09:00", "says": "two days"}, ACKNOWLEDGED)) == 1


class Refusing(World):
    """Its services refuse every record."""

    def post(self, desk: str, record: Mapping[str, Any], key: str | None = None) -> ServiceAnswer:
        return super().post(desk, {**record, "unknown": 1}, key)


class Losing(World):
    """What the router says it delivered is opened by nobody."""

    def inbox(self, desk: str) -> Sequence[SeenArrival]:
        return [one for one in super().inbox(desk) if one.etype != "IP"]


class Leaking(World):
    """The police gets a delivery where none may come."""

    def inbox(self, desk: str) -> Sequence[SeenArrival]:
        extra = {"realm": "civil", "event": "x", "from": "edu-h-1", "type": "IP", "clauses": {}}
        return [*super().inbox(desk), *([SeenArrival(desk, extra)] if desk == "pol" else [])]


class Altered(World):
    """Its log lacks a record, although every step was as expected."""

    def audit(self) -> dict[str, Any]:
        for (topic, _), records in self.topics.items():
            if topic.endswith(".decisions") and len(records) > 3:
                del records[2]
        return super().audit()


@pytest.mark.parametrize(
    ("faulty", "said"),
    [(Refusing, "field_unknown"), (Losing, "opened"), (Leaking, ""), (Altered, "")],
)
def test_a_faulty_bus_fails_the_play(faulty: type[World], said: str) -> None:
    """A refusal, a lost delivery, one too many, the auditor's finding."""
    teller = Teller()

    assert not play_all(faulty(), teller, "A")
    assert any(said in line for line in shown(teller.failures))
    assert faulty is not Altered or [line.kind for line in teller.failures] == ["verdict"]
