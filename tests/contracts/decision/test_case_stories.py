"""What discharges, declines, cancels, moves and ends what is owed; who takes part."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from contracts.decision.desk_ends import NO_ENDS
from contracts.decision.state.effects import evolve
from contracts.decision.state.state import Case, State
from contracts.decision.state.view import View
from contracts.errors import LogError
from contracts.keys.directory import EncryptionKey
from contracts.vocabulary.schema import desk_urn
from tests.contracts.decision.asking import DIRECTORIES, EVERYTHING, SUB, jti
from tests.contracts.decision.playing import (
    MONDAY,
    PEERS,
    Played,
    left,
    play,
    prepared,
    wall,
    way,
    without,
)

RECEIVED, REPLY = "CRIP>EDU-S ACK:received 1", "CRIP>EDU-S R39:final 1"
MONTHLY, APPLICATION = "MO>ASE R31 1 month 1", "JE>PARQ-CIV R26|R27 2"
PLACED = ("R25:HOME decided_on=2026-09-06", "R23 re=1")  # the judge owes the parquet a measure
UNREAD = ("R29", "ack MO started 1", "R31:MO>ASE re=1", "ack ASE unreadable 3")
GENESIS = {"k": "genesis", "n": 1, "partitions": 6, "shards": 1}

LEFT: dict[str, tuple[tuple[str, ...], list[str]]] = {
    "who has accepted has received": (("R01", "ack CRIP accepted 1"), [REPLY]),
    "who has decided has received": (("R01", "ack CRIP decided 1"), [REPLY]),
    "who declines an alert has received it, and owes its reply": (
        ("R01", "ack CRIP declined 1"), [REPLY]),
    "received says not that a measure started": (
        ("R29", "ack MO received 1"), ["MO>ASE ACK:started 1"]),
    "a start begins the monthly words": (("R29", "ack MO started 1"), [MONTHLY]),
    "a reply that is not final leaves the duty": (("R01", "R39 re=1"), [RECEIVED, REPLY]),
    "a final reply answers the alert that it names": (
        ("R01", "R01", "R39 re=2 final=yes"),
        [RECEIVED, REPLY, "CRIP>EDU-S ACK:received 2"]),
    "nobody discharges the duty of another": (
        ("R09", "R39 re=1 final=yes", "ack CRIP received 1"),
        ["PARQ-CIV>EDU-S ACK:received 1", "EDU-S>CRIP R11 1", "PARQ-CIV>EDU-S R41 1"]),
    "a desk of another role does not report in another's place": (
        ("R26:MO ends_on=2027-03-07", "R27", "R28 re=1"),
        ["MO>JE ACK:started 1", "MO>JE R28 1", "PJJ>JE ACK:started 2"]),
    "a copy that names the report is the copy that is owed": (
        ("R09", "R11.2 re=1"),
        ["PARQ-CIV>EDU-S ACK:received 1", "PARQ-CIV>EDU-S R41 1", "CRIP>EDU-S ACK:received 2"]),
    "an application meets its duty and sets the judge a clock": (
        PLACED, ["HOME>PARQ-CIV ACK:received 1", APPLICATION]),
    "an application without an open duty sets the judge no clock": (("R23",), []),
    "a measure that no clause lets reach the parquet answers it by any addressee": (
        (*PLACED, "R27 re=2"), ["HOME>PARQ-CIV ACK:received 1", "PJJ>JE ACK:started 3"]),
    "an instruction is answered by a report": (
        ("R22 due=2026-10-15", "R12 re=1"),
        ["CRIP>PARQ-CIV ACK:received 1", "PARQ-CIV>CRIP ACK:received 2", "PARQ-CIV>CRIP R40 2"]),
    "an instruction is answered by a reply": (
        ("R22 due=2026-10-15", "R39.2 re=1"), ["CRIP>PARQ-CIV ACK:received 1"]),
    "who declines a referral owes no monthly word": (("R30", "ack ASSO declined 1"), []),
    "a declined invitation is no longer owed": (
        ("R01", "R42:EDU-S", "ack EDU-S declined 2"), [RECEIVED, REPLY]),
    "an evaluation fixed by law is not declined": (
        ("R13", "ack ASE declined 1"), ["ASE>CRIP R18 1"]),
    "a judge's order is not declined": (
        ("R26:MO ends_on=2027-03-07", "ack MO declined 1"), ["MO>JE ACK:started 1", "MO>JE R28 1"]),
    "who accepted does not end the monthly words by declining": (
        ("R30", "ack ASSO accepted 1", "ack ASSO declined 1"), ["ASSO>ASE R31 1 month 1"]),
    "an unreadable reply reopens what it seemed to discharge": (
        ("R01", "R39 re=1 final=yes", "ack EDU-S unreadable 2"), [RECEIVED, REPLY]),
    "one home's broken key does not put the judge in debt again": (
        (*PLACED, "R26:HOME+R26:ASE re=2", "ack HOME unreadable 3"),
        ["HOME>PARQ-CIV ACK:received 1", "HOME>JE ACK:received 3", "ASE>JE ACK:received 3"]),
    "an order that nobody could read does": (
        (*PLACED, "R26:HOME+R26:ASE re=2", "ack HOME unreadable 3", "ack ASE unreadable 3"),
        ["HOME>PARQ-CIV ACK:received 1", APPLICATION, "HOME>JE ACK:received 3",
         "ASE>JE ACK:received 3"]),
    "an unreadable end still ends the monthly words": (
        ("R26:MO+R26:ASE", "ack MO started 1", "R26:MO+R26:ASE end=1", "ack ASE unreadable 3"),
        ["ASE>JE ACK:received 1", "ASE>JE ACK:received 3"]),
    "the debtor does not end its own monthly words": (
        ("R29", "ack MO started 1", "R31:MO>ASE re=1 end="), ["MO>ASE R31 1 month 2"]),
    "the end of the measure ends them, and nothing else of the case": (
        ("R29", "ack MO started 1", "R01", "R29 end=1"),
        ["CRIP>EDU-S ACK:received 3", "CRIP>EDU-S R39:final 3"]),
    "a month's words that could not be read are owed beside the next": (
        UNREAD, [MONTHLY, "MO>ASE R31 1 month 2"]),
    "one report answers one month": (
        (*UNREAD, "R31:MO>ASE re=1"), ["MO>ASE R31 1 month 2"]),
    "a start after the end starts nothing": (("R29", "R29 end=1", "ack MO started 1"), []),
    "a start after a withdrawal starts nothing": (
        ("R29", "withdraw 1 MO", "ack MO started 1"), ["MO>ASE ACK:withdrawn 2"]),
    "a withdrawal cancels what the law does not impose, and is confirmed": (
        ("R01", "withdraw 1 CRIP"), [REPLY, "CRIP>EDU-S ACK:withdrawn 2"]),
    "a withdrawal that is confirmed leaves what the law imposes": (
        ("R01", "withdraw 1 CRIP", "ack CRIP withdrawn 2"), [REPLY]),
    "a true end is acknowledged and owes nothing further": (
        ("R25:HOME decided_on=2026-09-07", "R25:HOME end=1"),
        ["HOME>PARQ-CIV ACK:received 1", "PARQ-CIV>JE R23 1", "HOME>PARQ-CIV ACK:received 2"]),
}  # fmt: skip


@pytest.mark.parametrize(("steps", "owed"), LEFT.values(), ids=LEFT)
def test_what_is_owed_after_a_story(steps: tuple[str, ...], owed: list[str]) -> None:
    """Debtor, creditor, act and the event that it is of."""
    assert left(play(*steps)) == owed


REFUSED: dict[str, tuple[tuple[str, ...], list[tuple[str, ...]]]] = {
    "the ASE ends not the judge's measure": (("R26:MO", "R29 end=1"), [("ends_not_own",)]),
    "the judge ends not the ASE's": (("R29", "R26:MO end=1"), [("ends_not_own",)]),
    "an end of nothing waives no call": (
        ("R01", "R09 end= undeclared=call"), [("no_call",)]),
    "an end of another act is none": (("R01", "R09 end=1 undeclared=call"), [("no_call",)]),
    "an end of nothing waives no call of a measure either": (
        ("R01", "R25:HOME end= undeclared=call"), [("no_call",)]),
    "the end of another measure is no agreement to this one": (
        ("R32", "R29 end=1 undeclared=parents_agree"), [("parents_not_agreed",)]),
    "the end of an absence needs no second call": (("R33", "R33 end=1 undeclared=call"), [()]),
    "a notice to the judge wants a measure declared": (
        ("R24 undeclared=measure_open",), [("no_open_measure",)]),
    "or a judge in the case": (("R26:MO", "R24 undeclared=measure_open"), [()]),
    "without a report there is nothing to copy": (("R11.2",), [("not_a_copy",)]),
    "another's report is not copied": (("R08", "R11.2 re=1"), [("not_a_copy",)]),
    "an alert is not copied": (("R01", "R11.2 re=1"), [("not_a_copy",)]),
    "nor a report that was withheld in the same event": (
        ("R09+R11.2 undeclared=call",), [("no_call",), ("not_a_copy",)]),
    "a copy may stand beside its report": (("R09+R11.2",), [(), ()]),
    "and before it": (("R11.2+R09",), [(), ()]),
}  # fmt: skip


@pytest.mark.parametrize(("steps", "reasons"), REFUSED.values(), ids=REFUSED)
def test_why_the_last_event_of_a_story_is_withheld(
    steps: tuple[str, ...], reasons: list[tuple[str, ...]]
) -> None:
    """From each addressee; where it is from all, the case stays as it was."""
    played = play(*steps[:-1])
    before = deepcopy(played.case)

    assert played.then(steps[-1]).reasons == reasons
    assert not played.refused or played.case == before


ASSIGNED: dict[str, tuple[tuple[str, ...], set[str]]] = {
    "an end unassigns the home, no magistrate": (("R25:HOME", "R25:HOME end=1"), {"PARQ-CIV"}),
    "the ASE": (("R25:ASE", "R25:ASE end=1"), {"PARQ-CIV"}),
    "the service at home": (("R26:MO", "R26:MO end=1"), {"JE"}),
    "the youth service": (("R27", "R27 end=1"), {"JE"}),
    "the association, and by its own end the ASE": (("R30", "R30 end=1"), set()),
    "the judge ends the parquet's placement": (("R25:HOME", "R26:HOME end=1"), {"PARQ-CIV"}),
    "the parquet ends the judge's": (("R26:HOME", "R25:HOME end=1"), {"JE"}),
    "of two events that hold a desk ending one leaves the other": (
        ("R25:HOME", "R26:HOME", "R25:HOME end=1"), {"PARQ-CIV", "JE", "HOME"}),
    "nobody is unassigned by who may not end": (("R26:MO", "R29 end=1"), {"JE", "MO"}),
    "an instruction is no measure that an end could end": (
        ("R25:HOME", "R22", "R25:HOME end=2"), {"PARQ-CIV", "HOME", "CRIP"}),
    "a withdrawal leaves assignments": (("R01", "withdraw 1 CRIP"), {"EDU-S", "CRIP"}),
}  # fmt: skip


@pytest.mark.parametrize(("steps", "roles"), ASSIGNED.values(), ids=ASSIGNED)
def test_who_takes_part_after_a_story(steps: tuple[str, ...], roles: set[str]) -> None:
    """By an event that holds a desk, until that event ends."""
    assert play(*steps).assigned() == roles


def test_a_desk_that_gets_nothing_takes_no_part_and_owes_nothing_beside_one_that_does() -> None:
    """An order to two services, with health data alone for the one."""
    played, (grant, issuer, _) = Played(), way("R26:MO")
    to = [
        {"role": role, "purpose": grant.purpose, "keep": grant.keep, "scopes": (scope,)}
        for role, scope in (("MO", "HEALTH"), ("ASE", "MEASURE"))
    ]

    played.say(MONDAY, issuer, grant.event, to, declared=EVERYTHING)

    assert played.assigned() == {"JE", "ASE"}
    assert left(played) == ["ASE>JE ACK:received 1"]


def test_a_claimed_issuer_does_not_make_it_ones_own() -> None:
    """`ends` with one's own name on another's event."""
    played = play("R26:MO")

    played.act(MONDAY, "R29", phase="end", ends=({"iss": played.urn("ASE"), "jti": jti(1)},))

    assert played.reasons == [("ends_not_own",)]


def test_a_link_merges_no_assignments() -> None:
    """Two children's files, one date."""
    home = desk_urn("civil", "home")
    played = Played(view=View(State(cases={PEERS["A"]: Case(assigned={(home, jti(900))})})))

    played.then("R01", "link A 2026-09-01")

    assert played.assigned() == {"EDU-S", "CRIP"}
    assert NO_ENDS.takes_part(home, played.view.case(SUB)) is False


