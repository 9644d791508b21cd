"""Dates, numbers, lists and typography as a reader writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

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


def test_a_date_is_written_in_words() -> None:
    """The first of a month is « 1er » in French; day and month are never parted."""
    assert day(date(2026, 10, 1), "fr") == "1er\u00a0octobre 2026"
    assert day(date(2026, 10, 22), "fr") == "22\u00a0octobre 2026"
    assert day(date(2026, 10, 1), "en") == "1\u00a0October 2026"


def test_a_time_is_written_as_people_say_it() -> None:
    """« 23 h 59 », and whole hours without minutes; 23:59 in English."""
    late, nine = datetime(2026, 10, 22, 23, 59, tzinfo=UTC), datetime(2026, 1, 1, 9, tzinfo=UTC)

    assert clock_time(late, "fr") == "23\u00a0h\u00a059"
    assert clock_time(nine, "fr") == "9\u00a0h"
    assert clock_time(nine, "en") == "09:00"
    assert moment(late, "fr") == "22\u00a0octobre 2026 à 23\u00a0h\u00a059"
    assert moment(late, "en") == "22\u00a0October 2026 at 23:59"


def test_numbers_are_grouped_without_a_break() -> None:
    """Thousands stand apart in French and have a comma in English."""
    assert (number(1315, "fr"), number(1315, "en")) == ("1\u202f315", "1,315")
    assert [ordinal(n, "fr") for n in (1, 2, 21)] == ["1er", "2e", "21e"]
    assert [ordinal(n, "en") for n in (1, 2, 3, 11, 22)] == ["1st", "2nd", "3rd", "11th", "22nd"]


def test_lists_end_with_a_word() -> None:
    """« et », « ou »; nothing for nothing."""
    assert all_of(["a", "b", "c"], "fr") == "a, b et c"
    assert any_of(["a", "b", "c"], "en") == "a, b or c"
    assert any_of(["a", "b"], "fr") == "a ou b"
    assert series(["a et b", "c"], "fr") == "a et b ; c"
    assert series(["a and b", "c"], "en") == "a and b; c"
    assert (all_of([], "fr"), all_of(["a"], "fr")) == ("", "a")


def test_a_fact_is_written_by_its_kind() -> None:
    """Numbers, dates and lists need no care of whoever states them."""
    assert said([date(2026, 3, 1), 1315, "a"], "fr") == "1er\u00a0mars 2026, 1\u202f315 et a"
    assert said(True, "fr") == "True"


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
