"""The table Duties of `rules.md`, row by row, on real dates worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from contracts.directory import EncryptionKey
from contracts.encoding import b64u
from contracts.envelope.model import desk_urn
from tests.contracts.asking import DIRECTORIES, EVERYTHING, SUB
from tests.contracts.playing import Played, name, paris, wall

MONDAY = paris("2026-09-07 10:00")
PEER, OTHER = b64u(bytes([1]) * 32), b64u(bytes([2]) * 32)
DAY = 86_400


def opened(clauses: str, at: int, **claims: Any) -> dict[str, str]:
    """What an event under these clauses makes somebody owe, in a case that favours it."""
    played = prepared(clauses, at)
    before = set(played.case.duties)
    played.act(at, *clauses.split(), re=(5,) if clauses == "R11" else (), **claims)
    assert not played.refused, (clauses, played.reasons)
    return {
        name(duty): wall(duty.due) for key, duty in played.case.duties.items() if key not in before
    }


def prepared(clauses: str, at: int) -> Played:
    """A case in which whoever has to be assigned is."""
    first = clauses.split()[0]
    played = Played("criminal" if first in ("R21", "R41.2") else "civil")
    if first in ("R21", "R41.2"):
        return played
    early = at - 30 * DAY
    played.act(early, "R01", iat=early)  # EDU-S, CRIP
    played.act(early, "R25", "R25.ase", iat=early)  # HOME, ASE, PARQ-CIV
    played.act(early, "R15", iat=early)  # PMI
    played.act(early, "R19", iat=early)  # ASSO
    played.act(early, "R09", iat=early)  # 5: what R11 copies
    played.act(early, "R26", iat=early)  # MO, JE
    return played


WORKING_DAY = "2026-09-08 23:59:59"
ROWS = [
    # (clauses, published and decided at, further claims, what is owed)
    ("R01", {}, {"CRIP>EDU-S ACK:received": WORKING_DAY, "CRIP>EDU-S R39:final": "2026-12-07 23:59:59"}),
    ("R02", {}, {"CRIP>EDU-H ACK:received": WORKING_DAY, "CRIP>EDU-H R39:final": "2026-12-07 23:59:59"}),
    ("R03", {}, {"CRIP>PMI ACK:received": WORKING_DAY, "CRIP>PMI R39:final": "2026-12-07 23:59:59"}),
    ("R04", {}, {"CRIP>PSP ACK:received": WORKING_DAY, "CRIP>PSP R39:final": "2026-12-07 23:59:59"}),
    ("R05", {}, {"CRIP>ASSO ACK:received": WORKING_DAY, "CRIP>ASSO R39:final": "2026-12-07 23:59:59"}),
    ("R06", {}, {"ASE>HOME ACK:received": "2026-09-07 23:59:59"}),
    ("R07", {}, {"CRIP>POL ACK:received": WORKING_DAY, "CRIP>POL R39:final": "2026-12-07 23:59:59"}),
    ("R08", {}, {"PARQ-CIV>EDU-H ACK:received": "2026-09-07 12:00:00", "EDU-H>CRIP R11": WORKING_DAY, "PARQ-CIV>EDU-H R41": "2026-09-28 23:59:59"}),
    ("R08 R11.1", {}, {"PARQ-CIV>EDU-H ACK:received": "2026-09-07 12:00:00", "PARQ-CIV>EDU-H R41": "2026-09-28 23:59:59", "CRIP>EDU-H ACK:received": WORKING_DAY}),
    ("R09", {}, {"PARQ-CIV>EDU-S ACK:received": "2026-09-07 12:00:00", "EDU-S>CRIP R11": WORKING_DAY, "PARQ-CIV>EDU-S R41": "2026-09-28 23:59:59"}),
    ("R10", {}, {"PARQ-CIV>ASSO ACK:received": "2026-09-07 12:00:00", "ASSO>CRIP R11": WORKING_DAY}),
    ("R11", {}, {"CRIP>EDU-S ACK:received": WORKING_DAY}),
    ("R12", {}, {"PARQ-CIV>CRIP ACK:received": "2026-09-07 14:00:00", "PARQ-CIV>CRIP R40": "2026-09-28 23:59:59"}),
    ("R12", {"declared": {"parents_told": "written"}}, {"PARQ-CIV>CRIP ACK:received": "2026-09-09 23:59:59", "PARQ-CIV>CRIP R40": "2026-09-28 23:59:59"}),
    ("R13", {}, {"ASE>CRIP R18": "2026-11-08 23:59:59"}),  # the case's alert is of 8 August
    ("R14", {}, {"EDU-S>CRIP R16": "2026-09-21 23:59:59"}),
    ("R15", {}, {"PMI>CRIP R17": "2026-09-21 23:59:59"}),
    ("R16", {}, {"CRIP>EDU-S ACK:received": WORKING_DAY}),
    ("R17", {}, {"CRIP>PMI ACK:received": WORKING_DAY}),
    ("R18", {}, {"CRIP>ASE ACK:decided": "2026-09-14 23:59:59"}),
    ("R19", {}, {"ASSO>CRIP ACK:accepted|declined": "2026-09-09 23:59:59"}),
    ("R20", {}, {"CRIP>ASSO ACK:received": WORKING_DAY}),
    ("R21", {}, {"POL>PARQ-CRIM ACK:received": "2026-09-08 10:00:00"}),
    ("R22", {"due": "2026-10-15"}, {"CRIP>PARQ-CIV ACK:received": WORKING_DAY, "CRIP>PARQ-CIV R12|R39": "2026-10-15 23:59:59"}),
    ("R24", {}, {"JE>PARQ-CRIM ACK:received": "2026-09-08 10:00:00"}),
    ("R25", {"decided_on": "2026-09-06"}, {"HOME>PARQ-CIV ACK:received": "2026-09-07 11:00:00", "PARQ-CIV>JE R23": "2026-09-14 23:59:59"}),
    ("R25 R25.ase", {"decided_on": "2026-09-06"}, {"HOME>PARQ-CIV ACK:received": "2026-09-07 11:00:00", "ASE>PARQ-CIV ACK:received": "2026-09-07 11:00:00", "PARQ-CIV>JE R23": "2026-09-14 23:59:59"}),
    ("R26", {"ends_on": "2027-03-07"}, {"MO>JE ACK:started": "2026-09-21 23:59:59", "MO>JE R28": "2027-02-20 23:59:59"}),
    ("R26.home R26.ase", {"ends_on": "2027-03-07"}, {"HOME>JE ACK:received": WORKING_DAY, "ASE>JE ACK:received": WORKING_DAY}),
    ("R27", {"ends_on": "2027-03-07"}, {"PJJ>JE ACK:started": "2026-09-21 23:59:59", "PJJ>JE R28": "2027-02-20 23:59:59"}),
    ("R28", {}, {}),
    ("R29", {}, {"MO>ASE ACK:started": "2026-09-21 23:59:59"}),
    ("R30", {}, {"ASSO>ASE ACK:accepted|declined": "2026-09-09 23:59:59"}),
    ("R31", {}, {}),
    ("R32", {}, {"EDU-H>ASE ACK:received": "2026-09-09 23:59:59"}),
    ("R33", {}, {"POL>HOME ACK:received": "2026-09-07 10:15:00"}),
    ("R34 R34.parq", {}, {"ASE>HOME ACK:received": "2026-09-07 11:00:00", "PARQ-CIV>HOME ACK:received": "2026-09-07 11:00:00"}),
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
        ("2026-09-11 10:00", "2026-09-14 23:59:59"),  # Friday: over the week-end
        ("2026-09-12 10:00", "2026-09-14 23:59:59"),  # Saturday counts as the Friday before
        ("2026-10-30 23:59", "2026-11-02 23:59:59"),  # All Saints' is a Sunday
        ("2026-11-10 08:00", "2026-11-12 23:59:59"),  # over the Armistice
        ("2026-12-24 18:00", "2026-12-28 23:59:59"),  # over Christmas and a week-end
        ("2027-03-26 10:00", "2027-03-30 23:59:59"),  # over Easter Monday and the spring change
        ("2026-07-13 22:30", "2026-07-15 23:59:59"),  # over the 14th of July
        ("2026-09-07 00:00", "2026-09-08 23:59:59"),  # the first second of a day
        ("2026-09-07 23:59", "2026-09-08 23:59:59"),  # the last minute of the same day
    ],
)
def test_one_working_day_is_the_end_of_the_next_in_paris(at: str, due: str) -> None:
    """Week-ends and public holidays are passed over, the day itself is not counted."""
    assert opened("R01", paris(at))["CRIP>EDU-S ACK:received"] == due


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


@pytest.mark.parametrize(
    ("at", "due"),
    [
        ("2026-11-30 10:00", "2027-02-28 23:59:59"),  # no 30 February
        ("2026-09-07 23:30", "2026-12-07 23:59:59"),
        ("2026-11-24 00:10", "2027-02-24 23:59:59"),
    ],
)
def test_three_months_run_date_to_date(at: str, due: str) -> None:
    """From transmission, by the calendar, holidays or not (D.226-2-7 CASF)."""
    assert opened("R01", paris(at))["CRIP>EDU-S R39:final"] == due


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


# Discharge


@pytest.mark.parametrize("stage", ["received", "accepted", "declined", "started", "decided"])
def test_a_later_stage_also_meets_received(stage: str) -> None:
    """Who has decided has received."""
    played = Played()
    alert = played.act(MONDAY, "R01")

    played.ack(MONDAY + 60, "CRIP", stage, alert)

    assert list(played.owed()) == ["CRIP>EDU-S R39:final"]


def test_the_exact_stage_is_wanted_where_one_is_stated() -> None:
    """`received` does not say that a measure started, nor that a decision was taken."""
    played = Played()
    measure = played.act(MONDAY, "R29")

    played.ack(MONDAY + 60, "MO", "received", measure)
    assert list(played.owed()) == ["MO>ASE ACK:started"]
    played.ack(MONDAY + 90, "MO", "started", measure)

    assert list(played.owed()) == ["MO>ASE R31"]


def test_only_a_final_reply_to_the_same_desk_and_event_closes_the_loop() -> None:
    """Not final, to nobody's alert, without parts that pass: each leaves the duty open."""
    played = prepared("R39", MONDAY)
    alert = played.act(MONDAY, "R01")
    duty = "CRIP>EDU-S R39:final"
    others = [played.owed()[duty]]

    played.act(MONDAY + 1, "R39", re=(alert,))
    assert others == [played.owed()[duty]]
    played.act(MONDAY + 2, "R39", re=(1,), final=True)  # answers the first alert, not this one
    assert [name(one) for one in played.open() if one.event.endswith(f"{alert:x}")][-1] == duty
    played.act(MONDAY + 3, "R39", re=(alert,), final=True)

    assert duty not in played.owed()
    assert played.changes("duty_closed")[0]["in_time"]


