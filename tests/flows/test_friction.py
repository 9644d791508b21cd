"""The friction report over the stories' log: replayed, counted by case, the same however far the log has grown."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from functools import cache

import pytest

from contracts.conventions import shipped
from contracts.envelope.wire import Inbound
from contracts.errors import UsageError
from contracts.log.orders.order import make_order
from contracts.vocabulary import topics
from services.cli.auditor.friction_log import FrictionLog, read_log
from services.committee.friction.counting import MonthCount, cut_of
from services.committee.friction.months import DAY_S, begins, span
from services.committee.friction.page import page
from services.committee.friction.report import made
from services.play.demo.screen import Teller
from services.play.demo.stories import play_all
from tests.contracts.convention.hospital import third
from tests.contracts.convention.kit import convention
from tests.contracts.convention.parties import adoption
from tests.flows.acts import OTHER, ack
from tests.flows.passing_on import pass_on, place, three_homes
from tests.services.audit.bundle.memory_log import log_of, owners_of
from tests.world import MARKER, OWNER, World

MONTHS = span("2026-09", "2026-12")
REALMS = ("civil", "criminal")


@cache
def world() -> World:
    """The five stories, played once."""
    made_up = World(seed="friction", partitions=2)
    play_all(made_up, Teller())
    return made_up


def read(of: World, last: str = MONTHS[-1]) -> FrictionLog:
    """Its log, as the command reads it."""
    return asyncio.run(read_log(log_of(of), REALMS, owners_of(of), of.clock.now, cut_of(last)))


def counted(log: FrictionLog, month: str, name: str) -> Counter[tuple[str, ...]]:
    """The places of a population in the civil realm, before anything is protected."""
    cases = log.cases()["civil"]
    count = MonthCount(month, cases.fold.spoke, cases.fold.heirs)
    for token, case in cases.fold.cases.items():
        count.take(token, case)
    return Counter(tuple(unit.at.values()) for unit in count.units[name])


def by_desk(log: FrictionLog, month: str, name: str) -> dict[str, int]:
    """Cases of one row, by the desk whose act it is."""
    return {at[1].rpartition(":")[2]: count for at, count in counted(log, month, name).items()}


def test_the_stories_are_counted_by_case_as_they_are_told() -> None:
    """A's attempt and what was published beside it, B's two alerts to the prosecutor, its placement."""
    log = read(world())

    assert log.verdict.clean
    assert counted(log, "2026-09", "refused") == {("no_clause", "none", "CRIP", "not_corrected"): 2}
    schools = {"edu-h-1": 1, "edu-s": 1}
    assert by_desk(log, "2026-11", "acts SIG.protect_now") == schools
    assert by_desk(log, "2026-11", "measures placement_opp.start") == {"parq-civ": 1}
    assert counted(log, "2026-11", "acknowledged") == {("PARQ-CIV",): 2}
    assert counted(log, "2026-11", "law") == {("R23", "PARQ-CIV", "kept"): 1}


def test_what_a_home_left_undone_is_counted_with_the_home_that_follows_it() -> None:
    """It is not silent: the home that ended says nothing more, and the one that owes the receipt answers others."""
    own = three_homes(partitions=1)
    place(own)
    pass_on(own, "home-1", "home-2", days=7)
    ack(own, "home-2", "parq-civ", place(own, "home-2", OTHER))
    own.clock.advance(60 * DAY_S)
    place(own, "home-2", OTHER)

    late = counted(read(own, "2026-09"), "2026-09", "overdue")
    assert (late["HOME", "answering"], late["HOME", "silent"]) == (2, 0)


def test_five_situations_are_too_few_for_any_figure_and_leave_no_trace() -> None:
    """No count above zero, no content, no token, no event id, in page and figures."""
    told = made(read(world()).cases(), MONTHS)
    counts = [
        count
        for month in told.months
        for own in month.realms.values()
        for table in own.tables
        for count in table.cells.values()
    ]
    tokens = {token for cases in read(world()).cases().values() for token in cases.fold.cases}

    assert set(counts) <= {None, 0}
    assert tokens
    for text in (page(told, "fr", convention()), told.bytes().decode()):
        assert MARKER not in text
        assert not [token for token in tokens if token in text]


def test_a_log_that_has_grown_gives_the_same_report() -> None:
    """Up to where it counts nothing is added any more: same position, same bytes."""
    own = World(seed="grows", partitions=1)
    assert play_all(own, Teller(), "A")
    before = made(read(own, "2026-09").cases(), ("2026-09",))

    assert play_all(own, Teller(), "B")

    assert made(read(own, "2026-09").cases(), ("2026-09",)).bytes() == before.bytes()


def test_no_report_is_made_of_a_log_that_was_altered() -> None:
    """The replay that reads it says so."""
    own = World(seed="altered", partitions=1)
    assert play_all(own, Teller(), "A")
    place = topics.decisions("civil"), 0
    rows = own.topics[place]
    rows[3] = replace(rows[3], value=rows[4].value)

    assert not read(own, "2026-09").verdict.clean


def test_a_month_is_not_told_before_the_log_is_a_fortnight_past_it() -> None:
    """Else what comes later would change what was told."""
    log = read(world())

    log.check_over("2026-12")
    with pytest.raises(UsageError) as caught:
        log.check_over("2030-01")
    assert caught.value.code == "month_not_over"


def announced(of: World, start: int) -> None:
    """Order another version of the convention, to come into force later."""
    for realm, registry in of.registries.items():
        content = adoption(third(shipped()))
        value = make_order(
            realm, "adopt_convention", content, last=registry.last, start=start, signers=[OWNER]
        )
        assert not registry.extend([value]), registry.why
        place = topics.control(realm), 0
        row = Inbound(*place, len(of.topics[place]), None, value, (), of.now_ms)
        of.topics[place].append(row)


def test_what_is_announced_is_tried_on_each_case_and_named_in_the_page() -> None:
    """Each case of a month by the gravest change: of a version that adds a partner, none."""
    own = World(seed="announced", partitions=1)
    assert play_all(own, Teller(), "A")
    announced(own, begins("2027-06"))

    log = read(own, "2026-09")
    told = made(log.cases(), ("2026-09",))

    places = counted(log, "2026-09", "announced")
    assert set(places) == {("same",)}
    assert places.total() >= 3
    assert told.announced is not None
    assert told.months[0].announced == told.announced.digest
    assert "announced" in told.table_names("civil")
    assert told.announced.digest in page(told, "fr", convention())
    assert "announced" not in made(read(world()).cases(), ("2026-09",)).table_names("civil")
