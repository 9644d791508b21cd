"""Attacks by a name: two roles, categories or parties that a reader takes for one another."""

from __future__ import annotations

import re

import pytest

from contracts.convention.checks.lookalike_names import skeleton
from contracts.convention.load import load
from contracts.errors import ConventionError
from services.committee.lint.run import PROBLEM, lint
from services.texts import typed
from tests.contracts.convention.amended import amended, clause, of, refusal, role

TEXT = '    fr: texte\n    en: text\n    from: 2020-01-01\n    until: ""\n    checked: ""\n'


@pytest.mark.parametrize(
    ("old", "new", "pair"),
    [
        ("fr: les services de police et de gendarmerie", "fr: la  Crip", ("POL", "CRIP")),
        ("fr: le lieu d'accueil", "fr: les services de polıce et de gendarrnerie", ("POL", "HOME")),
        ("en: the police and gendarmerie", 'en: "the child-concern intake unit, CRlP"',
         ("POL", "CRIP")),
        ("fr: le comité de pilotage", 'fr: "l’équipe de prévention spécialisee"', ("PSP", "COPIL")),
        ("fr: le lieu d'accueil", "fr: juge des enfants", ("JE", "HOME")),  # a label, and a name
        ("fr: Prévention spécialisée", "fr: milieu ouvert (AED - AEMO)", ("MO", "PSP")),
        ("fr: signes cliniques constatés ou directement observés", "fr: Identité",
         ("IDENTITY", "HEALTH.vital")),
        ("fr: \"apprécier l'alerte\"", "fr: Enquêter", ("assess", "investigate")),
        ("en: Partner associations", "en: national education (DSDEN 93)",
         ("education", "association")),
    ],
)  # fmt: skip
def test_two_names_that_the_eye_may_confuse_do_not_load(
    old: str, new: str, pair: tuple[str, str]
) -> None:
    """In either language; case, spaces, accents, punctuation and 1, I, l make no difference."""
    error = refusal((old, new, ""))

    assert (error.code, error.facts[:2]) == ("names_alike", pair)
    assert f"  {pair[1]}:" in amended((old, new, "")).decode().splitlines()[error.line - 1]


def test_a_new_role_may_not_bear_the_name_of_a_known_one() -> None:
    """Whoever reads "the police" in a sentence must be right that it is the police."""
    name, row, _ = role("P9", "child_welfare")
    named = "fr: les services de police et de gendarmerie, en: the new role"

    error = refusal((name, row.replace("fr: le nouveau rôle P9, en: the new role P9", named), ""))

    assert (error.code, error.facts[:2]) == ("names_alike", ("POL", "P9"))


def test_a_name_that_is_not_ours_is_a_problem_wherever_it_stands() -> None:
    """Of a role in sentences too: no uniqueness shows that the police is called a service."""
    changed = of(("fr: les services de police et de gendarmerie", "fr: le service de garde", ""))

    (found,) = [one for one in lint(changed) if one.code == "label_differs"]

    assert (found.level, found.facts[:2]) == (PROBLEM, ("POL", "named"))
    assert "“les services de police et de gendarmerie”" in typed(found.what())


@pytest.mark.parametrize(
    ("model", "edit", "like"),
    [
        ("POL", role("P0L", "child_welfare"), "P0L"),
        ("EDU-S", role("EDU_S", "child_welfare"), "EDU_S"),
        ("EDU-S", role("EDUS", "child_welfare"), "EDUS"),
        ("POL", role("PO-L", "child_welfare"), "PO-L"),
        ("CRIP", role("CRlP", "association"), "CRlP"),
        ("BUS", role("Bus", "association"), "Bus"),
        ("ODPE", ("\n# Reference services of a case", (
            "\n  0DPE: {fr: le maire, en: the mayor}\n\n# Reference services of a case"
        ), ""), "0DPE"),
        ("police", ("\n# How many", "  pollce: {fr: Ville, en: City}\n\n# How many", ""), "pollce"),
        ("CPP-11", ("  CPP-40:\n", f"  CPP-1I:\n{TEXT}  CPP-40:\n", ""), "CPP-1I"),
    ],
)  # fmt: skip
def test_a_code_that_looks_like_another_does_not_load(
    model: str, edit: tuple[str, str, str], like: str
) -> None:
    """Letters are ASCII, and still 0 is read as O, and 1 as I or l."""
    error = refusal(edit)

    assert (error.code, error.facts) == ("codes_alike", (model, like))
    assert f"  {like}:" in amended(edit).decode().splitlines()[error.line - 1]


@pytest.mark.slow
def test_a_code_is_held_apart_from_known_ones_that_the_file_lacks() -> None:
    """Without any PSP of its own, a file may not call another role PsP."""
    lost = amended().decode().replace("  PSP:\n", "  PsP:\n", 1)

    with pytest.raises(ConventionError) as caught:
        load(re.sub(r"\bPSP\b", "PsP", lost).encode(), "alike.yaml")

    assert (caught.value.code, caught.value.facts) == ("codes_alike", ("PSP", "PsP"))


def test_the_look_alike_of_the_police_gets_nothing_past_its_promises() -> None:
    """P0L in the Department's house, named as the police is, with a clause numbered R046."""
    name, row, _ = role("P0L", "child_welfare")
    sends = clause("R046", "EDU-S", "P0L", scopes="[FACTS, RISK]")

    assert refusal((name, row, ""), sends).code == "bad_clause_id"
    assert refusal((name, row, ""), (sends[0], sends[1].replace("R046", "R97"), "")).code == (
        "codes_alike"
    )


def test_clause_numbers_are_written_in_one_way() -> None:
    """Two digits, or three without a zero in front."""
    for name in ("R046", "R001", "R000", "R1000", "R1"):
        assert refusal(clause(name, "EDU-S", "CRIP")).code == "bad_clause_id"


def test_names_that_differ_in_words_have_different_skeletons() -> None:
    """The comparison is of what is seen, not of what is alike in meaning."""
    assert skeleton("Unité 1, l'Œuvre") == skeleton("UNITE l l’œuvre")
    assert skeleton("le parquet (civil)") != skeleton("le parquet (action publique)")