@pytest.mark.parametrize("phase", [None, "end"])
def test_an_empty_reply_discharges_nothing(phase: str | None) -> None:
    """Marked as an end or not, a final reply without content leaves the legal duty open."""
    played = Played()
    alert = played.act(MONDAY, "R01")
    to = [{"role": "EDU-S", "purpose": "close_loop", "re": (played.ref(alert),)}]
    claims = {"phase": phase} if phase else {}

    played.say(MONDAY + 60, "CRIP", "FEEDBACK", to, final=True, **claims)

    assert "CRIP>EDU-S R39:final" in played.owed()


def test_a_reply_of_which_nothing_passes_discharges_nothing() -> None:
    """A scope that no clause releases is not a reply."""
    played = Played()
    alert = played.act(MONDAY, "R01")
    to = [
        {"role": "EDU-S", "purpose": "close_loop", "scopes": ("FACTS",), "re": (played.ref(alert),)}
    ]

    played.say(MONDAY + 60, "CRIP", "FEEDBACK", to, final=True)

    assert "CRIP>EDU-S R39:final" in played.owed()


def test_nobody_discharges_the_duty_of_another() -> None:
    """The parquet's feedback does not answer for the CRIP, nor an ACK of somebody else's."""
    played = Played()
    report = played.act(MONDAY, "R09")
    before = played.owed()

    played.act(MONDAY + 1, "R39", re=(report,), final=True)
    played.ack(MONDAY + 2, "CRIP", "received", report)

    assert played.owed() == before


