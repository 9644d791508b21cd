"""The sentences that parties sign: those that the data make, in good French and English."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from contracts.convention.clauses import Grant
from contracts.convention.duty import OPENING, STARTS
from contracts.convention.model import Convention
from contracts.vocabulary import reasons
from contracts.vocabulary.conditions import CONDITIONS
from contracts.vocabulary.scopes import (
    EVENT_TYPES,
    PURPOSES,
    RETENTION_CLASSES,
    ROLES,
    ROUTER_EVENTS,
    SCOPES,
    SYSTEM_EVENTS,
)
from services.committee.texts.clause_sentence import duty_sentence, generate
from services.committee.texts.labels import (
    SHAPES,
    act_text,
    condition_text,
    event_label,
    is_known,
    purpose_label,
    reason_text,
    role_label,
    scope_label,
    within_text,
)
from services.labels.code_labels import ACTS, REASON_TEXTS
from services.texts import typed as as_typed
from tests.contracts.convention.amended import second
from tests.contracts.convention.kit import convention
from tests.services.committee.texts import kept

GRANTS = [pytest.param(grant, id=grant.id) for grant in convention().grants]


def test_every_sentence_is_the_one_that_was_reviewed() -> None:
    """Both versions, both languages, what stands beside, comparisons, conditions and reasons."""
    assert kept.FILE.read_text("utf-8") == kept.whole()


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


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_code_has_words(lang: str) -> None:
    """None is shown as its code; no text is kept for a reason that does not exist."""
    codes: dict[Callable[[str, str], str], Iterable[str]] = {
        reason_text: reasons.REASONS,
        role_label: ROLES,
        scope_label: SCOPES,
        event_label: (*EVENT_TYPES, *SYSTEM_EVENTS, *ROUTER_EVENTS),
        purpose_label: (*PURPOSES, "acknowledge", "withdraw"),
        condition_text: CONDITIONS,
    }
    assert set(REASON_TEXTS) == set(reasons.REASONS)
    for say, known in codes.items():
        # Some codes are words themselves: those say what they mean.
        shown = {code for code in known if say(code, lang) == code}
        assert shown <= ({"investigate", "acknowledge"} if lang == "en" else {"CRIP"})


def test_an_unknown_code_is_shown_as_it_is() -> None:
    """Wording never raises."""
    assert reason_text("brand_new", "fr") == "brand_new"
    assert act_text("R77", "en") == "the event that is due (R77)"
    assert within_text("whenever", "fr") == "whenever"


def given(clause: str, **fields: Any) -> Convention:
    """The shipped convention, a clause of which is something else."""
    ours = convention()
    grants = tuple(
        replace(one, **fields) if one.clause == clause else one for one in ours.grants
    )  # fmt: skip
    return replace(ours, grants=grants)


def owed(ours: Convention, clause: str, lang: str = "en") -> str:
    """The first sentence about a duty that an event of that clause discharges."""
    grant, duty = next((g, d) for g in ours.grants for d in g.duties if clause in d.acts)
    return as_typed(duty_sentence(ours, grant, duty, lang))


@pytest.mark.parametrize("ours", [convention(), second()], ids=["first", "second"])
def test_words_speak_of_the_clauses_of_the_shipped_files(ours: Convention) -> None:
    """Every number that has words has there the act that they speak of."""
    assert {act.partition(":")[0] for act in ACTS} == set(SHAPES)
    assert [clause for clause in SHAPES if not is_known(ours, clause)] == []


@pytest.mark.parametrize(
    ("clause", "fields", "words"),
    [
        ("R26", {"event": "HEARING", "purpose": "be_present"}, "the decision"),
        ("R12", {"issuers": ("ASSO",)}, "the Department's report"),
        ("R23", {"recipients": ("ASE",)}, "the application to the judge"),
        ("R11", {"conditions": ()}, "the copy of the report"),
    ],
)
def test_a_number_that_is_given_to_another_act_is_not_named_by_its_old_words(
    clause: str, fields: dict[str, Any], words: str
) -> None:
    """The sentence says that an event is due, by its number, and no more than the data."""
    before, after = owed(convention(), clause), owed(given(clause, **fields), clause)

    assert f"{words} (" in before
    assert words not in after
    assert f"the event that is due ({clause})" in after
    assert "l'envoi prévu" in owed(given(clause, **fields), clause, "fr")
