"""Dates, times, numbers and lists as a French or English reader writes them.

Babel's data for fr and en-GB (Unicode CLDR), plus what they lack: « 1er » for the first of a month,
« 23 h 59 », ordinals. Babel is loaded by the first call that needs it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Final, Protocol, runtime_checkable

_LOCALE: Final = {"fr": "fr_FR"}
_ENGLISH: Final = "en_GB"
_NO_BREAK: Final = "\u00a0"


@runtime_checkable
class Sayable(Protocol):
    """What a language can be chosen for: a `Text`."""

    def say(self, lang: str) -> str:
        """The words in a language."""


def said(fact: object, lang: str) -> str:
    """A fact of a text as it is written.

    An int as `number`, a datetime as `moment`, a date as `day`, a list or tuple as `all_of`, a text
    in the language; anything else as `str` gives it.
    """
    if isinstance(fact, str):
        return fact
    if isinstance(fact, int) and not isinstance(fact, bool):
        return number(fact, lang)
    if isinstance(fact, datetime):
        return moment(fact, lang)
    if isinstance(fact, date):
        return day(fact, lang)
    if isinstance(fact, list | tuple):
        return all_of(fact, lang)
    return fact.say(lang) if isinstance(fact, Sayable) else str(fact)


def number(count: int, lang: str) -> str:
    """`1 315` with a no-break space, `1,315`."""
    if -1000 < count < 1000:
        return str(count)
    from babel.numbers import format_decimal

    return format_decimal(count, locale=_locale(lang))


def ordinal(count: int, lang: str) -> str:
    """`1er`, `2e`; `1st`, `2nd`, `11th`."""
    if lang == "fr":
        return "1er" if count == 1 else f"{count}e"
    ending = {1: "st", 2: "nd", 3: "rd"}.get(count % 10 if count % 100 not in (11, 12, 13) else 0)
    return f"{count}{ending or 'th'}"


def day(value: date, lang: str) -> str:
    """`1er octobre 2026`, `1 October 2026`; a datetime's day is that of its own clock."""
    from babel.dates import format_date

    first = "1er" if lang == "fr" and value.day == 1 else str(value.day)
    month = format_date(value, "MMMM", locale=_locale(lang))
    return f"{first}{_NO_BREAK}{month} {value.year}"


def month(value: date, lang: str) -> str:
    """`sept. 2026`, `Sept 2026`: a month as the heads of tables and axes have it."""
    from babel.dates import format_date

    return format_date(value, f"MMM{_NO_BREAK}y", locale=_locale(lang))


def clock_time(value: datetime, lang: str) -> str:
    """`23 h 59`, `9 h`; `23:59`. Of the value's own clock: convert it to Paris before."""
    if lang != "fr":
        return f"{value:%H:%M}"
    minutes = f"{_NO_BREAK}{value:%M}" if value.minute else ""
    return f"{value.hour}{_NO_BREAK}h{minutes}"


def clock_second(value: datetime, lang: str) -> str:
    """`23 h 59 min 05 s`, `23:59:05`; as `clock_time` otherwise."""
    if lang != "fr":
        return f"{value:%H:%M:%S}"
    return f"{value.hour} h {value:%M} min {value:%S} s".replace(" ", _NO_BREAK)


def moment(value: datetime, lang: str) -> str:
    """`22 octobre 2026 à 23 h 59`, `22 October 2026 at 23:59`, by the value's own clock."""
    at = "à" if lang == "fr" else "at"
    return f"{day(value, lang)} {at} {clock_time(value, lang)}"


def all_of(items: Iterable[object], lang: str) -> str:
    """`a, b et c`, `a, b and c`; of nothing, nothing."""
    return _listed(items, lang, "standard")


def any_of(items: Iterable[object], lang: str) -> str:
    """`a, b ou c`, `a, b or c`; of nothing, nothing."""
    return _listed(items, lang, "or")


def series(items: Iterable[object], lang: str) -> str:
    """`a ; b`, `a; b`: of items that hold commas or `et` themselves."""
    return (" ; " if lang == "fr" else "; ").join(said(item, lang) for item in items)


def _listed(items: Iterable[object], lang: str, style: str) -> str:
    words = [said(item, lang) for item in items]
    if len(words) < 2:
        return "".join(words)
    from babel.lists import format_list

    return format_list(words, "or" if style == "or" else "standard", locale=_locale(lang))


def _locale(lang: str) -> str:
    return _LOCALE.get(lang, _ENGLISH)


def aligned(table: Sequence[Sequence[str]]) -> Iterator[str]:
    """A line a row, its cells under one another; none is cut: ids in them are typed again."""
    widths = [max(map(len, cells)) for cells in zip(*table, strict=True)]
    for row in table:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def counted(forms: tuple[str, str], n: int, **facts: object) -> str:
    """One form or the other by a number: `counted(("{n} file", "{n} files"), 3)` is `3 files`."""
    return forms[n != 1].format(n=n, **facts)
