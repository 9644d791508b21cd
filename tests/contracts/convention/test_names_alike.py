"""Attacks by a name: two roles, categories or parties that a reader takes for one another."""

from __future__ import annotations

import pytest

from contracts.convention.alike import skeleton
from contracts.convention.lint import PROBLEM, lint
from contracts.convention.load import load
from contracts.errors import ConventionError
from tests.contracts.convention.amended import amended, of, role


def refused(*edits: tuple[str, str, str]) -> ConventionError:
    """The error with which an amended file does not load."""
    with pytest.raises(ConventionError) as caught:
        load(amended(*edits), "alike.yaml")
    return caught.value


@pytest.mark.parametrize(
    ("old", "new", "pair"),
    [
        ("fr: les services de police et de gendarmerie", "fr: la  Crip", ("POL", "CRIP")),
        ("en: the police and gendarmerie", 'en: "the child-concern intake unit, CRlP"',
         ("POL", "CRIP")),
        ("fr: le comité de pilotage", 'fr: "l’équipe de prévention spécialisee"', ("PSP", "COPIL")),
        ("fr: Prévention spécialisée", "fr: milieu ouvert (AED - AEMO)", ("MO", "PSP")),
        ("fr: signes vitaux ou directement observés", "fr: Identité", ("IDENTITY", "HEALTH.vital")),
        ("en: Partner associations", "en: national education (DSDEN 93)",
         ("education", "association")),
    ],
)  # fmt: skip
def test_two_names_that_the_eye_may_confuse_do_not_load(
    old: str, new: str, pair: tuple[str, str]
) -> None:
    """In either language; case, spaces, accents, punctuation and 1, I, l make no difference."""
    error = refused((old, new, ""))

    assert (error.code, error.facts[:2]) == ("names_alike", pair)
    assert f"  {pair[1]}:" in amended((old, new, "")).decode().splitlines()[error.line - 1]


def test_a_new_role_may_not_bear_the_name_of_a_known_one() -> None:
    """Whoever reads "the police" in a sentence must be right that it is the police."""
    name, row, _ = role("P9", "child_welfare")
    named = "fr: les services de police et de gendarmerie, en: the new role"

    error = refused((name, row.replace("fr: le nouveau rôle P9, en: the new role P9", named), ""))

    assert (error.code, error.facts[:2]) == ("names_alike", ("POL", "P9"))


def test_a_name_that_is_not_ours_is_a_problem_wherever_it_stands() -> None:
    """Of a role in sentences too: no uniqueness shows that the police is called a service."""
    changed = of(("fr: les services de police et de gendarmerie", "fr: le service de garde", ""))

    (found,) = [one for one in lint(changed) if one.code == "label_differs"]

    assert (found.level, found.facts[:2]) == (PROBLEM, ("POL", "named"))
    assert "« les services de police et de gendarmerie »" in found.mend("fr")


def test_names_that_differ_in_words_have_different_skeletons() -> None:
    """The comparison is of what is seen, not of what is alike in meaning."""
    assert skeleton("Unité 1, l'Œuvre") == skeleton("UNITE l l’œuvre")
    assert skeleton("le parquet (civil)") != skeleton("le parquet (action publique)")