@pytest.mark.parametrize(
    "claims", [{}, {"phase": "end"}, {"scopes": ("FACTS",)}], ids=["empty", "an end", "withheld"]
)
def test_a_reply_of_which_nothing_passes_discharges_nothing(claims: dict[str, Any]) -> None:
    """A final reply without content leaves the legal duty open."""
    played = play("R01")
    to = {"role": "EDU-S", "purpose": "close_loop", "re": (played.ref(1),)}
    to |= {"scopes": claims.pop("scopes", ())}

    played.say(MONDAY + 60, "CRIP", "FEEDBACK", [to], final=True, **claims)

    assert left(played) == [RECEIVED, REPLY]


def test_a_report_to_another_desk_of_the_creditors_role_leaves_the_duty_open() -> None:
    """Two departments: the note goes to the one that did not ask; a desk that is gone takes any."""
    known = DIRECTORIES["civil"]
    twin = replace(known.desks[desk_urn("civil", "ase")], desk=desk_urn("civil", "ase-2"))
    key = EncryptionKey("ase-2-p30", twin.desk, "P30", bytes(32), 0, 2**40, 2**40)
    played = play("R29", "ack MO started 1")
    played.directory = replace(
        known, desks=known.desks | {twin.desk: twin}, encryption=known.encryption | {key.kid: key}
    )
    played.view.edit(SUB).assigned.add((twin.desk, "an earlier event"))
    to = {"role": "ASE-2", "purpose": "progress", "scopes": ("RISK",), "re": (played.ref(1),)}
    due = played.owed()

    played.say(MONDAY + 120, "MO", "EVALREP", [to])
    assert not played.refused
    assert played.owed() == due
    gone = {urn: one for urn, one in known.desks.items() if urn != desk_urn("civil", "ase")}
    played.directory = replace(played.directory, desks=gone | {twin.desk: twin})
    played.say(MONDAY + 180, "MO", "EVALREP", [to])

    assert played.owed() != due


