"""Purposes stand in the file: a new act needs a row and a clause, and no code."""

from __future__ import annotations

import pytest

from services.committee.explain.explain import explain
from services.committee.matrix.page import page
from services.committee.texts.clause_sentence import generate
from tests.contracts.convention.amended import of, second
from tests.contracts.convention.kit import convention
from tests.contracts.convention.test_faulty_second import MEDIATE, ROW
from tests.services.texts.typed import as_typed


def test_an_act_with_a_purpose_of_the_files_own_is_permitted_said_and_explained() -> None:
    """In the file's words; `explain` knows it."""
    found = of(ROW, MEDIATE)
    (grant,) = found.by_clause["R97"]

    assert ", pour proposer une médiation : " in as_typed(generate(found, grant, "fr"))
    assert found.grant("civil", "CRIP", "SPECREF", "mediate", "ASSO") is grant
    assert explain(found, "CRIP", "SPECREF", "ASSO", "mediate", []).answers


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_page_says_what_stays_off_the_bus(lang: str) -> None:
    """Requisitions, age assessment, the full certificate; the first version has no such list."""
    shown = as_typed(page(second(), lang))

    assert {"requisitions", "age_assessment", "medical_certificate"} == set(second().off_bus)
    assert all(as_typed(what[lang]) in shown for what in second().off_bus.values())
    assert 'href="#off-bus"' in shown
    assert "off-bus" not in page(convention(), lang)
