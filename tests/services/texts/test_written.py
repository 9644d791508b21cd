"""Dates, numbers, lists and typography as a reader writes them; a word for each code of a body."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, Final

import pytest

from contracts.vocabulary.events import body_of
from contracts.vocabulary.scopes import EVENT_TYPES, ROLES, SCOPES
from services.labels.body_labels import CODED, FIELD_LABELS, VALUE_LABELS
from services.texts import (
    all_of,
    any_of,
    clock_time,
    day,
    moment,
    number,
    ordinal,
    said,
    series,
    typeset,
)

LATE, NINE = datetime(2026, 10, 22, 23, 59, tzinfo=UTC), datetime(2026, 1, 1, 9, tzinfo=UTC)
FIRST = date(2026, 10, 1)


@pytest.mark.parametrize(
    ("written", "french", "english"),
    [
        (partial(day, FIRST), "1er\u00a0octobre 2026", "1\u00a0October 2026"),
        (partial(moment, LATE), "22\u00a0octobre 2026 à 23\u00a0h\u00a059",
         "22\u00a0October 2026 at 23:59"),
        (partial(clock_time, NINE), "9\u00a0h", "09:00"),
        (partial(number, 1315), "1\u202f315", "1,315"),
        (partial(ordinal, 1), "1er", "1st"), (partial(ordinal, 2), "2e", "2nd"),
        (partial(ordinal, 3), "3e", "3rd"), (partial(ordinal, 11), "11e", "11th"),
        (partial(ordinal, 22), "22e", "22nd"),
        (partial(all_of, ["a", "b", "c"]), "a, b et c", "a, b and c"),
        (partial(any_of, ["a", "b"]), "a ou b", "a or b"),
        (partial(series, ["a", "b"]), "a ; b", "a; b"),
        (partial(all_of, []), "", ""), (partial(all_of, ["a"]), "a", "a"),
        (partial(said, [FIRST, 1315, "a"]), "1er\u00a0octobre 2026, 1\u202f315 et a",
         "1\u00a0October 2026, 1,315 and a"),
        (partial(said, True), "True", "True"),
    ],
)  # fmt: skip
def test_a_fact_is_written_as_a_reader_of_its_language_does(
    written: Callable[[str], str], french: str, english: str
) -> None:
    """Dates, hours, numbers, lists: by their kind, whoever states them."""
    assert (written("fr"), written("en")) == (french, english)


@pytest.mark.parametrize(
    ("typed", "french"),
    [
        ("l'acte et d'« urgence »", "l’acte et d’«\u00a0urgence\u00a0»"),
        ("oui : non ; si ?", "oui\u00a0: non\u00a0; si\u00a0?"),
        ("art. L. 226-2-1", "art.\u00a0L.\u00a0226‑2‑1"),
        ("art. L. 3133-22, 2026-10", "art.\u00a0L.\u00a03133‑22, 2026-10"),
        (
            "Lina, 14 ans, vers 22 h 10, 5 % en 3 min",
            "Lina, 14\u00a0ans, vers 22\u00a0h\u00a010, 5\u00a0% en 3\u00a0min",
        ),
        ("le processus 3 s'est arrêté, 2 anses", "le processus 3 s’est arrêté, 2 anses"),
        ("articles 375-3 et 375-5", "articles 375‑3 et 375‑5"),
        ("le 2026-10-01, `a'b L. 1-2`", "le 2026-10-01, `a'b L. 1-2`"),
        ("desk.civil-1-2 0190-0a:1-2", "desk.civil-1-2 0190-0a:1-2"),
    ],
)
def test_nothing_breaks_where_it_must_not(typed: str, french: str) -> None:
    """Apostrophes, marks, article numbers and units are set; dates, identifiers and code stay."""
    assert typeset(typed, "fr") == french
    assert typeset(french, "fr") == french


def test_english_sets_no_mark_apart() -> None:
    """English has typographic apostrophes and whole article numbers, and no spaces before marks."""
    assert typeset("a clause's sentence : art. L. 226-2", "en") == (
        "a clause’s sentence : art.\u00a0L.\u00a0226‑2"
    )


# Levels of a school and media types are words as they are; roles are named as everywhere.
AS_THEY_ARE: Final = {"6e", "5e", "4e", "3e", "2nde", "1re", "image/jpeg", "image/png"} | set(ROLES)


def members() -> dict[str, set[str]]:
    """Members of all bodies but the published figures' → their coded values."""
    found: dict[str, set[str]] = {}
    for body in {
        body_of(etype, scope) for etype in EVENT_TYPES for scope in SCOPES if scope != "STAT.counts"
    }:
        schema = body.model_json_schema(by_alias=False)
        for model in (schema, *schema.get("$defs", {}).values()):
            for name, member in model.get("properties", {}).items():
                found.setdefault(name, set()).update(codes(member))
    return found


def codes(schema: Any) -> Iterator[str]:
    """The words that a member may hold, at whatever depth."""
    if isinstance(schema, dict):
        yield from schema.get("enum", [schema["const"]] if "const" in schema else [])
    if isinstance(schema, dict | list):
        for below in schema.values() if isinstance(schema, dict) else schema:
            yield from codes(below)


def test_every_member_has_a_word_and_every_word_a_member() -> None:
    """In the inbox of the terminal a member is named, not coded."""
    assert set(FIELD_LABELS) == set(members())


def test_every_coded_value_has_a_word_and_every_word_a_value() -> None:
    """In the members that hold codes."""
    coded = {value for name, values in members().items() if name in CODED for value in values}

    assert coded - AS_THEY_ARE == set(VALUE_LABELS)
