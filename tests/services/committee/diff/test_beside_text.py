"""What differs beside the permissions is told in words, in the reader's language, and all of it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from contracts.convention.load import load
from contracts.conventions import SECOND, SHIPPED, read
from services.committee.diff.beside_text import Beside, beside
from services.committee.diff.compare import Diff, diff
from services.committee.diff.page import text
from services.committee.diff.sections import Line, line_diff
from tests.contracts.convention.amended import of, role, second
from tests.services.texts.typed import as_typed

WAYS = [(SHIPPED, SECOND), (SECOND, SHIPPED)]


@cache
def shipped(old: str, new: str) -> Diff:
    """One shipped version against the other."""
    return diff(load(read(old), old), load(read(new), new))


def everything() -> Diff:
    """A file against one that says nothing: every kind of value has a line."""
    whole = load(read(SECOND), SECOND)
    added = Line(("repealed", "R30"), "", "SPECREF specialist_followup")
    checked = Line(("texts", "CASF-L226-3", "checked"), "", "2026-02-01")
    later = Line(("texts", "CASF-L226-3", "successor"), "", "CASF-L226-4")
    tables: dict[str, Any] = {name: {} for name in _TABLES} | {"calendar": _no_days(whole)}
    lines = line_diff(replace(whole, **tables), whole)
    return replace(diff(whole, whole), beside=(*lines, added, checked, later))


_TABLES = ("roles", "readers", "party_labels", "scope_labels", "texts", "system", "repealed")


def _no_days(whole: Any) -> Any:
    return replace(whole.calendar, holidays=frozenset(), offsets=whole.calendar.offsets[:1])


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_kind_of_value_is_named_in_words(lang: str) -> None:
    """No path of the file and no code of its tables is left for a reader to decipher."""
    found = everything()

    told = beside(found, lang)

    kinds = {line.path[0] for line in found.beside}
    assert {
        "roles",
        "readers",
        "parties",
        "scopes",
        "texts",
        "system",
        "repealed",
        "calendar",
    } <= kinds
    codes = {*found.new.roles, *found.new.texts, "unbound", "unneeded", "child_welfare"} - {
        "CRIP", "PJJ", "PMI", "ASE", "JE", "MO",  # these are what people call them too
    }  # fmt: skip
    for one in told:
        said = as_typed(f"{one.what} {one.was} {one.becomes}")
        assert not any(f".{last}" in one.what for last in ("fr", "en", "label", "agency")), one
        assert not codes & set(said.replace(":", " ").split()), one


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("versions", WAYS)
def test_each_value_that_differs_is_told_once_in_one_language(
    versions: tuple[str, str], lang: str
) -> None:
    """The reader's where both differ; where only the other does, that one, and it is said."""
    found = shipped(*versions)
    other = "en" if lang == "fr" else "fr"
    paths = {line.path for line in found.beside}

    told = beside(found, lang)

    places = {path[:-1] if path[-1] in ("fr", "en") else path for path in paths}
    assert len(told) == len(places)
    alone = [path for path in paths if path[-1] == other and (*path[:-1], lang) not in paths]
    marked = [one for one in told if one.what.endswith((" (texte anglais)", " (French text)"))]
    assert len(marked) == len(alone)
    written = as_typed(" ".join(f"{one.was} {one.becomes}" for one in told))
    for line in found.beside:
        if line.path[-1] == lang or line.path in alone:
            assert all(as_typed(value) in written for value in (line.was, line.becomes))


def test_a_value_says_what_it_was_and_is() -> None:
    """Both, or what was added, or taken out."""
    there, back = (beside(shipped(*way), "fr") for way in WAYS)

    def of_what(told: list[Beside], what: str) -> tuple[str, str]:
        (one,) = [one for one in told if one.what == what]
        return as_typed(one.was), as_typed(one.becomes)

    dates = "Auparavant : 1er janvier 2026", "Désormais : 1er octobre 2026"
    assert of_what(there, "Date d’effet") == dates
    heading = "orientation vers un lieu d'accueil"
    assert of_what(there, "Clause R46, intitulé") == ("", f"Ajout : {heading}")
    assert of_what(back, "Clause R46, intitulé") == (f"Suppression : {heading}", "")


def test_of_the_holidays_only_those_that_differ_are_told() -> None:
    """A list of years would hide the one day that came or went."""
    more = of(("2026: [01-01,", "2026: [01-01, 03-02,", ""))

    (there,), (back,) = beside(diff(second(), more), "fr"), beside(diff(more, second()), "fr")

    assert (there.what, as_typed(there.was), as_typed(there.becomes)) == (
        "Jours fériés", "", "Ajout : 2 mars 2026",
    )  # fmt: skip
    assert (as_typed(back.was), as_typed(back.becomes)) == ("Suppression : 2 mars 2026", "")


def test_a_role_is_told_by_the_party_that_it_belongs_to() -> None:
    """Whoever works there reads what the role receives."""
    told = beside(diff(second(), of(role("GREFFE", "police"))), "fr")

    (party,) = [one for one in told if one.what.endswith(": institution")]
    assert as_typed(party.becomes) == "Ajout : Police et gendarmerie nationales"


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("versions", WAYS)
def test_the_terminal_shows_no_path_of_the_file(versions: tuple[str, str], lang: str) -> None:
    """Programs read paths in the JSON; people read names."""
    found = shipped(*versions)

    told = text(found, lang)

    assert not any(".".join(line.path) in told for line in found.beside if len(line.path) > 1)
    assert not any(line in told for line in found.lines)
