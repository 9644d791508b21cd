"""The sentences that parties sign: those that the data make, in good French and English."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from contracts.convention.clauses import Grant
from contracts.convention.file.duty_grammar import OPENING, STARTS
from contracts.vocabulary.scopes import RETENTION_CLASSES
from services.committee.texts.clause_sentence import generate
from services.committee.texts.earlier_wording import says
from tests.contracts.convention.kit import convention
from tests.services.committee.texts import kept

GRANTS = [pytest.param(grant, id=grant.id) for grant in convention().grants]


@pytest.mark.parametrize("grant", GRANTS)
def test_the_sentence_in_the_file_is_the_one_that_the_data_make(grant: Grant) -> None:
    """Neither more nor less, in both languages."""
    for lang in ("fr", "en"):
        assert says(grant.sentence[lang], generate(convention(), grant, lang))


@pytest.mark.parametrize("grant", GRANTS)
def test_french_contracts_and_elides(grant: Grant) -> None:
    """No `à le`, `de les`, `que une`, doubled space or article before a vowel."""
    wrong = r"\b(à les?|de les?|que [aeiouéèêà]\w*|de [aeiouéèêà]\w*)\b|  |\.\."

    found = re.findall(wrong, grant.sentence["fr"])

    # "de exécuter" and the like never occur; `de` before a vowel inside a label is elided there.
    assert found == []


@pytest.mark.parametrize("grant", GRANTS)
def test_english_has_the_right_article(grant: Grant) -> None:
    """`a` before a consonant, `an` before a vowel."""
    assert re.findall(r"\b(a [aeio]\w+|an [^aeiou\W]\w+)", grant.sentence["en"]) == []


def test_the_head_teachers_alert_reads_as_written_by_a_person() -> None:
    """R02, the whole of it, as the file has it."""
    (grant,) = [grant for grant in convention().grants if grant.id == "R02"]

    assert grant.sentence["en"] == (
        "The head teacher (or local education authority) may send to the child-concern intake "
        "unit (CRIP), as a child-concern alert, in order to assess the alert: identity; contact "
        "details; family (parental authority, siblings); schooling; observed facts and quoted "
        "words. On condition that parents and minor have been informed, or a reason for an "
        "exemption is declared. Excluded: appraisal of danger; health (full data); vital or "
        "directly observed signs. The recipient owes the sender an acknowledgement of receipt, "
        "by the end of the 1st working day that follows. The recipient owes the sender a reply "
        "on the final outcome (R39), within 3 months of transmission (time limit set by law). "
        "The copy on the bus is destroyed after 30 days."
    )


def test_a_duty_of_some_recipients_names_them() -> None:
    """R26: the placement is acknowledged, the home-based measure is started."""
    (grant,) = [grant for grant in convention().grants if grant.id == "R26"]

    assert (
        "Dès l'avis de démarrage, le destinataire (le service de milieu ouvert) doit à l'aide "
        "sociale à l'enfance une note d'avancement (R31), chaque mois jusqu'à la fin."
    ) in grant.sentence["fr"]


def test_the_criminal_bus_is_named_where_it_is_used() -> None:
    """R21 and R41 to the police."""
    named = {grant.id for grant in convention().grants if "bus pénal" in grant.sentence["fr"]}

    assert named == {"R21", "R41.2"}


def test_every_sentence_is_the_one_that_was_reviewed() -> None:
    """Both versions, both languages, what stands beside, the comparison, conditions and reasons."""
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


@pytest.mark.parametrize(
    ("change", "french"),
    [
        ({"within": "3mo", "repeat": True}, "tous les 3 mois jusqu'à la fin"),
        (
            {"within": "1mo", "repeat": True, "start": "transmission"},
            "chaque mois à compter de la transmission et jusqu'à la fin",
        ),
        (
            {"opened_by": "ACK:decided"},
            "Dès l'avis que la décision est prise, le destinataire doit",
        ),
        ({"within": "2wd", "start": "transmission"}, "du 2e jour ouvré suivant la transmission"),
        ({"within": "-2mo", "start": "ends_on"}, "2 mois avant la fin de la mesure"),
        ({"within": "day", "start": "decided_on"}, "avant la fin du jour de la décision"),
        ({"acts": ("R18",), "stages": (), "final": True}, "sur l'issue définitive"),
    ],
)
def test_what_no_clause_says_yet_would_be_said_too(change: dict[str, Any], french: str) -> None:
    """Repeats by the quarter, working days from transmission, months before an end."""
    duty = replace(convention().grants[0].duties[0], **change)
    grant = replace(convention().grants[0], duties=(duty,))

    said = generate(convention(), grant, "fr")

    assert french in said


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