def test_a_desk_of_another_role_does_not_report_in_anothers_place() -> None:
    """The judge asked MO; PJJ, assigned too, names MO's order."""
    played = Played()
    order = played.act(MONDAY, "R26", ends_on="2027-03-07")
    played.act(MONDAY, "R27")

    played.act(MONDAY + 60, "R28.pjj", re=(order,))

    assert not played.refused
    assert "MO>JE R28" in played.owed()


def test_a_report_to_another_desk_of_the_creditors_role_leaves_the_duty_open() -> None:
    """Two departments: the note goes to the one that did not ask; a desk that is gone takes any."""
    known = DIRECTORIES["civil"]
    twin = replace(known.desks[desk_urn("civil", "ase")], desk=desk_urn("civil", "ase-2"))
    both = replace(known, desks=known.desks | {twin.desk: twin})
    played = Played(directory=both)
    measure = played.act(MONDAY, "R29")
    played.ack(MONDAY, "MO", "started", measure)
    played.view.edit(SUB).assigned.add((twin.desk, "an earlier event"))
    to = {"role": "ASE-2", "purpose": "progress", "scopes": ("RISK",), "re": (played.ref(measure),)}
    due = played.owed()

    key = EncryptionKey("ase-2-p30", "x", twin.desk, "P30", bytes(32), 0, 2**40, 2**40)
    played.directory = replace(both, encryption=both.encryption | {key.kid: key})
    played.say(MONDAY + 60, "MO", "EVALREP", [to])
    assert not played.refused
    assert played.owed() == due

    gone = {urn: one for urn, one in both.desks.items() if urn != desk_urn("civil", "ase")}
    played.directory = replace(played.directory, desks=gone)
    played.say(MONDAY + 90, "MO", "EVALREP", [to])

    assert played.owed() != due


