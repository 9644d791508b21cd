"""The table of conditions, rules §6: which clause asks what, and exactly what is read."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.vocabulary import reasons
from tests.contracts.decision.asking import CONVENTION, EVERYTHING
from tests.contracts.decision.playing import ACTS, MONDAY, Played, prepared


def numbers(text: str) -> set[str]:
    """`1-3 7` -> R01, R02, R03, R07."""
    found = set()
    for word in text.split():
        first, _, last = word.partition("-")
        found |= {f"R{number:02d}" for number in range(int(first), int(last or first) + 1)}
    return found


ROWS = {
    "informed": "1-5 14-17 19 20 29 30 32 36 37 43",
    "secrecy": "1 3 5 6 13-20 29-31 42 43",
    "assigned": "6 14 16-18 20 28 31 34 42 43",
    "urgent": "8-10 25 33",
    "danger": "4 8-10",
    "authorised": "37",
    "authorised_if_inquiry": "7 35",
    "parents_told": "12",
    "parents_agree": "29",
    "measure_open": "24",
    "copy_of": "11",
    "own_ip": "39",
    "own_report": "41",
    "own_st": "39",
}


@pytest.mark.parametrize("condition", ROWS)
def test_the_file_asks_each_condition_of_the_clauses_of_the_page(condition: str) -> None:
    """No clause more, none less; R39's second grant alone reads the instruction."""
    asking = {one.clause for one in CONVENTION.grants if condition in one.conditions}

    assert asking == numbers(ROWS[condition])
    assert "own_ip" not in next(one for one in CONVENTION.grants if one.id == "R39.2").conditions


DECLARED_ROWS = [
    # (clause, what is declared instead, why it is withheld)
    *((clause, {"informed": None}, reasons.NOT_INFORMED) for clause in ("R01", "R05", "R15", "R19", "R32", "R36", "R43")),
    *((clause, {"call": None}, reasons.NO_CALL) for clause in ("R08", "R09", "R10", "R25", "R33")),
    *((clause, {"danger": value}, reasons.DANGER_NOT_QUALIFIED) for clause in ("R04", "R08", "R09", "R10") for value in (None, False)),
    ("R37", {"auth": None}, reasons.NO_AUTHORISATION),
    *((clause, {"inquiry": None}, reasons.INQUIRY_NOT_DECLARED) for clause in ("R07", "R35")),
    *((clause, {"inquiry": True, "auth": None}, reasons.NO_AUTHORISATION) for clause in ("R07", "R35")),
    ("R12", {"parents_told": None}, reasons.PARENTS_NOT_TOLD),
    ("R12", {"parents_told": "deferred", "auth": None}, reasons.NO_AUTHORISATION),
    *(("R29", {"parents_agree": value}, reasons.PARENTS_NOT_AGREED) for value in (None, False)),
]  # fmt: skip


@pytest.mark.parametrize(("clause", "changed", "why"), DECLARED_ROWS)
def test_a_declared_condition_that_is_not_met_withholds_the_desk(
    clause: str, changed: dict[str, Any], why: str
) -> None:
    """With its code, and nothing is released."""
    played = prepared(clause, MONDAY)

    played.act(MONDAY, clause, declared=without(changed))

    assert played.reasons == [(why,)]
    assert played.last is not None
    assert played.last.outcomes[0].released == ()


def without(changed: dict[str, Any]) -> dict[str, Any]:
    """Everything declared, but for this."""
    return {name: value for name, value in (EVERYTHING | changed).items() if value is not None}


@pytest.mark.parametrize(
    ("clause", "changed"),
    [
        ("R12", {"call": None, "parents_told": "written", "auth": None}),  # the call changes the deadline alone
        ("R12", {"parents_told": "deferred"}),
        ("R07", {"inquiry": False, "auth": None}),
        ("R07", {"inquiry": True}),
        ("R29", {"informed": {"parents": "exempted_family", "minor": "exempted_maturity"}}),
        ("R26", {"call": None, "informed": None, "parents_agree": None}),
        ("R38", {"informed": None}),
    ],
)  # fmt: skip
def test_nothing_more_is_asked_than_the_page_says(clause: str, changed: dict[str, Any]) -> None:
    """Written to the parents, an exemption, an inquiry that is authorised."""
    played = prepared(clause, MONDAY)

    played.act(MONDAY, clause, declared=without(changed))

    assert not played.refused, played.reasons


@pytest.mark.parametrize(
    "clause", ["R06", "R14", "R16", "R17", "R18", "R20", "R28", "R31", "R34", "R42", "R43"]
)
def test_who_is_not_assigned_gets_nothing(clause: str) -> None:
    """In a case that nobody has opened."""
    played = Played()

    played.act(MONDAY, clause)

    assert played.reasons == [("not_assigned",)]


@pytest.mark.parametrize("clause", ["R26", "R27"])
def test_the_judges_order_itself_assigns(clause: str) -> None:
    """It asks for nobody's earlier part in the case."""
    played = Played()

    played.act(MONDAY, clause)

    assert not played.refused


