"""The five stories, played in memory: what every observed outcome, the log and the bytes say."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson
import pytest
from pydantic import BaseModel
from rich.console import Console

from contracts.vocabulary.fields import FREE
from services.play.demo.bus import WEEKS, SeenArrival, ServiceAnswer
from services.play.demo.expected import Denied, Gets
from services.play.demo.scene import Scene
from services.play.demo.screen import Lang, Screen, ScreenLine, Teller, as_json
from services.play.demo.stories import STORIES, play_all
from services.play.demo.stories.marked import TOLD, Marked
from services.texts import Catalogue
from tests.flows.acts import same_state
from tests.samples import kinds
from tests.world import BEGIN, MARKER, World

TITLE = Catalogue("tests")("a trial")


class Posting(World):
    """A world that keeps every record that a desk files."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.filed: list[tuple[str, Mapping[str, Any]]] = []

    def post(self, desk: str, record: Mapping[str, Any], key: str | None = None) -> ServiceAnswer:
        self.filed.append((desk, record))
        return super().post(desk, record, key)


@lru_cache(maxsize=1)
def played() -> tuple[Posting, Teller, bool]:
    """All five stories, played once for all tests that only look."""
    world, teller = Posting(), Teller()
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


def test_the_whole_play_fits_the_keys() -> None:
    """The stories begin on a Monday morning and end within the weeks that keys cover."""
    world, _, _ = played()

    assert BEGIN < world.clock.now() < BEGIN + WEEKS * 7 * 86_400


@pytest.mark.parametrize("letter", STORIES)
def test_each_story_stands_alone(letter: str) -> None:
    """No story leans on another: each plays in a fresh federation."""
    world, teller = World(seed=letter), Teller()

    assert play_all(world, teller, letter), shown(teller.failures)


def test_a_story_may_be_told_twice() -> None:
    """A second telling in the same federation finds the first one's cases and no open duty."""
    world, teller = World(), Teller()

    assert play_all(world, teller, "AA"), shown(teller.failures)


def test_rebuilding_gives_the_living_state_and_replay_is_clean() -> None:
    """All twelve partitions: what a restart would read is what is there."""
    world, _, _ = played()

    same_state(world)


def forms(marker: str) -> Iterator[bytes]:
    """The marker as it is, in hexadecimal, and in base64 at each of its three alignments."""
    data = marker.encode()
    yield data
    yield data.hex().encode()
    yield data.hex().upper().encode()
    for shift in range(3):
        text = base64.urlsafe_b64encode(b"\0" * shift + data)
        yield text[4 if shift else 0 : len(text) - 4]


def leaks(world: World) -> list[str]:
    """The topics in whose values, keys or headers the marker stands, in any form."""
    wanted = list(forms(world.marker))
    found = []
    for (topic, _), records in world.topics.items():
        for record in records:
            texts = [record.value or b"", record.key or b""]
            texts += [name.encode() + b"=" + (value or b"") for name, value in record.headers]
            if any(form in text for form in wanted for text in texts):
                found.append(topic)
    return found


def test_no_marker_stands_outside_a_sealed_part() -> None:
    """Not in a value, key or header of any topic, neither plain nor in base64 or hexadecimal."""
    world, _, _ = played()

    assert leaks(world) == []


@pytest.mark.parametrize("form", range(len(list(forms(MARKER)))))
def test_the_search_for_markers_can_find_one(form: int) -> None:
    """A marker planted in any form is found."""
    world = World()
    record = World().topics["relais.civil.control", 0][0]
    planted = b"xx" + list(forms(MARKER))[form] + b"yy"

    world.topics["relais.civil.outbox.education", 0].append(
        type(record)("relais.civil.outbox.education", 0, 0, b"k", planted, (), 0)
    )

    assert leaks(world) == ["relais.civil.outbox.education"]


def test_the_stories_tell_no_marker() -> None:
    """What a play shows, on screen and as JSON, holds no personal data either."""
    world, teller, _ = played()
    calendar = world.convention.calendar

    told = str([as_json(teller.lines, lang, calendar) for lang in ("fr", "en")])

    assert not any(form.decode() in told for form in forms(MARKER))


def free_texts(read: BaseModel) -> Iterator[tuple[str, str]]:
    """(field, text) of every free-form field that a record fills."""
    for name, field in type(read).model_fields.items():
        content = getattr(read, name)
        free = FREE in field.metadata or "FreeText" in repr(field.annotation)
        if isinstance(content, str) and free:
            yield name, content
        for one in content if isinstance(content, tuple) else (content,):
            if isinstance(one, BaseModel):
                yield from free_texts(one)


