"""Months of a log as readers of statistics get them: by the record's month, at least ten cases, no name."""

from __future__ import annotations

from functools import cache

import orjson

from contracts.encoding import canonical
from contracts.vocabulary.figures import CELL
from services.committee.friction.fold import CaseFold
from services.committee.friction.report import made
from services.committee.friction.told import read_report
from services.committee.statistics.tables import OBSERVE, STEER, TABLES, counts
from tests.flows.acts import ack, ref
from tests.services.committee.statistics.kit import IP, body, case, happen, move_to, reading, told
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
    move_to(made, "2026-11-16")
    return made


def test_a_case_counts_once_in_its_month_and_is_told_in_fives() -> None:
    """Whatever is sent again in it; a measure is what clause and addressees make of it."""
    assert told(body(world(), "2026-09")) == {
        ("acts", "IP.assess", "EDU-H"): 35,  # 33
        ("acts", "IP.assess", "EDU-S"): 10,  # 12; of PMI's nine nothing
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
    """Nobody acknowledged 54 alerts, which the CRIP owes: by role."""
    steered = told(body(world(), "2026-09", STEER))

    assert steered["overdue", "CRIP", "silent"] == 55
    assert steered["receipts", "CRIP", "silent"] == 55
    assert {place[0] for place in told(body(world(), "2026-09"))} == {"acts", "measures"}


def test_which_cells_there_are_says_nothing_of_what_happened() -> None:
    """All that the convention lets there be, in a full month and in an empty one."""
    for purpose in (OBSERVE, STEER):
        full, empty = (
            [(cell.table, cell.row, cell.column) for cell in body(world(), month, purpose).cells]
            for month in ("2026-09", "2026-11")
        )
        assert full == empty
        assert {place[0] for place in full} == set(TABLES[purpose])


def test_a_figure_is_what_the_report_tells_of_the_month_and_nothing_else() -> None:
    """Made of the report's file by rounding: whoever has it learns nothing from what is published."""
    log = reading(world())
    convd, heads = log.realms["civil"].counted_until("2026-09")
    report = made(log.cases(), ("2026-09",))
    file = orjson.loads(report.bytes())["months"][0]["realms"]["civil"]["tables"]
    told = {(of["name"], *at): count for of in file for *at, count in of["cells"]}

    for purpose in (OBSERVE, STEER):
        body = counts(read_report(report.bytes(), "").months[0], convd, heads, purpose)
        assert body == counts(report.months[0], convd, heads, purpose)
        for cell in body.cells:
            count = told[cell.table, cell.row, cell.column]
            assert cell.count == (5 * round(count / 5) if count and count >= CELL else None)


def test_a_month_that_has_ended_stays_the_same_bytes() -> None:
    """Read a fortnight after its end and after another month, whatever dates are told later."""
    made_up = World(partitions=2, seed="stays")
    happen(made_up, "edu-s", "IP", IP, cases=range(12))
    move_to(made_up, "2026-10-16")
    before = canonical(body(made_up, "2026-09").wire())
    happen(made_up, "edu-s", "IP", IP, cases=range(5, 40), received_on="2026-09-15")
    move_to(made_up, "2026-11-16")

    assert canonical(body(made_up, "2026-09").wire()) == before
    assert told(body(made_up, "2026-10"))["acts", "IP.assess", "EDU-S"] == 35


def test_no_case_event_or_desk_is_in_a_body() -> None:
    """Nor their number where it is small: nothing but codes, figures of ten or more and the log's heads."""
    text = b"".join(
        canonical(body(world(), month, purpose).wire())
        for month in ("2026-09", "2026-10")
        for purpose in (OBSERVE, STEER)
    )
    assert not [number for number in range(100) if case(number).encode() in text]
    assert b"urn:relais" not in text
    assert b'"count":9' not in text
    small = [cell for cell in body(world(), "2026-09").cells if (cell.count or CELL) < CELL]
    assert small == []


def test_what_is_erased_is_not_counted() -> None:
    """A stub stands in place of evidence: what was counted of it before is published, or never will be."""
    fold = CaseFold({})

    fold.take({"at": BEGIN, "kind": "decided", "dird": "d"}, {"erased": {}, "effects": []})

    assert not fold.cases
    assert fold.erased == 1


def test_the_desk_that_sent_most_of_them_does_not_learn_the_rest() -> None:
    """Of twelve alerts eleven are of one school: it would know that the other had one."""
    made_up = World(partitions=1, seed="two schools")
    happen(made_up, "edu-h-1", "IP", IP, cases=range(11))
    happen(made_up, "edu-h-2", "IP", IP, cases=range(11, 12))
    move_to(made_up, "2026-10-16")

    assert ("acts", "IP.assess", "EDU-H") not in told(body(made_up, "2026-09"))