def test_the_copy_in_the_same_event_or_later_discharges_r11() -> None:
    """A copy that names the signalement, by its author."""
    played = Played()
    report = played.act(MONDAY, "R09")
    assert "EDU-S>CRIP R11" in played.owed()

    played.act(MONDAY + 60, "R11", re=(report,))

    assert "EDU-S>CRIP R11" not in played.owed()


@pytest.mark.parametrize("answer", ["R26", "R26.home", "R27"])
def test_the_judges_measure_discharges_towards_the_parquet_by_any_addressee(answer: str) -> None:
    """No clause lets R26 or R27 address the parquet: naming its application is enough."""
    played = Played()
    order = played.act(MONDAY, "R25", decided_on="2026-09-06")
    application = played.act(MONDAY + DAY, "R23", re=(order,))
    assert played.owed()["JE>PARQ-CIV R26|R27"] == "2026-09-23 23:59:59"
    assert "PARQ-CIV>JE R23" not in played.owed()

    played.act(MONDAY + 2 * DAY, answer, re=(application,))

    assert "JE>PARQ-CIV R26|R27" not in played.owed()


def test_several_addressees_close_a_duty_once() -> None:
    """A measure to three desks, each naming the application: one closing record."""
    played = Played()
    order = played.act(MONDAY, "R25", decided_on="2026-09-06")
    application = played.act(MONDAY + DAY, "R23", re=(order,))

    played.act(MONDAY + 2 * DAY, "R26", "R26.home", "R26.ase", re=(application,))

    assert len(played.changes("duty_closed")) == 1


