"""The duties of the shipped convention (rules §12), row by row, on real dates by hand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contracts.decision.playing import DAY, MONDAY, opened, paris

WORKING_DAY = "2026-09-08 23:59:59"
ROWS = [
    # (clauses, published and decided at, further claims, what is owed)
    ("R01", {}, {"CRIP>EDU-S ACK:received": WORKING_DAY,
    "CRIP>EDU-S R39:final": "2026-12-07 23:59:59"}),
    ("R02", {}, {"CRIP>EDU-H ACK:received": WORKING_DAY,
    "CRIP>EDU-H R39:final": "2026-12-07 23:59:59"}),
    ("R03", {}, {"CRIP>PMI ACK:received": WORKING_DAY,
    "CRIP>PMI R39:final": "2026-12-07 23:59:59"}),
    ("R04", {}, {"CRIP>PSP ACK:received": WORKING_DAY,
    "CRIP>PSP R39:final": "2026-12-07 23:59:59"}),
    ("R05", {}, {"CRIP>ASSO ACK:received": WORKING_DAY,
    "CRIP>ASSO R39:final": "2026-12-07 23:59:59"}),
    ("R06", {}, {"ASE>HOME ACK:received": "2026-09-07 23:59:59"}),
    ("R07", {}, {"CRIP>POL ACK:received": WORKING_DAY,
    "CRIP>POL R39:final": "2026-12-07 23:59:59"}),
    ("R08", {}, {"PARQ-CIV>EDU-H ACK:received": "2026-09-07 12:00:00",
    "EDU-H>CRIP R11": WORKING_DAY, "PARQ-CIV>EDU-H R41": "2026-09-28 23:59:59"}),
    ("R08 R11.1", {}, {"PARQ-CIV>EDU-H ACK:received": "2026-09-07 12:00:00",
    "PARQ-CIV>EDU-H R41": "2026-09-28 23:59:59", "CRIP>EDU-H ACK:received": WORKING_DAY}),
    ("R09", {}, {"PARQ-CIV>EDU-S ACK:received": "2026-09-07 12:00:00",
    "EDU-S>CRIP R11": WORKING_DAY, "PARQ-CIV>EDU-S R41": "2026-09-28 23:59:59"}),
    ("R10", {}, {"PARQ-CIV>ASSO ACK:received": "2026-09-07 12:00:00",
    "ASSO>CRIP R11": WORKING_DAY}),
    ("R11", {}, {"CRIP>EDU-S ACK:received": WORKING_DAY}),
    ("R12", {}, {"PARQ-CIV>CRIP ACK:received": "2026-09-07 14:00:00",
    "PARQ-CIV>CRIP R40": "2026-09-28 23:59:59"}),
    ("R12", {"declared": {"parents_told": "written"}},
    {"PARQ-CIV>CRIP ACK:received": "2026-09-09 23:59:59",
    "PARQ-CIV>CRIP R40": "2026-09-28 23:59:59"}),
    ("R13", {}, {"ASE>CRIP R18": "2026-11-08 23:59:59"}),  # the case's alert is of 8 August
    ("R14", {}, {"EDU-S>CRIP R16": "2026-09-21 23:59:59"}),
    ("R15", {}, {"PMI>CRIP R17": "2026-09-21 23:59:59"}),
    ("R16", {}, {"CRIP>EDU-S ACK:received": WORKING_DAY}),
    ("R17", {}, {"CRIP>PMI ACK:received": WORKING_DAY}),
    ("R18", {}, {"CRIP>ASE ACK:decided": "2026-09-14 23:59:59"}),
    ("R19", {}, {"ASSO>CRIP ACK:accepted|declined": "2026-09-09 23:59:59"}),
    ("R20", {}, {"CRIP>ASSO ACK:received": WORKING_DAY}),
    ("R21", {}, {"POL>PARQ-CRIM ACK:received": "2026-09-08 10:00:00"}),
    ("R22", {"due": "2026-10-15"}, {"CRIP>PARQ-CIV ACK:received": WORKING_DAY,
    "CRIP>PARQ-CIV R12|R39": "2026-10-15 23:59:59"}),
    ("R24", {}, {"JE>PARQ-CRIM ACK:received": "2026-09-08 10:00:00"}),
    ("R25", {"decided_on": "2026-09-06"}, {"HOME>PARQ-CIV ACK:received": "2026-09-07 11:00:00",
    "PARQ-CIV>JE R23": "2026-09-14 23:59:59"}),
    ("R25 R25.ase", {"decided_on": "2026-09-06"},
    {"HOME>PARQ-CIV ACK:received": "2026-09-07 11:00:00",
    "ASE>PARQ-CIV ACK:received": "2026-09-07 11:00:00", "PARQ-CIV>JE R23": "2026-09-14 23:59:59"}),
    ("R26", {"ends_on": "2027-03-07"}, {"MO>JE ACK:started": "2026-09-21 23:59:59",
    "MO>JE R28": "2027-02-20 23:59:59"}),
    ("R26.home R26.ase", {"ends_on": "2027-03-07"}, {"HOME>JE ACK:received": WORKING_DAY,
    "ASE>JE ACK:received": WORKING_DAY}),
    ("R27", {"ends_on": "2027-03-07"}, {"PJJ>JE ACK:started": "2026-09-21 23:59:59",
    "PJJ>JE R28": "2027-02-20 23:59:59"}),
    ("R28", {}, {}),
    ("R29", {}, {"MO>ASE ACK:started": "2026-09-21 23:59:59"}),
    ("R30", {}, {"ASSO>ASE ACK:accepted|declined": "2026-09-09 23:59:59"}),
    ("R31", {}, {}),
    ("R32", {}, {"EDU-H>ASE ACK:received": "2026-09-09 23:59:59"}),
    ("R33", {}, {"POL>HOME ACK:received": "2026-09-07 10:15:00"}),
    ("R34 R34.parq", {}, {"ASE>HOME ACK:received": "2026-09-07 11:00:00",
    "PARQ-CIV>HOME ACK:received": "2026-09-07 11:00:00"}),
    ("R35", {}, {"HOME>POL ACK:received": "2026-09-07 11:00:00"}),
    ("R36", {}, {"EDU-H>ASE ACK:received": WORKING_DAY}),
    ("R37", {}, {"ASSO>POL R38": "2026-09-07 12:00:00"}),
    ("R38", {}, {}),
    ("R40", {}, {}),
    ("R42", {}, {"EDU-S>ASE ACK:accepted": "2026-09-14 23:59:59"}),
    ("R43", {}, {"EDU-S>ASE ACK:received": "2026-09-09 23:59:59"}),
]  # fmt: skip


@pytest.mark.parametrize(("clauses", "claims", "owed"), ROWS)
def test_each_clause_makes_owe_what_the_table_says(
    clauses: str, claims: dict[str, Any], owed: dict[str, str]
) -> None:
    """Published on Monday 7 September 2026 at 10:00 in Paris."""
    assert opened(clauses, MONDAY, **claims) == owed


@pytest.mark.parametrize(
    ("at", "due"),
    [
        ("2026-10-25 01:30", "2026-10-25 02:30:00"),  # an hour before the clocks go back
        ("2027-03-28 01:30", "2027-03-28 04:30:00"),  # two hours over the hour that is skipped
    ],
)
def test_hours_are_real_hours_over_a_clock_change(at: str, due: str) -> None:
    """Two hours are 7,200 seconds, whatever the clocks on the wall say."""
    found = opened("R08", paris(at))["PARQ-CIV>EDU-H ACK:received"]

    assert found == due


def test_three_months_run_from_transmission_and_an_acknowledgement_from_delivery() -> None:
    """An IP issued on Friday and routed on Monday."""
    found = opened("R01", MONDAY, iat=paris("2026-09-04 17:00"), exp=MONDAY + DAY)

    assert found["CRIP>EDU-S R39:final"] == "2026-12-04 23:59:59"
    assert found["CRIP>EDU-S ACK:received"] == WORKING_DAY


def test_a_deadline_already_past_falls_due_at_once_and_not_before() -> None:
    """A placement of 60 days ago, a measure that ends within a week, a reply due yesterday."""
    assert (
        opened("R25", MONDAY, decided_on="2026-07-09")["PARQ-CIV>JE R23"] == "2026-09-07 10:00:00"
    )
    assert opened("R26", MONDAY, ends_on="2026-09-14")["MO>JE R28"] == "2026-09-07 10:00:00"
    assert opened("R22", MONDAY, due="2026-09-06")["CRIP>PARQ-CIV R12|R39"] == "2026-09-07 10:00:00"


def test_a_date_that_the_cover_lacks_opens_nothing() -> None:
    """No `ends_on`, no report; no `due`, no reply."""
    assert "MO>JE R28" not in opened("R26", MONDAY)
    assert "CRIP>PARQ-CIV R12|R39" not in opened("R22", MONDAY)
