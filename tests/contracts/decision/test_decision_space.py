"""The whole finite space of questions: what is released has a clause, and vice versa."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.convention import hard_denials
from contracts.convention.clauses import Grant, Question
from contracts.convention.model import Convention
from contracts.decision.decide import decide
from contracts.decision.doors import MAX_DOORS, doors
from contracts.decision.outcome import AddresseeDecision, Decision
from contracts.decision.state.state import Case, Past, State
from contracts.decision.state.view import View
from contracts.encoding import canonical
from contracts.keys.directory import Directory
from contracts.vocabulary.schema import desk_urn
from contracts.vocabulary.scopes import EVENT_TYPES, PURPOSES, REALMS, ROLES, SCOPES
from tests.contracts.convention.kit import convention
from tests.contracts.convention.second_reader import table
from tests.contracts.decision import asking
from tests.contracts.decision.asking import AT, CONVENTION, DIRECTORIES, EVERYTHING, event, jti, ref

NUMBERS = {role: 1000 + at for at, role in enumerate(ROLES)}  # one past event a role


def favourable(realm: str) -> View:
    """A case in which everybody is assigned and everybody has reported everything to everybody."""
    case = Case()
    police = desk_urn(realm, "pol")
    for role, number in NUMBERS.items():
        issuer = desk_urn(realm, role.lower())
        desks: dict[str, tuple[str, tuple[str, ...]]] = {
            desk_urn(realm, "crip"): ("R01", tuple(SCOPES)),
            desk_urn(realm, "parq-civ"): ("R08", tuple(SCOPES)),
            desk_urn(realm, "je"): ("R22", ()),
            police: ("R21", ()),
        }
        case.events[jti(number)] = Past(issuer, "ANY", AT, desks)
        case.assigned.add((issuer, jti(number)))
    return View(State(cases={asking.SUB: case}))


def addressee(question: Question, scopes: Iterable[str], by: str = "") -> dict[str, Any]:
    """Whom a question is of, in the retention class that its clause wants.

    Args:
        by: author of the past event that it answers or copies, if not the usual one.
    """
    realm, issuer, _, purpose, role = question
    grant = CONVENTION.grant(*question)
    by = by or (issuer if purpose == "avoid_duplicates" else role)
    return {
        "role": role, "purpose": purpose, "keep": grant.keep if grant is not None else "P30",
        "scopes": tuple(scopes), "re": (ref(by, NUMBERS[by], realm),),
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("realm", REALMS)
def test_the_engine_releases_exactly_what_a_second_reader_finds_in_the_file(realm: str) -> None:
    """Every (issuer, event, purpose, recipient, scope) of the space is asked, none is sampled."""
    expected = table()

    asked = 0
    for issuer, etype, purpose in itertools.product(ROLES, EVENT_TYPES, PURPOSES):
        questions = [(realm, issuer, etype, purpose, role) for role in ROLES]
        to = [addressee(question, SCOPES) for question in questions]
        sent = event(issuer, etype, to, realm=realm, declared=EVERYTHING)
        decision = decide(CONVENTION, DIRECTORIES[realm], favourable(realm), sent, AT)
        for question, outcome in zip(questions, decision.outcomes, strict=False):
            assert set(outcome.released) == set(expected.get(question, ())), question
        asked += len(ROLES) * len(SCOPES)

    assert asked == len(ROLES) ** 2 * len(EVENT_TYPES) * len(PURPOSES) * len(SCOPES)


def test_without_declarations_or_state_only_unconditional_clauses_release() -> None:
    """An empty state and no declared condition leave what no condition guards."""
    for (realm, issuer, etype, purpose, role), grant in CONVENTION.by_question.items():
        if grant.publication:
            continue
        to = [{"role": role, "purpose": purpose, "scopes": tuple(SCOPES), "keep": grant.keep}]
        asked = event(issuer, etype, to, realm=realm)

        decision = decide(CONVENTION, DIRECTORIES[realm], View(State()), asked, AT)

        unconditional = not set(grant.conditions) - {"secrecy"}
        assert bool(decision.outcomes[0].released) == unconditional, grant.id


def with_grants(grants: tuple[Grant, ...]) -> Convention:
    """The shipped convention with other grants."""
    return replace(CONVENTION, grants=grants)


QUESTIONS = sorted(one for one, it in CONVENTION.by_question.items() if not it.publication)


def ask_one(
    question: Question, by: str = "", view: View | None = None, *, declared: Any = None,
    directory: Directory | None = None, convention: Convention = CONVENTION, scopes: Any = (),
) -> AddresseeDecision:  # fmt: skip
    """A question with everything declared in a good case; `by` is the author of what it answers."""
    realm, issuer, etype, *_ = question
    to = addressee(question, scopes or (min(CONVENTION.by_question[question].scopes),), by)
    asked = event(issuer, etype, [to], realm=realm, declared=EVERYTHING | (declared or {}))
    known = directory or DIRECTORIES[realm]
    return decide(convention, known, view or favourable(realm), asked, AT).outcomes[0]


UNMET = [  # condition, what is declared otherwise, the one reason, or that it is released
    ("informed", {"informed": None}, "not_informed"),
    ("urgent", {"call": None}, "no_call"),
    ("danger", {"danger": None}, "danger_not_qualified"),
    ("authorised", {"auth": None}, "no_authorisation"),
    ("authorised_if_inquiry", {"inquiry": True, "auth": None}, "no_authorisation"),
    ("authorised_if_inquiry", {"inquiry": None}, "inquiry_not_declared"),  # no way round
    ("authorised_if_inquiry", {"inquiry": False, "auth": None}, ""),
    ("parents_told", {"parents_told": None}, "parents_not_told"),
    ("parents_told", {"parents_told": "deferred", "auth": None}, "no_authorisation"),
    ("parents_told", {"parents_told": "deferred"}, ""),
    ("parents_agree", {"parents_agree": None}, "parents_not_agreed"),
]


@pytest.mark.parametrize(("condition", "declared", "reason"), UNMET)
def test_a_condition_that_is_not_declared_withholds(
    condition: str, declared: dict[str, Any], reason: str
) -> None:
    """Everything else declared and true: one reason, and nothing is released; by every question."""
    for question in QUESTIONS:
        if condition in CONVENTION.by_question[question].conditions:
            found = ask_one(question, declared=declared)
            assert found.reasons == ((reason,) if reason else ()), question
            assert bool(found.released) == (not reason)


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ("assigned", "not_assigned"), ("measure_open", "no_open_measure"),
        ("copy_of", "not_a_copy"), ("own_ip", "not_own_ip"), ("own_report", "not_own_report"),
        ("own_st", "not_own_st"),
    ],
)  # fmt: skip
def test_a_condition_that_the_state_denies_withholds(condition: str, reason: str) -> None:
    """Nobody can declare it: the log says who takes part, who reported, who alerted."""
    for question in QUESTIONS:
        realm, issuer, *_, role = question
        grant, view = CONVENTION.by_question[question], favourable(realm)
        if condition not in grant.conditions:
            continue
        by, case = "", view.edit(asking.SUB)
        if condition in ("assigned", "measure_open"):
            case.assigned.clear()
        elif (condition, role) == ("own_report", "POL"):  # it was sent something, and no inquiry
            for past in case.events.values():
                past.desks[desk_urn(realm, "pol")] = ("R07", ())
        else:
            by = role if condition == "copy_of" else issuer
        found = ask_one(question, by, view, declared={"measure_open": condition == "assigned"})
        assert reason in found.reasons, question
        assert set(found.reasons) <= {reason, "not_assigned"}
        assert not found.released


def test_who_is_not_bound_by_secrecy_neither_sends_nor_gets() -> None:
    """The directory says who is bound, for both sides."""
    for question in QUESTIONS:
        realm, issuer, *_, role = question
        known = DIRECTORIES[realm]
        for side, who in (("issuer", issuer), ("recipient", role)):
            if "secrecy" in CONVENTION.by_question[question].conditions:
                urn = desk_urn(realm, who.lower())
                desks = known.desks | {urn: replace(known.desks[urn], secrecy=False)}
                found = ask_one(question, directory=replace(known, desks=desks))
                assert found.reasons == (f"{side}_not_secrecy_bound",), question


def test_a_wrong_clause_does_not_lift_a_hard_denial() -> None:
    """HEALTH to a school, PROCEDURE out of justice, confidences to the police: never."""
    wrong = with_grants(tuple(
        replace(one, scopes=frozenset(SCOPES), conditions=()) for one in CONVENTION.grants
    ))  # fmt: skip
    for question in QUESTIONS:
        _, issuer, etype, purpose, role = question
        never = {one for one in SCOPES if hard_denials.denied(issuer, role, etype, one)}
        found = ask_one(question, view=View(State()), convention=wrong, scopes=tuple(SCOPES))
        assert never >= {"HEALTH", "FACTS.source", "STAT.counts"}
        assert never.isdisjoint(found.released)
        if hard_denials.needs_assignment(etype, purpose, role):
            assert found.reasons == ("not_assigned",), question
        else:
            denied = {one for one, why in found.withheld.items() if "hard_denial" in why}
            assert denied == never, question


@dataclass(frozen=True)
class Ask:
    """A question about some scopes, to be asked of any convention."""

    scopes: list[str]
    of: Callable[[Convention], Decision]


@st.composite
def asks(draw: st.DrawFn) -> Ask:
    """Any question that a clause answers, with anything declared, in a good case or in none."""
    realm, issuer, etype, *_ = question = draw(st.sampled_from(QUESTIONS))
    scopes = draw(st.lists(st.sampled_from(sorted(SCOPES)), min_size=1, unique=True))
    given = {name: st.just(value) for name, value in EVERYTHING.items()}
    declared = draw(st.fixed_dictionaries({}, optional=given))
    asked = event(issuer, etype, [addressee(question, scopes)], realm=realm, declared=declared)
    view = favourable(realm) if draw(st.booleans()) else View(State())
    return Ask(scopes, lambda convention: decide(convention, DIRECTORIES[realm], view, asked, AT))


@given(asks(), st.randoms())
@settings(max_examples=200)
def test_whatever_is_not_released_has_a_reason_whichever_the_order_of_clauses(
    ask: Ask, random: Any
) -> None:
    """No silence; a shuffled file decides the same, doors and duties included."""
    shuffled = list(CONVENTION.grants)
    random.shuffle(shuffled)

    first, second = ask.of(CONVENTION), ask.of(with_grants(tuple(shuffled)))

    assert canonical(first.json()) == canonical(second.json())
    assert first.effects == second.effects
    for outcome in first.outcomes:
        for scope in ask.scopes:
            assert (scope in outcome.released) != bool(outcome.withheld.get(scope)), scope
        assert not outcome.released or outcome.grant


def found(issuer: str, etype: str, scopes: str, recipient: str, purpose: str | None = None) -> str:
    """Doors as `clause>role` words."""
    ways = doors(convention(), "civil", issuer, etype, scopes.split(), recipient, purpose)
    return " ".join(f"{door.clause}>{door.role}" for door in ways)


@pytest.mark.parametrize(
    ("attempt", "expected"),
    [
        # Scenario A: absences, a rumour with two names, a nurse's note, to the police.
        (("EDU-H", "IP", "SCHOOLING FACTS FACTS.third_party HEALTH.vital", "POL"),
         "R02>CRIP R08>PARQ-CIV R01>EDU-S"),
        (("EDU-H", "SIG", "FACTS", "POL"), "R08>PARQ-CIV R02>CRIP"),
        # No clause for the school's health data: only its colleague has one.
        (("EDU-H", "IP", "HEALTH.vital", "CRIP"), "R01>EDU-S"),
        # An attempt without any content still shows where to go.
        (("EDU-H", "IP", "", "POL"), "R02>CRIP R08>PARQ-CIV"),
        # The same agency first: the school's social service instead of its head.
        (("ASE", "COORD", "CODE.meeting", "EDU-H"), "R42>EDU-S R42>CRIP R42>PMI"),
        # The same act, same desk, other purpose: the copy.
        (("EDU-H", "SIG", "FACTS", "CRIP", "protect_now"), "R11>CRIP R08>PARQ-CIV R02>CRIP"),
        # A copy is nobody else's door.
        (("HOME", "SIG", "FACTS", "ASE"), "R10>PARQ-CIV R06>ASE"),
        # The clause that was tried is no door.
        (("POL", "IP", "FACTS", "CRIP", "assess"), ""),
        # An answer has its one recipient; there is no other door for its content.
        (("CRIP", "FEEDBACK", "FACTS", "EDU-H"), ""),
        (("EDU-H", "IP", "FACTS", ""), "R02>CRIP R08>PARQ-CIV"),
        (("NOBODY", "IP", "FACTS", "POL"), ""),
    ],
)  # fmt: skip
def test_the_most_useful_doors_come_first(attempt: tuple[str, ...], expected: str) -> None:
    """Written by hand, one case a line."""
    assert found(*attempt) == expected


@pytest.mark.slow
def test_a_door_lets_something_through_that_was_withheld() -> None:
    """Over roles, events and scopes, by a clause of the same bus; three at most, in one order."""
    ours = convention()
    for realm, issuer, etype, recipient in product(REALMS, ROLES, EVENT_TYPES, ROLES):
        ways = doors(ours, realm, issuer, etype, list(SCOPES), recipient)
        assert ways == doors(ours, realm, issuer, etype, list(SCOPES)[::-1], recipient)
        assert len(set(ways)) == len(ways) <= MAX_DOORS
        for scope in SCOPES:
            for door in doors(ours, realm, issuer, etype, [scope], recipient):
                grants = [one for one in ours.by_clause[door.clause] if one.realm == realm]
                own = ours.roles[issuer].colleague == door.role and issuer not in {
                    name for grant in grants for name in grant.issuers
                }
                assert any(
                    (door.role in (grant.issuers if own else grant.recipients))
                    and {s for s in grant.released if s == scope or s.startswith(f"{scope}.")}
                    for grant in grants
                )
