"""Yes or no to one attempt, with reasons and the suggested recipient."""

from __future__ import annotations

import re
from itertools import product
from types import SimpleNamespace
from typing import Any, cast

import pytest

from contracts.convention.model import Convention
from contracts.decision.conditions import CHECKS, ConditionInputs
from contracts.decision.doors import MAX_DOORS
from contracts.vocabulary.conditions import CONDITIONS, DECLARED, Condition
from contracts.vocabulary.scopes import EVENT_TYPES, SCOPES
from services.committee.explain.explain import Explanation, explain
from services.committee.explain.voices import told
from services.committee.texts.clause_sentence import generate
from services.texts import typed as as_typed
from tests.contracts.convention.amended import of, second
from tests.contracts.convention.kit import convention
from tests.contracts.convention.test_faulty_second import MEDIATE, ROW
from tests.contracts.envelope import kit


@pytest.mark.parametrize("condition", CONDITIONS)
def test_what_a_condition_wants_declared_is_what_the_decision_reads(condition: Condition) -> None:
    """Each member of `declared`, the authorisation that another one asks for among them."""
    read = set[str]()

    class Declared:
        def __getattr__(self, name: str) -> object:
            read.add(name)
            return "deferred" if name == "parents_told" else True

    asked = SimpleNamespace(
        convention=convention(), declared=Declared(), directory=kit.realm().directory, case=None,
        re=(), copied=None, ending=False, issuer="", recipient="",
    )  # fmt: skip
    CHECKS[condition](cast("ConditionInputs", asked))

    assert read == set(DECLARED.get(condition, ()))


@pytest.mark.parametrize(
    ("attempt", "answer"),
    [
        (("ASE", "COORD", "CRIP", None, ["code.meeting", "risk.level"]),  # every purpose
         {"clauses": ("R42", "R43"), "released": ("RISK.level", "CODE.meeting")}),
        (("ASE", "COORD", "CRIP", "invite", ["risk.level"]),  # one: the other clause does not help
         {"clauses": ("R42",), "withheld": {"RISK.level": ("not_permitted",)}}),
        (("HOME", "MISSING", "POL", None, ["location", "facts", "risk"]),  # in part
         {"released": ("LOCATION",),
          "withheld": {"FACTS": ("not_permitted",), "RISK": ("not_permitted",)}}),
        (("EDU-H", "IP", "POL", None, ["facts"]),
         {"clauses": (), "withheld": {"FACTS": ("no_clause", "hard_denial")}}),
        (("PARQ-CRIM", "ST", "POL", None, ["procedure"]),  # although nothing civil answers
         {"clauses": ("R21",), "released": ("PROCEDURE",)}),
        (("CRIP", "STAT", "ODPE", None, ["stat.counts"]),  # figures are published, not sent
         {"reasons": ("publication_only",), "door": ()}),
    ],
)  # fmt: skip
def test_a_purpose_a_bus_and_a_publication(attempt: tuple[Any, ...], answer: Any) -> None:
    """Without a purpose all are answered; the criminal bus too; figures have no recipient."""
    found = explain(convention(), *attempt)

    assert {name: getattr(found, name) for name in answer} == answer


def test_an_act_with_a_purpose_of_the_files_own_is_permitted_said_and_explained() -> None:
    """In the file's words."""
    found = of(ROW, MEDIATE)
    (grant,) = found.by_clause["R97"]

    assert found.grant("civil", "CRIP", "SPECREF", "mediate", "ASSO") is grant
    assert ", pour proposer une médiation : " in as_typed(generate(found, grant, "fr"))
    assert explain(found, "CRIP", "SPECREF", "ASSO", "mediate", []).answers


CODES = re.compile(r"\bR\d\d\b|[a-z]+_[a-z]+|\b[A-Z]+-[A-Z]+\b|\bFACTS\b|\bHEALTH\b|\bIP\b")


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_nobody_reads_a_code(lang: str) -> None:
    """In any answer over all questions, refused ones included."""
    attempts = [
        question[1:] for question, one in convention().by_question.items() if not one.publication
    ]
    attempts += [("EDU-H", "IP", "", "POL"), ("PSP", "SIG", "", "POL"), ("ASSO", "COORD", "", "JE")]

    for issuer, event, purpose, recipient in attempts:
        found = explain(convention(), issuer, event, recipient, purpose or None, SCOPES)
        asked = convention().by_question.get(("civil", issuer, event, purpose, recipient))
        assert asked is None or asked.released <= set(found.released)
        assert CODES.findall(as_typed(told(found, lang))) == []


def answered(one: Convention, found: Explanation) -> list[bool]:
    """For each door, whether what it is told for passes whole where it leads, asked anew."""
    return [
        any(
            explain(one, sender, door.event, whom, door.purpose, scopes).released == tuple(scopes)
            for sender, whom in sides(one, found.issuer, door.role)
        )
        for door in found.door
        for scopes in [[scope for scope in SCOPES if scope in found.carried(door)]]
    ]


def sides(one: Convention, issuer: str, role: str) -> list[tuple[str, str]]:
    """The issuer to the door's role; or the issuer's colleague, to anybody."""
    colleague = one.roles[issuer].colleague == role
    return [(issuer, role), *((role, whom) for whom in one.roles if colleague)]


@pytest.mark.slow
def test_every_door_told_leads_to_a_yes() -> None:
    """Every issuer, event and recipient, readers of figures among them, with all data."""
    one, told_doors = second(), 0

    for issuer, event, recipient in product(one.roles, EVENT_TYPES, (*one.roles, *one.readers)):
        found = explain(one, issuer, event, recipient, None, list(SCOPES))
        for door in found.door:
            assert found.carried(door) <= frozenset(found.withheld)
            assert found.carried(door) or not found.withheld
        assert all(answered(one, found)), (issuer, event, recipient)
        assert len(found.door) <= 2 * MAX_DOORS  # three on each bus
        told_doors += len(found.door)

    assert told_doors > 1_000