def test_a_notice_to_the_judge_wants_a_measure_declared_or_a_judge_in_the_case() -> None:
    """R24: either is enough."""
    bare: dict[str, Any] = {"declared": without({"measure_open": None})}
    nobody, judged, declared = Played(), Played(), Played()
    judged.act(MONDAY, "R26")

    for played, more in ((nobody, bare), (judged, bare), (declared, {})):
        played.act(MONDAY, "R24", **more)

    assert nobody.reasons == [("no_open_measure",)]
    assert not judged.refused
    assert not declared.refused


# Copies


def test_a_copy_holds_no_scope_that_the_signalement_did_not_release() -> None:
    """Facts were reported, a place was not."""
    played = Played()
    report = played.act(MONDAY, "R09")
    copy = {"role": "CRIP", "purpose": "avoid_duplicates", "scopes": ("FACTS", "LOCATION")}
    to: list[dict[str, Any]] = [copy | {"re": (played.ref(report),)}]

    played.say(MONDAY, "EDU-S", "SIG", to)

    assert played.last is not None
    assert played.last.outcomes[0].released == ("FACTS",)
    assert played.last.outcomes[0].withheld == {"LOCATION": ("not_in_original",)}


@pytest.mark.parametrize("order", [("R09", "R11"), ("R11", "R09")])
def test_a_copy_in_the_same_event_is_held_against_the_signalement_of_it(
    order: tuple[str, str],
) -> None:
    """Whichever addressee stands first."""
    played = Played()

    played.act(MONDAY, *order)

    assert played.reasons == [(), ()]


def test_without_a_signalement_of_ones_own_there_is_nothing_to_copy() -> None:
    """None at all, another's, an alert, one that was withheld in the same event."""
    played = Played()
    other = played.act(MONDAY, "R08")
    alert = played.act(MONDAY, "R01")

    for re in ((), (other,), (alert,)):
        played.act(MONDAY, "R11", re=re)
        assert played.reasons == [("not_a_copy",)], re
    played.act(MONDAY, "R09", "R11", declared=without({"call": None}))

    assert played.reasons == [("no_call",), ("not_a_copy",)]


# Feedback


@pytest.mark.parametrize("opening", ["R01", "R11"])
def test_feedback_goes_to_the_author_of_the_alert_or_copy(opening: str) -> None:
    """R39 reads the recipient's own event."""
    played = Played()
    number = played.act(MONDAY, "R09", "R11") if opening == "R11" else played.act(MONDAY, "R01")

    played.act(MONDAY + 1, "R39", re=(number,), final=True)

    assert not played.refused


def test_feedback_on_anothers_alert_or_on_nothing_is_withheld() -> None:
    """Nobody learns what became of an alert that was not theirs."""
    played = Played()
    others = played.act(MONDAY, "R02")
    own = played.act(MONDAY, "R01")

    for re in ((), (others,), (own, others)):
        played.act(MONDAY + 1, "R39", re=re)
        assert played.reasons == [("not_own_ip",)], re


def test_the_parquets_feedback_goes_to_who_reported() -> None:
    """R41: own R08 or R09; R10's authors have no clause."""
    played = Played()
    own, others, alert = (played.act(MONDAY, one) for one in ("R09", "R08", "R01"))

    played.act(MONDAY + 1, "R41", re=(own,))
    assert not played.refused
    for re in ((), (others,), (alert,)):
        played.act(MONDAY + 1, "R41", re=re)
        assert played.reasons == [("not_own_report",)], re


def test_police_hears_about_the_inquiry_that_it_was_given() -> None:
    """R41 → POL answers an R21 delivered to it, in the criminal realm."""
    played = Played("criminal")
    order = played.act(MONDAY, "R21")
    played.act(MONDAY + 1, "R41.2", re=(order,))
    assert not played.refused

    for re in ((), (3,)):
        played.issuers[3] = "PARQ-CRIM"
        played.act(MONDAY + 1, "R41.2", re=re)
        assert played.reasons == [("not_own_report",)], re


def test_a_crip_that_does_not_seize_the_judge_answers_the_instruction() -> None:
    """R39's second grant reads the parquet's own R22."""
    played = Played()
    order = played.act(MONDAY, "R22")
    report = played.act(MONDAY, "R09")

    played.act(MONDAY + 1, "R39.2", re=(order,))
    assert not played.refused
    played.act(MONDAY + 1, "R39.2", re=(report,))

    assert played.reasons == [("not_own_st",)]


def test_every_clause_of_the_play_is_answered_by_its_own() -> None:
    """The table that these tests speak by names the clauses that it says."""
    for named, (issuer, etype, purpose, recipient, scope, keep) in ACTS.items():
        realm = "criminal" if named in ("R21", "R41.2") else "civil"
        grant = CONVENTION.grant(realm, issuer, etype, purpose, recipient)
        assert grant is not None
        assert grant.clause == named.split(".")[0]
        assert scope in grant.released
        assert grant.keep == keep