def test_every_free_form_field_of_the_stories_is_marked() -> None:
    """A canary that is not there finds no leak: every personal text carries it."""
    world, _, _ = played()
    agencies = ("education", "police", "justice", "child_welfare", "association")
    models = {name: kinds(name) for name in agencies}
    bare, count = [], 0

    for desk, record in world.filed:
        model = models[world.office(desk).agency.name][record["kind"]]
        read = model.model_validate_json(orjson.dumps(record))
        for name, text in free_texts(read):
            count += 1
            if world.marker not in text:
                bare.append((record["kind"], name))

    assert bare == []
    assert count > 300


def test_a_screen_shows_every_story_in_both_languages() -> None:
    """Rendering never fails, whatever the lines; each story has its heading."""
    world, teller, _ = played()
    calendar = world.convention.calendar

    langs: tuple[Lang, ...] = ("fr", "en")
    for lang in langs:
        console = Console(record=True, width=100, file=io.StringIO())
        screen = Screen(console, calendar, lang)
        for line in teller.lines:
            screen(line)
        text = console.export_text()
        assert all(f"{letter} ·" in text for letter in STORIES)


# --- the expectations themselves can fail ---------------------------------------------------------


def scene() -> tuple[World, Teller, Scene]:
    """A story that has just begun."""
    world, teller = World(), Teller()
    found = Scene(world, teller)
    found.begin("T", TITLE, weekday=0, at="09:00")
    return world, teller, found


def alert(world: World) -> dict[str, Any]:
    """A school's alert with one fact."""
    m = Marked(world.marker)
    return {
        "kind": "information_preoccupante",
        "reference": m("T-1"),
        "pupil": {"first_name": m("Lou")},
        "observations": [{"seen": m("un fait")}],
        "told": TOLD,
    }


RIGHT = {"crip": Gets("R01", "FACTS IDENTITY")}
OPENS = {"crip>edu-s ACK:received": "1wd", "crip>edu-s R39:final": "3mo"}


def test_a_right_expectation_passes() -> None:
    """The trial that the next tests spoil one by one."""
    world, teller, trial = scene()

    sent = trial.post("edu-s", alert(world), None, to=RIGHT, opens=OPENS)
    trial.at(0, "10:00")
    trial.ack("crip", sent, closes=("crip>edu-s ACK:received",))
    trial.end(still=("crip>edu-s R39:final",))

    assert shown(teller.failures) == []


@pytest.mark.parametrize(
    ("to", "opens"),
    [
        ({"crip": Gets("R01", "IDENTITY")}, OPENS),
        ({"crip": Gets("R01", "FACTS HEALTH IDENTITY")}, OPENS),
        ({"crip": Gets("R02", "FACTS IDENTITY")}, OPENS),
        ({"crip": Denied("no_clause")}, OPENS),
        ({}, OPENS),
        (RIGHT | {"pol": Gets("R01", "FACTS")}, OPENS),
        (RIGHT, {}),
        (RIGHT, OPENS | {"crip>edu-s ACK:received": "2wd"}),
        (RIGHT, OPENS | {"crip>edu-s R39:final": "2mo"}),
        (RIGHT, OPENS | {"ase>edu-s ACK:received": "1wd"}),
    ],
)
def test_a_wrong_expectation_of_an_event_fails(to: Any, opens: Any) -> None:
    """Scopes, clause, addressees, duties and their due instants are all held."""
    world, teller, trial = scene()

    trial.post("edu-s", alert(world), None, to=to, opens=opens)

    assert teller.failures


def test_a_wrong_expectation_of_time_fails() -> None:
    """Unexpected silence and an expected overdue that is none are both seen."""
    world, teller, trial = scene()
    trial.post("edu-s", alert(world), None, to=RIGHT, opens=OPENS)

    trial.at(1, "09:00", overdue=("crip>edu-s ACK:received",))
    early = len(teller.failures)
    trial.at(2, "09:00")

    assert early == 1
    assert len(teller.failures) == 2


def test_a_duty_left_open_fails_the_end_and_the_next_beginning() -> None:
    """Each story closes what it opened; the next one begins with none."""
    world, teller, trial = scene()
    trial.post("edu-s", alert(world), None, to=RIGHT, opens=OPENS)

    trial.end()
    ended = len(teller.failures)
    Scene(world, teller).begin("U", TITLE, weekday=0, at="09:00")

    assert ended == 1
    assert len(teller.failures) > ended


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
