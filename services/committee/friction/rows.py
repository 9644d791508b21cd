"""A table's rows in words, a line a column and a value a month, and the rows of which nothing is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from services.committee.friction.figures import percent
from services.committee.friction.populations import TIMED
from services.committee.friction.told import ToldReport
from services.committee.friction.words import column_words, row_words, time_words
from services.texts import Catalogue, number

if TYPE_CHECKING:
    from contracts.convention.model import Convention

_ = Catalogue(__name__)

UNTOLD: Final = "–"
_SHARE: Final = _("share in time")
_FILES: Final = _("files")
_MEDIAN: Final = _("half within")
_P90: Final = _("nine in ten within")


class TableRows:
    """The rows of a report's tables in one language."""

    def __init__(self, report: ToldReport, lang: str, convention: Convention | None) -> None:
        self._report, self._lang, self._convention = report, lang, convention

    def of(self, realm: str, table: str) -> dict[str, Any]:
        """`rows`: label and lines of each; `untold`: labels."""
        rows, columns = self._report.rows(realm, table)
        told = [row for row in rows if self._is_told(realm, table, row, columns)]
        return {
            "rows": [
                {
                    "label": self._row(table, row),
                    "lines": list(self._lines(realm, table, row, columns)),
                }
                for row in told
            ],
            "untold": [self._row(table, row) for row in rows if row not in told],
        }

    def _row(self, table: str, row: str) -> str:
        return row_words(table, row, self._lang, self._convention)

    def _is_told(self, realm: str, table: str, row: str, columns: tuple[str, ...]) -> bool:
        """Whether anything of a row is told, in any month."""
        places = [(row, column) for column in columns] if columns else [(row,)]
        return any(
            each.count(realm, table, *place) is not None
            for each in self._report.months
            for place in places
        )

    def _lines(
        self, realm: str, table: str, row: str, columns: tuple[str, ...]
    ) -> Iterator[tuple[str, list[str]]]:
        """Counts, then the times and shares that go with them."""
        months, lang = self._report.months, self._lang
        if not columns:
            counts = [each.count(realm, table, row) for each in months]
            yield _FILES.say(lang), [counted(count, lang) for count in counts]
        for column in columns:
            if not any(each.has(realm, table, row, column) for each in months):
                continue  # the conventions let there be no such case
            counts = [each.count(realm, table, row, column) for each in months]
            name = column_words(table, column, lang, self._convention)
            yield name, [counted(count, lang) for count in counts]
        if table == "law":
            shares = [each.share(realm, table, row, "kept") for each in months]
            yield _SHARE.say(lang), [shared(value, lang) for value in shares]
        if table in TIMED:
            for at, words in enumerate((_MEDIAN, _P90)):
                times = [each.times(realm, table, row)[at] for each in months]
                yield words.say(lang), [timed(time, lang) for time in times]


def counted(value: int | None, lang: str) -> str:
    """A count in words."""
    return UNTOLD if value is None else number(value, lang)


def shared(value: int | None, lang: str) -> str:
    """A share in words."""
    return UNTOLD if value is None else percent(value, lang)


def timed(seconds: int | None, lang: str) -> str:
    """A time in words."""
    return UNTOLD if seconds is None else time_words(seconds, lang)