def test_a_duty_is_closed_and_opened_once_however_often_it_is_answered() -> None:
    """A measure to three desks that each name the application; an event named twice."""
    measure = play(*PLACED, "R26:MO+R26:HOME+R26:ASE re=2")
    twice = play("R29", "ack MO started 1 1")
    again = play(*UNREAD, "R31:MO>ASE re=1")
    late = play("R13", "@2027-03-01T10:00 link A 2026-08-01")

    assert len(measure.changes("duty_closed")) == len(again.changes("duty_closed")) == 1
    assert again.changes("duty_opened") == []  # the next month's was opened before
    assert [len(twice.changes(kind)) for kind in ("stage", "duty_closed", "duty_opened")] == [1] * 3
    assert len(twice.last.acknowledged) == 1
    assert late.changes("duty_moved") == []  # it is as late as it was


def test_a_late_answer_closes_and_says_so() -> None:
    """By its own date, not by the router's."""
    for iat, in_time in (("2026-10-16T00:00", False), ("2026-10-15T23:59", True)):
        played = play("R22 due=2026-10-15", f"@2026-10-16T00:00 R39.2 re=1 iat={iat}")

        assert [one["in_time"] for one in played.changes("duty_closed")] == [in_time]


@pytest.mark.parametrize(
    ("at", "spoken_of"),
    [("2026-09-08T10:00", "2026-12-07 23:59:59"), ("2026-12-09T10:00", "2026-12-09 10:00:00")],
)
def test_a_reopened_duty_is_spoken_of_when_it_is_due_and_not_before(
    at: str, spoken_of: str
) -> None:
    """At once, if that is past."""
    played = play("R01", "R39 re=1 final=yes", f"@{at} ack EDU-S unreadable 2")

    assert [wall(one["next"]) for one in played.changes("duty_reopened")] == [spoken_of]


