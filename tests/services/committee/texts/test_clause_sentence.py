"""The sentences that parties sign: those that the data make, in good French and English."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from contracts.convention.clauses import Grant
from contracts.convention.file.duty_grammar import OPENING, STARTS
from contracts.convention.load import load
from contracts.conventions import SECOND, SHIPPED, read
from contracts.vocabulary.scopes import RETENTION_CLASSES
from services.committee.texts.clause_sentence import generate
from services.committee.texts.origins import origin_texts
from tests.contracts.convention.kit import convention
from tests.services.committee.texts import kept

GRANTS = [pytest.param(grant, id=grant.id) for grant in convention().grants]


def test_every_sentence_is_the_one_that_was_reviewed() -> None:
    """Both versions, both languages, what stands beside, comparisons, conditions and reasons."""
    assert kept.FILE.read_text("utf-8") == kept.whole()


@pytest.mark.parametrize("version", [SHIPPED, SECOND])
def test_a_time_limit_is_of_law_only_where_its_duty_says_so(version: str) -> None:
    """Neither the clause's own flag nor another clause's makes a duty one of law."""
    whole = load(read(version), version)
    for grant in whole.grants:
        for duties in (grant.duties, tuple(replace(one, legal=False) for one in grant.duties)):
            told = origin_texts(whole, replace(grant, duties=duties), duties, "en")[1:-1]
            of_law = any(duty.legal for duty in duties)
            assert not duties or any(text.endswith(": law") for text in told) == of_law, grant.id


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("grant", GRANTS)
def test_whatever_is_taken_out_of_a_grant_its_sentence_changes(grant: Grant, lang: str) -> None:
    """A desk, scope, trap, condition or duty less, another term: no datum is left unsaid."""
    less: list[dict[str, Any]] = [
        {name: type(held)(one for one in held if one != left)}
        for name in ("issuers", "recipients", "scopes", "traps", "conditions", "duties")
        for held in [getattr(grant, name)]
        for left in held
        if len(held) > 1 or name not in ("issuers", "recipients", "scopes")
    ]
    less += [{"keep": one} for one in RETENTION_CLASSES if grant.keep not in ("", one)]
    less += [
        {"duties": tuple(replace(one, **term) if one is duty else one for one in grant.duties)}
        for duty in grant.duties
        for term in ({"within": "77d", "repeat": False}, {"legal": not duty.legal})
    ]

    said = [generate(convention(), replace(grant, **one), lang) for one in less]

    assert generate(convention(), grant, lang) not in said
    assert len(set(said)) == len(less)


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_no_two_beginnings_of_a_duty_are_said_alike(lang: str) -> None:
    """Every stage, every date that it counts from, once or again and again."""
    duty = convention().grants[0].duties[0]
    opened = ["", "open:R23", *(f"ACK:{stage}" for stage in OPENING)]
    counted = [("1mo", start, False) for start in STARTS if start != "ends_on"]
    counted += [("-1mo", "ends_on", False), *(("1mo", one, True) for one in STARTS[:2])]
    begun: list[dict[str, Any]] = [
        {"opened_by": by, "within": within, "start": start, "repeat": repeat}
        for by, (within, start, repeat) in product(opened, counted)
    ]

    said = [replace(convention().grants[0], duties=(replace(duty, **one),)) for one in begun]

    assert len({generate(convention(), grant, lang) for grant in said}) == len(begun)