def test_an_application_without_an_open_duty_sets_the_judge_no_clock() -> None:
    """15 days run only after a provisional placement."""
    played = Played()
    played.act(MONDAY, "R23")

    assert played.owed() == {}


def test_an_acknowledgement_may_name_an_event_twice_and_counts_once() -> None:
    """One stage, one closing, one opening, one notice."""
    played = Played()
    measure = played.act(MONDAY, "R29")

    played.ack(MONDAY + 60, "MO", "started", measure, measure)

    assert len(played.changes("stage")) == 1
    assert len(played.changes("duty_closed")) == 1
    assert len(played.changes("duty_opened")) == 1
    assert played.last is not None
    assert len(played.last.acknowledged) == 1


@pytest.mark.parametrize("answer", ["R12", "R39.2"])
def test_an_instruction_is_answered_by_a_report_or_a_reply(answer: str) -> None:
    """R12 or R39, towards the parquet."""
    played = Played()
    order = played.act(MONDAY, "R22", due="2026-10-15")

    played.act(MONDAY + DAY, answer, re=(order,))

    assert "CRIP>PARQ-CIV R12|R39" not in played.owed()


def test_a_late_answer_closes_and_says_so() -> None:
    """By its own date, not by the router's."""
    played = Played()
    order = played.act(MONDAY, "R22", due="2026-10-15")

    played.act(paris("2026-10-16 00:00"), "R39.2", re=(order,))

    assert [one["in_time"] for one in played.changes("duty_closed")] == [False]


# Declined


@pytest.mark.parametrize("clause", ["R19", "R30"])
def test_declined_answers_a_referral_and_nothing_follows(clause: str) -> None:
    """No monthly word is owed by who declined."""
    played = Played()
    referral = played.act(MONDAY, clause)

    played.ack(MONDAY + 60, "ASSO", "declined", referral)

    assert played.owed() == {}


def test_a_declined_invitation_is_no_longer_owed() -> None:
    """`accepted` was asked for."""
    played = prepared("R42", MONDAY)
    meeting = played.act(MONDAY, "R42")

    played.ack(MONDAY + 60, "EDU-S", "declined", meeting)

    assert "EDU-S>ASE ACK:accepted" not in played.owed()


@pytest.mark.parametrize(
    ("clause", "role", "duty"),
    [
        ("R01", "CRIP", "CRIP>EDU-S R39:final"),
        ("R08", "PARQ-CIV", "PARQ-CIV>EDU-H R41"),
        ("R12", "PARQ-CIV", "PARQ-CIV>CRIP R40"),
        ("R13", "ASE", "ASE>CRIP R18"),
        ("R15", "PMI", "PMI>CRIP R17"),
        ("R26", "MO", "MO>JE R28"),
        ("R27", "PJJ", "PJJ>JE ACK:started"),
        ("R29", "MO", "MO>ASE ACK:started"),
    ],
)
def test_nobody_declines_what_no_acceptance_was_asked_for(
    clause: str, role: str, duty: str
) -> None:
    """An alert, a judge's order, an evaluation fixed by law: `declined` ends no duty."""
    played = Played()
    number = played.act(MONDAY, clause, ends_on="2027-03-07")

    played.ack(MONDAY + 60, role, "declined", number)

    assert duty in played.owed()


def test_who_accepted_does_not_end_the_monthly_words_by_declining() -> None:
    """A follow-up ends by its own end."""
    played = Played()
    referral = played.act(MONDAY, "R30")
    played.ack(MONDAY + 60, "ASSO", "accepted", referral)

    played.ack(MONDAY + 90, "ASSO", "declined", referral)

    assert list(played.owed()) == ["ASSO>ASE R31"]