EVALUATION, REPORT, REPLIED = "ASE>CRIP R18", "MO>ASE R31", "CRIP>EDU-S R39:final"
ASKED = "@2026-09-09T15:00 R13 received_on=2026-09-09"
LINKED = ("R01", "R13", "link A 2026-09-05", "link B 2026-09-02")
STARTED = ("@2026-08-31T09:00 R29", "@2026-08-31T09:00 ack MO started 1")
WORDS = tuple(f"@{day}T10:00 R31:MO>ASE re=1" for day in ("2026-09-10", "2026-10-31", "2026-11-30"))
DUE: dict[str, tuple[tuple[str, ...], str, str]] = {
    "a reopened duty is due as before": (
        ("R01", "R39 re=1 final=yes", "ack EDU-S unreadable 2"), REPLIED, "2026-12-07"),
    # monthly words never drift, whenever each is sent, and follow the start
    "started on 31 August, the first is due on 30 September": (STARTED, REPORT, "2026-09-30"),
    "the second on 31 October": ((*STARTED, *WORDS[:1]), REPORT, "2026-10-31"),
    "the third on 30 November": ((*STARTED, *WORDS[:2]), REPORT, "2026-11-30"),
    "the fourth on 31 December": ((*STARTED, *WORDS), REPORT, "2026-12-31"),
    # the case clock
    "an evaluation runs from the day of the alert": ((ASKED,), EVALUATION, "2026-12-09"),
    "Monday's alert found to be of the same child moves it": (
        (ASKED, "link A 2026-09-07"), EVALUATION, "2026-12-07"),
    "it moves back when the cases are unlinked": (
        (ASKED, "link A 2026-09-07", "unlink A 2026-09-07"), EVALUATION, "2026-12-09"),
    "a link moves it before the case's own alert": (LINKED[:3], EVALUATION, "2026-12-05"),
    "the earliest of several links counts": (LINKED, EVALUATION, "2026-12-02"),
    "a link moves nothing that runs from elsewhere": (
        LINKED, REPLIED, "2026-12-07"),
    "each link goes on its own": (
        (*LINKED, "unlink A 2026-09-05"), EVALUATION, "2026-12-02"),
    "without links the case's own alert counts": (
        (*LINKED, "unlink A 2026-09-05", "unlink B 2026-09-02"), EVALUATION, "2026-12-07"),
    "an earlier alert may arrive later": (
        ("R01", "R13", "R02 iat=2026-09-04T17:00"), EVALUATION, "2026-12-04"),
    **{
        f"moved into the past it is due at once: {date}": (
            ("R13", f"link A {date}"), EVALUATION, "2026-09-07 10:01:00")
        for date in ("2026-02-01", "2025-06-30", "0001-01-01")  # before the calendar's tables too
    },
    "a link never makes lateness younger": (
        ("R13", "@2027-03-01T10:00 link A 2026-08-01"), EVALUATION, "2026-12-07"),
    "an incident note has the type IP, is no alert and starts no clock": (
        ("@2026-08-08T10:00 R25:ASE", "R06", "@2026-09-07T10:00 R13"), EVALUATION, "2026-12-07"),
}  # fmt: skip


