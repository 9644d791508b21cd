"""Monthly words, the case clock, withdrawals and ends (rules §12)."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.encoding import b64u
from tests.contracts.decision.asking import EVERYTHING
from tests.contracts.decision.playing import DAY, MONDAY, Played, name, opened, paris

PEER, OTHER = b64u(bytes([1]) * 32), b64u(bytes([2]) * 32)
WORKING_DAY = "2026-09-08 23:59:59"


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
    """No phone call, no signalement: an end of nothing, or of another act, is none."""
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