# Unreadable


def test_an_unreadable_reply_reopens_what_it_seemed_to_discharge() -> None:
    """The school cannot open the final reply: the duty is open again, due as before."""
    played = Played()
    alert = played.act(MONDAY, "R01")
    due = played.owed()["CRIP>EDU-S R39:final"]
    reply = played.act(MONDAY + DAY, "R39", re=(alert,), final=True)
    assert "CRIP>EDU-S R39:final" not in played.owed()

    played.ack(MONDAY + 2 * DAY, "EDU-S", "unreadable", reply)

    assert played.owed()["CRIP>EDU-S R39:final"] == due


def test_an_unreadable_order_reopens_only_if_nobody_could_read_it() -> None:
    """One home's broken key does not put the judge in debt again; all addressees' do."""
    played = Played()
    order = played.act(MONDAY, "R25", decided_on="2026-09-06")
    application = played.act(MONDAY + DAY, "R23", re=(order,))
    measure = played.act(MONDAY + 2 * DAY, "R26.home", "R26.ase", re=(application,))

    played.ack(MONDAY + 3 * DAY, "HOME", "unreadable", measure)
    assert "JE>PARQ-CIV R26|R27" not in played.owed()
    played.ack(MONDAY + 3 * DAY, "ASE", "unreadable", measure)

    assert "JE>PARQ-CIV R26|R27" in played.owed()


def test_unreadable_reopens_nothing_that_was_cancelled() -> None:
    """The end of a measure that the ASE cannot open still ends the monthly words."""
    played = Played()
    measure = played.act(MONDAY, "R26", "R26.ase")
    played.ack(MONDAY + 60, "MO", "started", measure)
    end = played.act(MONDAY + DAY, "R26", "R26.ase", phase="end", ends=(played.ref(measure),))
    assert "MO>ASE R31" not in played.owed()

    played.ack(MONDAY + 2 * DAY, "ASE", "unreadable", end)

    assert "MO>ASE R31" not in played.owed()


# Monthly


def test_monthly_words_never_drift_and_follow_the_start() -> None:
    """Started on 31 August: 30 September, 31 October, 30 November, whenever each is sent."""
    start = paris("2026-08-31 09:00")
    played = Played()
    measure = played.act(start, "R29")
    played.ack(start, "MO", "started", measure)
    dues = [played.owed()["MO>ASE R31"]]

    for sent in ("2026-09-10 10:00", "2026-10-31 10:00", "2026-11-30 10:00"):
        played.act(paris(sent), "R31", re=(measure,))
        dues.append(played.owed()["MO>ASE R31"])

    assert dues == [
        "2026-09-30 23:59:59", "2026-10-31 23:59:59", "2026-11-30 23:59:59", "2026-12-31 23:59:59",
    ]  # fmt: skip


def test_the_debtor_does_not_end_its_own_monthly_words() -> None:
    """`phase: end` on a progress note names nothing that it may end: the next is owed."""
    played = Played()
    measure = played.act(MONDAY, "R29")
    played.ack(MONDAY, "MO", "started", measure)

    played.act(MONDAY + DAY, "R31", re=(measure,), phase="end")

    assert list(played.owed()) == ["MO>ASE R31"]


def test_the_end_of_the_measure_ends_them() -> None:
    """And nothing else of the case."""
    played = Played()
    measure = played.act(MONDAY, "R29")
    played.ack(MONDAY, "MO", "started", measure)
    alert = played.act(MONDAY, "R01")

    played.act(MONDAY + DAY, "R29", phase="end", ends=(played.ref(measure),))

    assert [one.event[-1] for one in played.open()] == [f"{alert:x}"] * 2


