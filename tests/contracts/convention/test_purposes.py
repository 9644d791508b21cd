"""Purposes stand in the file: a new act needs a row and a clause, and no code."""

from __future__ import annotations

from typing import Final

import pytest

from contracts.vocabulary.scopes import PURPOSES
from services.committee.explain.explain import explain
from services.committee.matrix.page import page
from services.committee.texts.clause_sentence import generate
from tests.contracts.convention.amended import clause, of, refusal, second
from tests.contracts.convention.kit import convention
from tests.services.texts.typed import as_typed

ROW: Final = (
    "  steer: {", "  mediate: {fr: proposer une médiation, en: offer mediation}\n  steer: {", "",
)  # fmt: skip
ACT: Final = clause(
    "R97", "CRIP", "ASSO", event="SPECREF", purpose="mediate", scopes="[RISK.level]"
)


def test_the_first_version_has_the_vocabulary_and_the_second_its_own_table() -> None:
    """The same purposes so far."""
    assert (convention().purposes, convention().known_purposes) == ({}, PURPOSES)
    assert second().known_purposes == PURPOSES


def test_an_act_with_a_purpose_of_the_files_own_is_permitted_said_and_explained() -> None:
    """In the file's words; `explain` knows it."""
    found = of(ROW, ACT)
    (grant,) = found.by_clause["R97"]

    assert ", pour proposer une médiation : " in as_typed(generate(found, grant, "fr"))
    assert found.grant("civil", "CRIP", "SPECREF", "mediate", "ASSO") is grant
    assert explain(found, "CRIP", "SPECREF", "ASSO", "mediate", []).answers


def test_a_promise_about_everything_holds_for_a_new_purpose_too() -> None:
    """I05 names no purpose: it means those to come."""
    act = clause("R97", "CRIP", "PSP", event="COORD", purpose="mediate", scopes="[CONTACT]",
                 conditions="[assigned]")  # fmt: skip
    promise = "never: {what: [FACTS.source]}", "never: {to: [PSP], what: [CONTACT]}", ""

    assert refusal(ROW, act, promise).code == "invariant_broken"


@pytest.mark.parametrize("event", ["IP", "EVALREQ", "EVALREP", "MISSING", "COORD"])
def test_a_purpose_of_its_own_leads_around_no_hard_denial(event: str) -> None:
    """Of the acts for which the recipient must be assigned, each purpose that only the file has."""
    act = clause("R97", "ASE", "PSP", event=event, purpose="mediate")

    assert refusal(ROW, act).code == "assignment_missing"


def test_a_purpose_without_a_row_is_refused() -> None:
    """The table is closed, as the vocabulary was."""
    assert refusal(ACT).code == "unknown_purpose"


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_page_says_what_stays_off_the_bus(lang: str) -> None:
    """Requisitions, age assessment, the full certificate; the first version has no such list."""
    shown = as_typed(page(second(), lang))

    assert {"requisitions", "age_assessment", "medical_certificate"} == set(second().off_bus)
    assert all(as_typed(what[lang]) in shown for what in second().off_bus.values())
    assert 'href="#off-bus"' in shown
    assert "off-bus" not in page(convention(), lang)
