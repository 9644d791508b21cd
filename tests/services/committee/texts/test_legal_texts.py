"""A legal text as it is cited, and from when to when it is in force."""

from __future__ import annotations

import pytest

from services.committee.texts.legal_texts import citation, in_force_text
from tests.contracts.convention.kit import convention
from tests.services.texts.typed import as_typed


@pytest.mark.parametrize(
    ("code", "cited"),
    [
        ("CASF-L226-4", "CASF, art. L. 226-4"),
        ("CPP2029-L3133-22", "CPP (recodification de 2029), art. L. 3133-22"),
        ("RGPD-6-1-E", "RGPD, art. 6, 1, e"),
    ],
)
def test_a_citation_drops_what_the_text_is_about_and_nothing_else(code: str, cited: str) -> None:
    """Only the last brackets say what it is about."""
    assert citation(convention(), code, "fr") == cited


def test_a_text_to_come_is_not_said_to_be_in_force_already() -> None:
    """Pages know no today: the words are true on any day."""
    texts = convention().texts

    to_come = as_typed(in_force_text(texts["CPP2029-L3133-22"], "fr"))
    ending = as_typed(in_force_text(texts["CPP-706-49"], "fr"))

    assert to_come == "en vigueur à compter du 1er janvier 2029"
    assert ending == "en vigueur du 18 juin 1998 au 31 décembre 2028"