def test_one_report_answers_one_month() -> None:
    """January's words unreadable in February: both are owed, and one report answers one."""
    played = Played()
    measure = played.act(MONDAY, "R29")
    played.ack(MONDAY, "MO", "started", measure)
    report = played.act(MONDAY + DAY, "R31", re=(measure,))
    played.ack(MONDAY + 2 * DAY, "ASE", "unreadable", report)
    assert [one.occurrence for one in played.open()] == [1, 2]

    played.act(MONDAY + 3 * DAY, "R31", re=(measure,))

    assert [one.occurrence for one in played.open()] == [2]
    assert played.changes("duty_opened") == []


def test_a_start_after_the_end_or_after_a_withdrawal_starts_nothing() -> None:
    """Who acknowledges late owes nothing monthly."""
    ended, withdrawn = Played(), Played()
    measure = ended.act(MONDAY, "R29")
    ended.act(MONDAY + 1, "R29", phase="end", ends=(ended.ref(measure),))
    withdrawn.act(MONDAY, "R29")
    withdrawn.withdraw(MONDAY + 1, measure, "MO")

    for played in (ended, withdrawn):
        played.ack(MONDAY + DAY, "MO", "started", measure)

    assert "MO>ASE R31" not in ended.owed() | withdrawn.owed()


# The case clock


def test_link_moves_the_clock_and_unlink_moves_it_back() -> None:
    """An evaluation opened on Wednesday's token, a Monday's alert found to be of the same child."""
    wednesday = paris("2026-09-09 15:00")
    played = Played()
    played.act(wednesday, "R13", received_on="2026-09-09")
    assert played.owed()["ASE>CRIP R18"] == "2026-12-09 23:59:59"

    played.link(wednesday + 60, PEER, "2026-09-07")
    linked = played.owed()["ASE>CRIP R18"]
    played.link(wednesday + 90, PEER, "2026-09-07", "UNLINK")

    assert linked == "2026-12-07 23:59:59"
    assert played.owed()["ASE>CRIP R18"] == "2026-12-09 23:59:59"


def test_the_earliest_of_several_links_and_alerts_counts() -> None:
    """Links may be many; each goes on its own."""
    played = Played()
    played.act(MONDAY, "R01")
    played.act(MONDAY, "R13")
    due = [played.owed()["ASE>CRIP R18"]]
    for peer, date, etype in [
        (PEER, "2026-09-05", "LINK"), (OTHER, "2026-09-02", "LINK"), (PEER, "2026-09-05", "UNLINK"),
        (OTHER, "2026-09-02", "UNLINK"),
    ]:  # fmt: skip
        played.link(MONDAY, peer, date, etype)
        due.append(played.owed()["ASE>CRIP R18"])

    assert [one[:10] for one in due] == [
        "2026-12-07", "2026-12-05", "2026-12-02", "2026-12-02", "2026-12-07"
    ]  # fmt: skip


def test_a_duty_moved_into_the_past_falls_due_at_once() -> None:
    """The other case began half a year ago, or before the calendar's tables."""
    for date in ("2026-02-01", "2025-06-30", "0001-01-01"):
        played = Played()
        played.act(MONDAY, "R13")

        played.link(MONDAY + 60, PEER, date)

        assert played.owed()["ASE>CRIP R18"] == "2026-09-07 10:01:00", date


def test_a_link_never_makes_lateness_younger() -> None:
    """Long overdue, then linked to an even older case: the due instant stays what it was."""
    played = Played()
    played.act(MONDAY, "R13")
    later = paris("2027-03-01 10:00")

    played.link(later, PEER, "2026-08-01")

    assert played.changes("duty_moved") == []
    assert played.owed()["ASE>CRIP R18"] == "2026-12-07 23:59:59"


def test_an_incident_note_is_no_alert_and_starts_no_clock() -> None:
    """R06 has the type IP and is labelled *note d'incident*."""
    played = Played()
    played.act(MONDAY - 40 * DAY, "R25.ase")

    played.act(MONDAY - 30 * DAY, "R06", iat=MONDAY - 30 * DAY)
    played.act(MONDAY, "R13")

    assert played.case.clock == ""
    assert played.owed()["ASE>CRIP R18"] == "2026-12-07 23:59:59"


