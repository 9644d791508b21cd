"""The sentences that parties sign: those that the data make, in good French and English."""

from __future__ import annotations

import re

import pytest

from contracts.convention.model import Grant
from contracts.convention.sentences import generate
from tests.contracts.convention.kit import convention

GRANTS = [pytest.param(grant, id=grant.id) for grant in convention().grants]


@pytest.mark.parametrize("grant", GRANTS)
def test_the_sentence_in_the_file_is_the_one_that_the_data_make(grant: Grant) -> None:
    """Neither more nor less, in both languages."""
    for lang in ("fr", "en"):
        assert grant.sentence[lang] == generate(convention(), grant, lang)


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
