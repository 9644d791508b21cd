"""Months of a log as readers of statistics get them: by the record's month, at least ten cases, no name."""

from __future__ import annotations

from functools import cache

import pytest

from contracts.encoding import canonical
from contracts.vocabulary.figures import CELL
from contracts.vocabulary.schema import desk_urn
from services.committee.statistics.tables import OBSERVE, STEER, places
from tests.flows.acts import ack, ref
from tests.services.committee.statistics.kit import IP, body, case, counted, happen, move_to, told
from tests.world import BEGIN, World


@cache
def world() -> World:
    """Two months: alerts, placements, support at home that begins and ends, refusals."""
    made = World(partitions=2, seed="figures")
    happen(made, "edu-s", "IP", IP, cases=range(12))
    happen(made, "edu-s", "IP", IP, cases=range(3))  # again, of the same cases
    happen(made, "pmi", "IP", IP, cases=range(20, 29))  # nine
    happen(made, "edu-h-2", "IP", IP, cases=range(100, 133))
    happen(made, "edu-h-1", "IP", ("pol", "assess", "FACTS"), cases=range(30, 41))  # no clause
    happen(made, "parq-civ", "MEASURE", ("ase", "execute_opp", "MEASURE"), cases=range(40, 50))
    placed = ("ase", "execute", "MEASURE"), ("home-1", "execute", "MEASURE")
    happen(made, "je", "MEASURE", *placed, cases=range(40, 51))
    happen(made, "je", "MEASURE", ("ase", "execute", "MEASURE"), cases=range(60, 70))
    helped = happen(made, "ase", "MEASURE", ("mo", "aed_home", "MEASURE"), cases=range(70, 83))
    move_to(made, "2026-10-01")
    for number, event in enumerate(helped, start=70):
        ack(made, "mo", "ase", event, "started", case=case(number))
    for number, event in enumerate(helped, start=70):
        happen(
            made, "ase", "MEASURE", ("mo", "aed_home", ""), ends=[ref("ase", event)],
            cases=range(number, number + 1),
        )  # fmt: skip
    move_to(made, "2026-11-02")
    return made


def test_a_case_counts_once_in_its_month_and_is_told_in_fives() -> None:
    """Whatever is sent again in it; a measure is what clause and addressees make of it."""
    assert told(body(world(), "2026-09")) == {
        ("acts", "IP.assess", "EDU-H"): 35,  # 33; of those of PMI and EDU-S see below
        ("measures", "placement_opp.start", "PARQ-CIV"): 10,
        ("measures", "placement.start", "JE"): 10,  # 11
        ("measures", "judge_open.start", "JE"): 10,
        ("measures", "aed.start", "ASE"): 15,  # 13
    }


def test_a_measure_began_when_who_carries_it_out_says_so_and_ends_by_its_end() -> None:
    """The month of the acknowledgement; what ends a measure pronounces none."""
    assert told(body(world(), "2026-10")) == {
        ("measures", "aed.began", "MO"): 15,
        ("measures", "aed.end", "ASE"): 15,
    }


def test_refusals_and_what_fell_overdue_are_for_those_who_steer() -> None:
    """Eleven refused; nobody acknowledged 54 alerts, which the CRIP owes: by role."""
    steered = told(body(world(), "2026-09", STEER))

    assert steered["refused", "every", "EDU-H"] == 10
    assert steered["overdue", "every", "CRIP"] == 55
    assert not [
        place for place in told(body(world(), "2026-09")) if place[0] in ("refused", "overdue")
    ]


def test_of_nine_alerts_no_difference_to_a_total_tells() -> None:
    """The next larger cell is not told either: the committee's report may tell the total of all."""
    alerts = {place[2] for place in told(body(world(), "2026-09")) if place[1] == "IP.assess"}

    assert alerts == {"EDU-H"}


def test_which_cells_there_are_says_nothing_of_what_happened() -> None:
    """All that the convention lets there be, in its order, in a full month and in an empty one."""
    for purpose in (OBSERVE, STEER):
        there = [
            (cell.table, cell.row, cell.column) for cell in body(world(), "2026-09", purpose).cells
        ]
        assert there == places(world().convention, purpose)
        later = body(world(), "2026-10", purpose).cells
        assert there == [(cell.table, cell.row, cell.column) for cell in later]


def test_a_month_that_has_ended_stays_the_same_bytes() -> None:
    """Read at its end and after another month, in whatever order the partitions come."""
    made = World(partitions=2, seed="stays")
    happen(made, "edu-s", "IP", IP, cases=range(12))
    move_to(made, "2026-10-01")
    before = canonical(body(made, "2026-09").wire())
    happen(made, "edu-s", "IP", IP, cases=range(5, 40), received_on="2026-09-15")
    move_to(made, "2026-11-01")

    assert canonical(body(made, "2026-09").wire()) == before
    assert told(body(made, "2026-10"))["acts", "IP.assess", "EDU-S"] == 35


def test_no_case_event_or_desk_is_in_a_body() -> None:
    """Nor their number where it is small: nothing but codes, figures of ten or more and the log's heads."""
    text = b"".join(
        canonical(body(world(), month, purpose).wire())
        for month in ("2026-09", "2026-10")
        for purpose in (OBSERVE, STEER)
    )
    events = {event for rows in counted(world()).months.values() for event in rows.roles}

    assert events  # desks were counted
    assert not [desk for desk in events if desk.encode() in text]
    assert not [number for number in range(100) if case(number).encode() in text]
    assert b"urn:relais" not in text
    assert b'"count":9' not in text
    small = [cell for cell in body(world(), "2026-09").cells if (cell.count or CELL) < CELL]
    assert small == []


def test_what_is_erased_is_not_counted() -> None:
    """A stub stands in place of evidence: what was counted of it before is published, or never will be."""
    made = World(partitions=1, seed="erased")
    happen(made, "edu-s", "IP", IP, cases=range(12))
    move_to(made, "2026-10-01")
    count = counted(made)
    gone = counted(made)
    month = count.months["2026-09"]

    gone.take(0, "x" * 43, _record(made), b'{"erased":{},"effects":[]}')

    assert gone.months["2026-09"].rows == month.rows


def _record(made: World) -> bytes:
    from contracts.vocabulary import topics

    return made.topics[topics.decisions("civil"), 0][-1].value or b""


def test_a_log_that_is_no_log_is_told_so() -> None:
    """By its code, without a word of what it held."""
    from contracts.errors import LogError

    with pytest.raises(LogError, match="record_malformed"):
        counted(world()).take(0, "x" * 43, b'["canary-7f3a91"]', b"{}")


def test_desks_of_the_month_are_named_by_role_alone() -> None:
    """A desk is an attacker of the engine, never a label of a cell."""
    roles = set(world().convention.roles)

    assert {cell.column for cell in body(world(), "2026-09", STEER).cells} <= roles
    assert desk_urn("civil", "edu-s") in counted(world()).months["2026-09"].roles
    assert world().clock.now() > BEGIN


def test_the_desk_that_sent_most_of_them_does_not_learn_the_rest() -> None:
    """Of twelve refusals eleven are of one school: it would know that the other had one."""
    made = World(partitions=1, seed="two schools")
    to_police = ("pol", "assess", "FACTS")
    happen(made, "edu-h-1", "IP", to_police, cases=range(11))
    happen(made, "edu-h-2", "IP", to_police, cases=range(11, 12))
    move_to(made, "2026-10-01")

    assert ("refused", "every", "EDU-H") not in told(body(made, "2026-09", STEER))
