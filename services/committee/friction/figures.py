"""Which drawings the report has, each from the cells of one table as it is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Final

from services.committee.friction.chart import INKS, Chart, ChartSeries, largest, steps
from services.committee.friction.populations import TIMED
from services.committee.friction.quantiles import DAY, HOUR
from services.committee.friction.told import ToldMonth, ToldReport
from services.committee.friction.words import TITLES, column_words, row_words, time_words
from services.suppression import ALL
from services.texts import Catalogue, month, number, series

if TYPE_CHECKING:
    from contracts.convention.model import Convention

_ = Catalogue(__name__)
_VERSION: Final = _("version {number}")
_DRAWN: Final = {
    "law": _("Share in time, of what the law sets a limit for: {names}"),
    "refused_reason": _("Files with a refusal, for whatever reason: {names}"),
}
_MEDIAN: Final = _("{name}: half of the files within")
_P90: Final = _("{name}: nine files in ten within")
_NAMED: Final = _("{name}: {column}")
_TOLD: Final = _("{name}: {values}")
_UNTOLD: Final = _("not told")
_AT: Final = _("{month} {value}")

Values = Callable[[ToldMonth], float | None]


class Drawings:
    """The drawings of a report in one language.

    Attributes:
        months: as heads and axes name them.
    """

    def __init__(self, report: ToldReport, lang: str, convention: Convention | None) -> None:
        self._report, self._lang, self._convention = report, lang, convention
        self.months = tuple(month(date.fromisoformat(f"{each}-01"), lang) for each in report.names)

    def of(self, realm: str, table: str) -> Chart | None:
        """The drawing of a table; None if it has none, or nothing in it is told."""
        lines = [
            ChartSeries(name, tuple(value(each) for each in self._report.months))
            for name, value in self._lines(realm, table)
        ]
        told = [line for line in lines if any(value is not None for value in line.values)]
        return self._chart(realm, table, told[: len(INKS)]) if told else None

    def _lines(self, realm: str, table: str) -> Iterator[tuple[str, Values]]:
        rows, columns = self._report.rows(realm, table)
        if table == "refused_reason":
            yield from self._columns(realm, table, ALL, columns)
        elif table in ("acts", "measures"):
            for row in rows:
                for name, value in self._columns(realm, table, row, columns):
                    yield _NAMED.say(self._lang, name=self._row(table, row), column=name), value
        elif table == "law":
            for row in rows:
                yield self._row(table, row), _share(realm, table, row, "kept")
        elif table in TIMED:
            for row in rows:
                for at, words in enumerate((_MEDIAN, _P90)):
                    name = words.say(self._lang, name=self._row(table, row))
                    yield name, _timed(realm, table, row, at)

    def _columns(
        self, realm: str, table: str, row: str, columns: Iterable[str]
    ) -> Iterator[tuple[str, Values]]:
        for column in columns:
            if column != ALL:
                yield self._name(table, column), _counted(realm, table, row, column)

    def _row(self, table: str, row: str) -> str:
        return row_words(table, row, self._lang, self._convention)

    def _name(self, table: str, column: str) -> str:
        return column_words(table, column, self._lang, self._convention)

    def _chart(self, realm: str, table: str, lines: Sequence[ChartSeries]) -> Chart:
        timed, shares = table in TIMED, table == "law"
        most = max(largest(line.values) for line in lines)
        values = _time_steps(most) if timed else (0, 50, 100) if shares else steps(most)
        return Chart(
            id=f"{realm}-{table}-chart",
            title=self._title(table, lines),
            description=series([self._told(line, table) for line in lines], self._lang),
            months=self.months,
            series=tuple(lines),
            marks=self._marks(),
            labels=tuple((value, self._words(value, table)) for value in values),
            dots=timed,
        )

    def _title(self, table: str, lines: Sequence[ChartSeries]) -> str:
        """What is drawn; of drawings that leave out what their table has, by name."""
        names = series((line.name for line in lines), self._lang)
        return (
            _DRAWN[table].say(self._lang, names=names)
            if table in _DRAWN
            else TITLES[table].say(self._lang)
        )

    def _told(self, line: ChartSeries, table: str) -> str:
        """A line for those who hear it: each month with its figure."""
        values = [
            _AT.say(self._lang, month=name, value=self._words(value, table))
            for name, value in zip(self.months, line.values, strict=True)
        ]
        return _TOLD.say(self._lang, name=line.name, values=", ".join(values))

    def _words(self, value: float | None, table: str) -> str:
        if value is None:
            return _UNTOLD.say(self._lang)
        if table in TIMED:
            return time_words(int(value), self._lang)
        return percent(value, self._lang) if table == "law" else number(round(value), self._lang)

    def _marks(self) -> dict[int, str]:
        """Where on the axis a version of the convention came into force."""
        marks: dict[int, str] = {}
        announced = (self._report.announced,) if self._report.announced else ()
        for force in (*self._report.conventions, *announced):
            if force.month in self._report.names:
                place = self._report.names.index(force.month)
                marks[place] = _VERSION.say(self._lang, number=str(force.version))
        return marks


def _counted(realm: str, table: str, *labels: str) -> Values:
    return lambda each: each.count(realm, table, *labels)


def _timed(realm: str, table: str, row: str, at: int) -> Values:
    return lambda each: each.times(realm, table, row)[at]


def _share(realm: str, table: str, row: str, column: str) -> Values:
    return lambda each: each.share(realm, table, row, column)


def percent(value: float, lang: str) -> str:
    """`82 %` with a no-break space in French, `82%`."""
    return f"{round(value)}\xa0%" if lang == "fr" else f"{round(value)}%"


def _time_steps(most: float) -> tuple[float, ...]:
    """Zero, half and the whole of an axis of times."""
    unit = HOUR if most <= 2 * DAY else DAY
    top = max(2, -(-int(most) // unit))
    top += top % 2
    return (0.0, top * unit / 2, float(top * unit))
