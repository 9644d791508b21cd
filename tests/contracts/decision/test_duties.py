"""Duties and assignments of the shipped convention (rules §11, §12), on real dates by hand."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.vocabulary.schema import desk_urn
from tests.contracts.decision.asking import desk_of, jti
from tests.contracts.decision.playing import DAY, MONDAY, name, paris, prepared, wall

DATE = {"decided_on": "2026-09-06"}
ENDS = {"ends_on": "2027-03-07"}
WORKING_DAY = "2026-09-08 23:59:59"
AT_ONCE = "2026-09-07 10:00:00"
# clauses, further claims, what is owed, who takes part: a row a kind of date, debtor and assignment
ROWS: list[tuple[str, dict[str, Any], dict[str, str], str]] = [
    ("R01", {}, {"CRIP>EDU-S ACK:received": WORKING_DAY,
                 "CRIP>EDU-S R39:final": "2026-12-07 23:59:59"}, "EDU-S CRIP"),
    ("R06", {}, {"ASE>HOME ACK:received": "2026-09-07 23:59:59"}, ""),
    ("R08", {}, {"PARQ-CIV>EDU-H ACK:received": "2026-09-07 12:00:00",
                 "EDU-H>CRIP R11": WORKING_DAY, "PARQ-CIV>EDU-H R41": "2026-09-28 23:59:59"},
     "EDU-H PARQ-CIV"),
    ("R08 R11.1", {}, {"PARQ-CIV>EDU-H ACK:received": "2026-09-07 12:00:00",
                       "PARQ-CIV>EDU-H R41": "2026-09-28 23:59:59",
                       "CRIP>EDU-H ACK:received": WORKING_DAY}, "EDU-H PARQ-CIV CRIP"),
    ("R11.2", {}, {"CRIP>EDU-S ACK:received": WORKING_DAY}, "EDU-S CRIP"),
    ("R12", {}, {"PARQ-CIV>CRIP ACK:received": "2026-09-07 14:00:00",
                 "PARQ-CIV>CRIP R40": "2026-09-28 23:59:59"}, "CRIP PARQ-CIV"),
    ("R12", {"declared": {"parents_told": "written"}},  # nothing urgent
     {"PARQ-CIV>CRIP ACK:received": "2026-09-09 23:59:59",
      "PARQ-CIV>CRIP R40": "2026-09-28 23:59:59"}, "CRIP PARQ-CIV"),
    # the case's alert is of 8 August
    ("R13", {}, {"ASE>CRIP R18": "2026-11-08 23:59:59"}, "CRIP ASE"),
    ("R14", {}, {"EDU-S>CRIP R16": "2026-09-21 23:59:59"}, "CRIP"),
    ("R19", {}, {"ASSO>CRIP ACK:accepted|declined": "2026-09-09 23:59:59"}, "CRIP ASSO"),
    ("R21", {}, {"POL>PARQ-CRIM ACK:received": "2026-09-08 10:00:00"}, ""),
    ("R22", {"due": "2026-10-15"}, {"CRIP>PARQ-CIV ACK:received": WORKING_DAY,
                                    "CRIP>PARQ-CIV R12|R39": "2026-10-15 23:59:59"},
     "CRIP PARQ-CIV"),
    ("R25:HOME R25:ASE", DATE, {"HOME>PARQ-CIV ACK:received": "2026-09-07 11:00:00",
                           "ASE>PARQ-CIV ACK:received": "2026-09-07 11:00:00",
                           "PARQ-CIV>JE R23": "2026-09-14 23:59:59"}, "PARQ-CIV HOME ASE"),
    ("R26:MO", ENDS, {"MO>JE ACK:started": "2026-09-21 23:59:59",
                      "MO>JE R28": "2027-02-20 23:59:59"}, "JE MO"),
    ("R26:HOME R26:ASE", ENDS, {"HOME>JE ACK:received": WORKING_DAY,
                                "ASE>JE ACK:received": WORKING_DAY}, "JE HOME ASE"),
    ("R28", {}, {}, ""),
    ("R33", {}, {"POL>HOME ACK:received": "2026-09-07 10:15:00"}, ""),
    # over a change of clocks two hours are 7,200 seconds; a reply runs from transmission
    ("R08", {"at": "2026-10-25 01:30"}, {"PARQ-CIV>EDU-H ACK:received": "2026-10-25 02:30:00"}, ""),
    ("R08", {"at": "2027-03-28 01:30"}, {"PARQ-CIV>EDU-H ACK:received": "2027-03-28 04:30:00"}, ""),
    ("R01", {"iat": paris("2026-09-04T17:00"), "exp": MONDAY + DAY},
     {"CRIP>EDU-S R39:final": "2026-12-04 23:59:59", "CRIP>EDU-S ACK:received": WORKING_DAY}, ""),
    # a date that is past already falls due at once and not before
    ("R25:HOME", {"decided_on": "2026-07-09"}, {"PARQ-CIV>JE R23": AT_ONCE}, ""),
    ("R26:MO", {"ends_on": "2026-09-14"}, {"MO>JE R28": AT_ONCE}, ""),
    ("R22", {"due": "2026-09-06"}, {"CRIP>PARQ-CIV R12|R39": AT_ONCE}, ""),
    # a date that the cover lacks opens nothing: no report, no reply
    ("R26:MO", {}, {"MO>JE ACK:started": "2026-09-21 23:59:59"}, "JE MO"),
    ("R22", {}, {"CRIP>PARQ-CIV ACK:received": WORKING_DAY}, "CRIP PARQ-CIV"),
    # `phase: end` without the event that it ends is no way round a duty of one's own
    ("R01", {"phase": "end"}, {"CRIP>EDU-S ACK:received": WORKING_DAY,
                               "CRIP>EDU-S R39:final": "2026-12-07 23:59:59"}, "EDU-S CRIP"),
    ("R25:HOME", DATE | {"phase": "end"}, {"HOME>PARQ-CIV ACK:received": "2026-09-07 11:00:00",
                                      "PARQ-CIV>JE R23": "2026-09-14 23:59:59"}, "PARQ-CIV HOME"),
]  # fmt: skip


@pytest.mark.parametrize(("clauses", "claims", "owed", "assigned"), ROWS)
def test_a_release_makes_owe_and_take_part_what_the_table_says(
    clauses: str, claims: dict[str, Any], owed: dict[str, str], assigned: str
) -> None:
    """Published on Monday 7 September 2026 at 10:00 in Paris; where nobody is named, in part."""
    given = dict(claims)
    at = paris(given.pop("at")) if "at" in given else MONDAY
    played = prepared(clauses, at)
    before = set(played.case.duties)

    number = played.act(at, *clauses.split(), re=(5,) if clauses == "R11.2" else (), **given)

    assert not played.refused, played.reasons
    added = [duty for key, duty in played.case.duties.items() if key not in before]
    found = {name(duty): wall(duty.due) for duty in added}
    assert owed.items() <= found.items()
    if assigned or clauses in ("R06", "R21", "R28", "R33"):
        held = {urn for urn, by in played.case.assigned if by == jti(number)}
        assert held == {desk_urn(played.realm, desk_of(role)) for role in assigned.split()}
        assert found == owed
