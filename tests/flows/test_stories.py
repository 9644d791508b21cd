"""The six stories, played in memory: what every observed outcome, the log and the bytes say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import pytest

from services.play.demo.bus import SeenArrival, ServiceAnswer
from services.play.demo.screen import ScreenLine, Teller
from services.play.demo.stories import STORIES, play_all
from services.play.demo.story import Story
from tests.flows.acts import alert
from tests.searching import DEPTH, leaks
from tests.world import World


@lru_cache(maxsize=1)
def played() -> tuple[World, Teller, bool]:
    """All six stories, played once for all tests that only look."""
    world, teller = World(), Teller()
    return world, teller, play_all(world, teller)


def shown(lines: Sequence[ScreenLine]) -> list[str]:
    """Lines in English, for a failing test's message."""
    return [line.text.say("en") for line in lines]


def test_all_stories_end_as_expected() -> None:
    """Every observed outcome of every step is the expected one, and the auditor agrees."""
    world, teller, fine = played()

    assert shown(teller.failures) == []
    assert fine
    assert teller.checks > 1000
    assert world.alarms == []


@pytest.mark.parametrize("letter", STORIES)
def test_each_story_stands_alone(letter: str) -> None:
    """No story leans on another: each plays in a fresh federation."""
    world, teller = World(seed=letter), Teller()

    assert play_all(world, teller, letter), shown(teller.failures)


def test_a_story_may_be_told_twice() -> None:
    """A second telling in the same federation finds the first one's cases and no open duty."""
    world, teller = World(), Teller()

    assert play_all(world, teller, "AA"), shown(teller.failures)


def test_no_marker_stands_outside_a_sealed_part() -> None:
    """Not in a value, key or header of any topic, neither plain nor encoded."""
    world, _, _ = played()
    records = {
        f"{topic}/{number}/{at}": b"\n".join(
            (one.value or b"", one.key or b"", str(one.headers).encode())
        )
        for (topic, number), rows in world.topics.items()
        for at, one in enumerate(rows)
    }

    assert leaks(records, [world.marker], DEPTH) == {}


# --- the expectations themselves can fail ---------------------------------------------------------


RIGHT = {"crip": "R01 FACTS IDENTITY"}
OPENS = ["crip ACK:received 1wd", "crip R39:final 3mo"]


def trial(*further: dict[str, Any], gets: Any = RIGHT, opens: Sequence[str] = OPENS) -> list[str]:
    """What is not as expected where a school alerts with one fact, and then others act."""
    world, teller = World(), Teller()
    act = {
        "act": {"by": "edu-s", "as": "alert"},
        "record": alert(world),
        "gets": gets,
        "opens": ", ".join(opens),
    }
    script = {"title": "a trial", "begins": "Monday 09:00", "steps": [act, *further]}
    script["still"] = "crip>edu-s R39:final"
    Story(world, teller, "T", script).play()
    return shown(teller.failures)


ACKNOWLEDGED = {"ack": {"at": "0 10:00", "by": "crip", "of": "alert"}}


def test_a_right_expectation_passes() -> None:
    """The trial that the next tests spoil one by one."""
    assert trial(ACKNOWLEDGED) == []


@pytest.mark.parametrize(
    ("gets", "opens"),
    [
        ({"crip": "R01 IDENTITY"}, OPENS),
        ({"crip": "R01 FACTS HEALTH IDENTITY"}, OPENS),
        ({"crip": "R02 FACTS IDENTITY"}, OPENS),
        ({"crip": "refused no_clause"}, OPENS),
        ({}, OPENS),
        (RIGHT | {"pol": "R01 FACTS"}, OPENS),
        (RIGHT, OPENS[:1]),
        (RIGHT, ["crip ACK:received 2wd", OPENS[1]]),
        (RIGHT, [OPENS[0], "crip R39:final 2mo"]),
        (RIGHT, [*OPENS, "ase ACK:received 1wd"]),
    ],
)
def test_a_wrong_expectation_of_an_event_fails(gets: Any, opens: Sequence[str]) -> None:
    """Scopes, clause, addressees, duties and their due instants are all held."""
    assert trial(ACKNOWLEDGED, gets=gets, opens=opens)


def test_a_wrong_expectation_of_time_fails() -> None:
    """Unexpected silence and an expected overdue that is none are both seen."""
    overdue = {"at": "1 09:00", "overdue": "crip>edu-s ACK:received", "says": "a day"}

    assert len(trial(overdue, ACKNOWLEDGED)) == 1
    assert len(trial({"at": "2 09:00", "says": "two days"}, ACKNOWLEDGED)) == 1


def test_a_record_that_its_service_refuses_stops_the_play() -> None:
    """A story that cannot go on is told and fails."""

    class Refusing(World):
        def post(
            self, desk: str, record: Mapping[str, Any], key: str | None = None
        ) -> ServiceAnswer:
            return super().post(desk, {**record, "unknown": 1}, key)

    teller = Teller()

    assert not play_all(Refusing(), teller, "A")
    assert "field_unknown" in teller.failures[0].text.say("en")


def test_a_bus_that_loses_a_delivery_fails() -> None:
    """What the router says it delivered must have been opened by the desk."""

    class Losing(World):
        def inbox(self, desk: str) -> Sequence[SeenArrival]:
            return [one for one in super().inbox(desk) if one.etype != "IP"]

    teller = Teller()

    assert not play_all(Losing(), teller, "A")
    assert any("opened" in line.text.say("en") for line in teller.failures)


def test_a_bus_that_lets_the_police_read_fails() -> None:
    """A delivery where none may come is seen."""

    class Leaking(World):
        def inbox(self, desk: str) -> Sequence[SeenArrival]:
            extra = {"realm": "civil", "event": "x", "from": "edu-h-1", "type": "IP", "clauses": {}}
            return [*super().inbox(desk), *([SeenArrival(desk, extra)] if desk == "pol" else [])]

    assert not play_all(Leaking(), Teller(), "A")


def test_an_altered_log_fails_the_verdict() -> None:
    """The auditor's finding makes the play fail although every step was as expected."""

    class Altered(World):
        def audit(self) -> dict[str, Any]:
            for (topic, _), records in self.topics.items():
                if topic.endswith(".decisions") and len(records) > 3:
                    del records[2]
            return super().audit()

    teller = Teller()

    assert not play_all(Altered(), teller, "A")
    assert [line.kind for line in teller.failures] == ["verdict"]