def test_an_earlier_alert_that_arrives_later_moves_the_duty() -> None:
    """Issued on Friday, routed after Monday's."""
    played = Played()
    played.act(MONDAY, "R01")
    played.act(MONDAY, "R13")

    played.act(MONDAY + 60, "R02", iat=paris("2026-09-04 17:00"), exp=MONDAY + DAY)

    assert played.owed()["ASE>CRIP R18"] == "2026-12-04 23:59:59"


# Withdrawal


def test_a_withdrawal_cancels_what_the_law_does_not_impose_and_is_confirmed() -> None:
    """The acknowledgement goes, the reply within three months stays, a confirmation is owed."""
    played = Played()
    alert = played.act(MONDAY, "R01")

    taken = played.withdraw(MONDAY + 60, alert, "CRIP")

    assert played.owed() == {
        "CRIP>EDU-S R39:final": "2026-12-07 23:59:59",
        "CRIP>EDU-S ACK:withdrawn": WORKING_DAY,
    }
    assert played.assigned() == {"EDU-S", "CRIP"}
    played.ack(MONDAY + 90, "CRIP", "withdrawn", taken)
    assert "CRIP>EDU-S ACK:withdrawn" not in played.owed()


# Ends


def test_an_end_that_ends_nothing_owes_what_any_event_owes() -> None:
    """`phase: end` without the event that it ends is no way round a duty of one's own."""
    assert opened("R08", MONDAY, phase="end") == opened("R08", MONDAY)
    assert opened("R25", MONDAY, phase="end") == opened("R25", MONDAY)
    assert opened("R01", MONDAY, phase="end") == opened("R01", MONDAY)


def test_a_true_end_is_acknowledged_and_owes_nothing_further() -> None:
    """A placement ends: received within the hour, no application within eight days."""
    played = Played()
    order = played.act(MONDAY, "R25", decided_on="2026-09-07")
    before = set(played.case.duties)

    played.act(MONDAY + DAY, "R25", phase="end", ends=(played.ref(order),), declared=None)

    added = [name(one) for key, one in played.case.duties.items() if key not in before]
    assert added == ["HOME>PARQ-CIV ACK:received"]


@pytest.mark.parametrize("ends", [(), (1,)])
def test_an_end_waives_a_call_only_for_who_holds_what_is_ended(ends: tuple[int, ...]) -> None:
    """No phone call, no signalement: an end of nothing, or of another act, does not stand for it."""
    played = Played()
    played.act(MONDAY, "R01")
    declared = {name: value for name, value in EVERYTHING.items() if name != "call"}
    claims: dict[str, Any] = {"ends": tuple(played.ref(one) for one in ends)} if ends else {}

    for clause in ("R09", "R25", "R33"):
        if clause == "R09" or not ends:
            played.act(MONDAY + 60, clause, declared=declared, phase="end", **claims)
            assert played.reasons == [("no_call",)], clause


def test_the_end_of_an_absence_needs_no_second_call() -> None:
    """The child is back: the police that was asked to search is told."""
    played = Played()
    missing = played.act(MONDAY, "R33")

    played.act(MONDAY + DAY, "R33", phase="end", ends=(played.ref(missing),), declared=None)

    assert not played.refused


def test_the_end_of_another_measure_is_no_agreement_to_this_one() -> None:
    """An order to a school does not stand for parents who agree to help at home."""
    played = Played()
    kept = played.act(MONDAY, "R32")
    declared = {name: value for name, value in EVERYTHING.items() if name != "parents_agree"}

    played.act(MONDAY + 60, "R29", declared=declared, phase="end", ends=(played.ref(kept),))

    assert played.reasons == [("parents_not_agreed",)]
