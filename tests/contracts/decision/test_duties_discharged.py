"""What discharges, declines and reopens a duty, and what does not (rules §12)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from contracts.keys.directory import EncryptionKey
from contracts.vocabulary.schema import desk_urn
from tests.contracts.decision.asking import DIRECTORIES, SUB
from tests.contracts.decision.playing import DAY, MONDAY, Played, name, paris, prepared

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


@pytest.mark.parametrize(
    ("scopes", "claims"),
    [({}, {}), ({}, {"phase": "end"}), ({"scopes": ("FACTS",)}, {})],
    ids=["empty", "empty and an end", "a scope that no clause releases"],
)
def test_a_reply_of_which_nothing_passes_discharges_nothing(
    scopes: dict[str, Any], claims: dict[str, Any]
) -> None:
    """A final reply without content leaves the legal duty open."""
    played = Played()
    alert = played.act(MONDAY, "R01")
    to = [{"role": "EDU-S", "purpose": "close_loop", "re": (played.ref(alert),), **scopes}]

    played.say(MONDAY + 60, "CRIP", "FEEDBACK", to, final=True, **claims)

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

    key = EncryptionKey("ase-2-p30", twin.desk, "P30", bytes(32), 0, 2**40, 2**40)
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