@pytest.mark.parametrize(("steps", "act", "due"), DUE.values(), ids=DUE)
def test_when_it_is_due_after_a_story(steps: tuple[str, ...], act: str, due: str) -> None:
    """By the end of a day in Paris if no other time is told."""
    assert play(*steps).owed()[act] in (due, f"{due} 23:59:59")


@pytest.mark.parametrize(
    ("clause", "declared"),
    [
        ("R12", without("call", "auth")),  # the call changes the deadline alone
        ("R12", EVERYTHING | {"parents_told": "deferred"}),
        ("R07", without("auth")),  # there is no inquiry
        ("R07", EVERYTHING | {"inquiry": True}),
        ("R29", EVERYTHING
         | {"informed": {"parents": "exempted_family", "minor": "exempted_maturity"}}),
        ("R26:MO", without("call", "informed", "parents_agree")),
    ],
)  # fmt: skip
def test_nothing_more_is_asked_than_the_page_says(clause: str, declared: dict[str, Any]) -> None:
    """Written to the parents, an exemption, an inquiry that is authorised."""
    played = prepared(clause, MONDAY)

    played.act(MONDAY, clause, declared=declared)

    assert not played.refused, played.reasons


def test_a_part_sealed_for_another_retention_class_is_withheld() -> None:
    """Its recipient could read it longer than the clause says."""
    played = Played()
    to = [{"role": "CRIP", "purpose": "assess", "scopes": ("FACTS",), "keep": "P90"}]

    played.say(MONDAY, "EDU-S", "IP", to, declared=EVERYTHING)

    assert played.outcome().withheld == {"FACTS": ("wrong_retention",)}


def test_a_copy_holds_no_scope_that_the_signalement_did_not_release() -> None:
    """Facts were reported, a place was not."""
    played = play("R09")
    copy = {"role": "CRIP", "purpose": "avoid_duplicates", "scopes": ("FACTS", "LOCATION")}

    played.say(MONDAY, "EDU-S", "SIG", [copy | {"re": (played.ref(1),)}])

    assert played.outcome().released == ("FACTS",)
    assert played.outcome().withheld == {"LOCATION": ("not_in_original",)}


@pytest.mark.parametrize(
    "effect",
    [
        GENESIS,
        {"k": "stage", "sub": "t", "jti": "e", "desk": "d", "stage": "received"},
        {"k": "duty_moved", "sub": "t", "id": "x"},
    ],
)
def test_an_effect_that_does_not_fit_the_state_is_an_error_with_a_code(
    effect: dict[str, Any],
) -> None:
    """A second genesis; an event and a duty that do not exist."""
    view = View(State())
    evolve(view, [GENESIS], "leaf")

    with pytest.raises(LogError, match="effect_misplaced"):
        evolve(view, [effect], "leaf")
