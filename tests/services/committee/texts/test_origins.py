"""Whose idea a time limit is: law only where a duty says so, whatever the clause's flag says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contracts.convention.load import load
from contracts.conventions import SECOND, SHIPPED, read
from services.committee.texts.legal_texts import citation, in_force_text
from services.committee.texts.origins import origin_texts
from tests.contracts.convention.kit import convention
from tests.services.texts.typed import as_typed


def limits(clause: str, lang: str) -> list[str]:
    """What is said of the time limits of a clause of the shipped convention, as it is typed."""
    (grant,) = (grant for grant in convention().grants if grant.id == clause)
    first, *told, last = origin_texts(convention(), grant, grant.duties, lang)
    assert first.startswith(("envoi", "sending"))
    assert last.startswith(("données", "data"))
    return [as_typed(text) for text in told]


@pytest.mark.parametrize(
    ("clause", "french", "english"),
    [
        ("R01", ["délai de R39 : loi", "autre délai : proposition"],
         ["time limit of R39: law", "other time limit: proposal"]),
        ("R08", ["délais : proposition"], ["time limits: proposal"]),
        ("R13", ["délai : loi"], ["time limit: law"]),
        ("R18", ["délai : usage"], ["time limit: practice"]),
        ("R23", ["délai : loi"], ["time limit: law"]),
        ("R25", ["délai de R23 : loi", "autre délai : proposition"],
         ["time limit of R23: law", "other time limit: proposal"]),
        ("R28", ["délai (voir R26 et R27) : usage"], ["time limit (see R26 and R27): practice"]),
        ("R39.1", ["délai (voir R01, R02, R03, R04, R05 et R07) : loi"],
         ["time limit (see R01, R02, R03, R04, R05 and R07): law"]),
        ("R39.2", ["délai (voir R22) : usage"], ["time limit (see R22): practice"]),
        ("R41.2", [], []),
        ("R44", [], []),
    ],
)  # fmt: skip
def test_each_time_limit_has_the_origin_that_its_duty_gives_it(
    clause: str, french: list[str], english: list[str]
) -> None:
    """Three months of the reply are of law, the day of its acknowledgement is not."""
    assert limits(clause, "fr") == french
    assert limits(clause, "en") == english


@pytest.mark.parametrize("version", [SHIPPED, SECOND])
def test_a_clause_that_sets_no_limit_of_law_tells_of_none(version: str) -> None:
    """Neither its own flag nor another clause's makes a duty that is not marked one of law."""
    whole = load(read(version), version)
    for grant in whole.grants:
        if grant.duties:
            told = origin_texts(whole, grant, grant.duties, "en")[1:-1]
            of_law = any(duty.legal for duty in grant.duties)
            assert any(text.endswith(": law") for text in told) == of_law, grant.id


def test_a_flag_of_law_alone_makes_no_limit_of_law() -> None:
    """The clause says law, none of its duties does: its limits are told as a proposal."""
    (grant,) = (grant for grant in convention().grants if grant.id == "R01")
    duties = tuple(replace(duty, legal=False) for duty in grant.duties)

    told = origin_texts(convention(), replace(grant, duties=duties), duties, "en")

    assert told == ["sending: law", "time limits: proposal", "data: proposal"]


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
