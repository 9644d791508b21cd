"""Numbers that duties name, or that a past event was released under, given to something else."""

from __future__ import annotations

import re

import pytest

from contracts.convention.load import load
from services.committee.diff.change_text import sentence
from services.committee.diff.compare import Diff, diff
from tests.contracts.convention.amended import SECOND_TEXT, of, second


def exchanged(one: str, other: str) -> str:
    """The second version where two clauses exchange their numbers, and duties stay as they are."""
    names = {one: other, other: one}
    pattern = rf"(?<=  - id: )({one}|{other})\b"
    return re.sub(pattern, lambda found: names[found[0]], SECOND_TEXT)


def compared(text: str) -> Diff:
    """The second version against this one."""
    return diff(second(), load(text.encode(), "exchanged.yaml"))


def told(found: Diff, kind: str, lang: str) -> list[str]:
    """The sentences of one kind of change."""
    return [sentence(found.old, found.new, c, lang) for c in found.changes if c.atom.kind == kind]


@pytest.mark.parametrize(
    ("one", "other", "numbers"),
    [("R18", "R32", 1), ("R13", "R39", 1), ("R23", "R40", 2), ("R40", "R41", 2)],
)
def test_an_owed_number_given_to_another_sending_is_told_as_an_opening(
    one: str, other: str, numbers: int
) -> None:
    """R18 met a legal duty of three months: under its number a notice to the school would."""
    found = compared(exchanged(one, other))

    assert (found.opens, found.same) == (True, False)
    assert len(told(found, "owed_number", "fr")) == len(told(found, "owed_number", "en")) == numbers


def test_an_owed_number_says_what_meets_it_now_and_what_did() -> None:
    """In both languages, from the data."""
    found = compared(exchanged("R18", "R32"))

    (said,) = told(found, "owed_number", "fr")
    assert said == (
        "Des obligations nomment le numéro R18, donné à d'autres envois ; ce qui est déjà dû sous ce "
        "numéro pourra être tenu par eux : désormais mesure, pour maintenir la scolarité ; auparavant "
        "rapport d'évaluation, pour décider des suites."
    )
    assert told(found, "owed_number", "en")[0].endswith(
        "now measure, to keep the minor in school; before, evaluation report, to decide what follows."
    )


def test_an_owed_number_is_not_called_a_mere_name() -> None:
    """Duties name clauses by number: what is owed stays with it."""
    found = compared(exchanged("R18", "R32"))

    said = [*told(found, "clause", "fr"), *told(found, "clause", "en")]
    assert not any("aucune règle" in one or "no rules" in one for one in said)


def test_a_sentence_that_names_otherwise_what_is_owed_is_told() -> None:
    """R13 no longer owes the evaluation report, and its own data are what they were."""
    text = exchanged("R18", "R32")
    words = re.compile(r"le\s+rapport\s+d'évaluation\s+\(R18\)")
    assert words.search(text)

    found = compared(words.sub("l'envoi prévu (R18)", text))

    assert any("l'envoi prévu (R18)" in one for one in told(found, "words", "fr"))


def test_an_owed_clause_that_reaches_one_more_is_told_by_the_clause_alone() -> None:
    """R18 to another reader besides: its number still means what it meant."""
    found = diff(second(), of(("recipients: [CRIP]", "recipients: [CRIP, PMI]", "R18")))

    assert found.opens
    assert told(found, "owed_number", "en") == []
