"""Drawings by month as inline SVG: drawn from what may be told, and from nothing else.

Each drawing has a title and a description for those who hear it; the table below it has the same
figures. What is not told has a dash in its place, the same whatever it hides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from markupsafe import Markup

WIDTH: Final = 720
LEFT: Final = 84
TOP: Final = 26
FLOOR: Final = 190  # where values begin
LEGEND: Final = 224  # where the legend's first line ends
LINE: Final = 18  # of the legend
INKS: Final = ("#0b5394", "#9a3412", "#57606a", "#14532d")
HIDDEN: Final = "–"
_RULE: Final = Markup(
    '<line class="rule" x1="{}" y1="{}" x2="{}" y2="{}" stroke="#8c959f" stroke-width="0.5"/>'
)
_MARK: Final = Markup(
    '<line class="mark" x1="{0}" y1="{1}" x2="{0}" y2="{2}" stroke="#57606a" stroke-dasharray="4 3"/>'
)
_BAR: Final = Markup('<rect class="{} ink{}" x="{}" y="{}" width="{}" height="{}" fill="{}"/>')
_DOT: Final = Markup('<circle class="dot ink{}" cx="{}" cy="{}" r="{}" fill="{}"/>')
_WORDS: Final = Markup(
    '<text x="{}" y="{}" text-anchor="{}" font-size="12" fill="#1b1f24">{}</text>'
)


@dataclass(frozen=True, slots=True)
class ChartSeries:
    """One line of a drawing's legend: a value a month, None where it is hidden."""

    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing.

    Attributes:
        id: of its title and description in the page.
        months: as the axis names them.
        marks: place of a month -> the convention's version that came into force in it.
        labels: values of the axis, each with its words.
        dots: dots instead of bars.
    """

    id: str
    title: str
    description: str
    months: tuple[str, ...]
    series: tuple[ChartSeries, ...]
    marks: Mapping[int, str]
    labels: tuple[tuple[float, str], ...]
    dots: bool = False

    def svg(self) -> Markup:
        """The drawing."""
        return Markup(
            '<svg class="chart" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img"'
            ' aria-labelledby="{id}-t {id}-d"><title id="{id}-t">{title}</title>'
            '<desc id="{id}-d">{told}</desc>{parts}</svg>'
        ).format(
            w=WIDTH, h=LEGEND + LINE * len(self.series) - 8, id=self.id, title=self.title, told=self.description,
            parts=Markup("").join(self._parts()),
        )  # fmt: skip

    def named(self, name: str) -> Chart:
        """The same, under another id: a page has an id once."""
        return replace(self, id=name)

    def height(self, value: float) -> float:
        """How far above the floor a value stands, in the drawing's units."""
        most = max((at for at, _words in self.labels), default=1) or 1
        return round((FLOOR - TOP) * min(1.0, value / most), 2)

    def _parts(self) -> Iterator[Markup]:
        yield from self._axis()
        slot = (WIDTH - LEFT - 8) / max(1, len(self.months))
        for at, month in enumerate(self.months):
            start = LEFT + slot * at
            yield _text(start + slot / 2, FLOOR + 16, month, "middle")
            if at in self.marks:
                yield from _mark(start, self.marks[at])
            yield from self._values(at, start + slot * 0.12, slot * 0.76)
        for number, series in enumerate(self.series):
            y = LEGEND + LINE * number
            yield _bar(LEFT, y - 9, 10, 10, number, kind="key")
            yield _text(LEFT + 16, y, series.name, "start")

    def _axis(self) -> Iterator[Markup]:
        for value, words in self.labels:
            y = FLOOR - self.height(value)
            yield _RULE.format(LEFT, _n(y), WIDTH - 8, _n(y))
            yield _text(LEFT - 5, y + 4, words, "end")

    def _values(self, at: int, start: float, width: float) -> Iterator[Markup]:
        each = width / max(1, len(self.series))
        for number, series in enumerate(self.series):
            value, x = series.values[at], start + each * number
            if value is None:
                yield _text(x + each / 2, FLOOR - 6, HIDDEN, "middle")
            elif self.dots:
                y = FLOOR - self.height(value)
                yield _dot(x + each / 2, y, number)
            else:
                high = self.height(value)
                yield _bar(x, FLOOR - high, min(each * 0.86, 46), high, number)


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _bar(
    x: float, y: float, width: float, height: float, number: int, *, kind: str = "bar"
) -> Markup:
    place = (_n(x), _n(y), _n(width), _n(height))
    return _BAR.format(kind, number, *place, INKS[number])


def _dot(x: float, y: float, number: int) -> Markup:
    return _DOT.format(number, _n(x), _n(y), 5, INKS[number])


def _mark(x: float, words: str) -> Iterator[Markup]:
    yield _MARK.format(_n(x), TOP - 8, FLOOR)
    yield _text(x + 4, TOP - 10, words, "start")


def _text(x: float, y: float, words: str, anchor: str) -> Markup:
    return _WORDS.format(_n(x), _n(y), anchor, words)


def steps(most: float) -> tuple[float, ...]:
    """Values of an axis that reaches `most`: zero, and round numbers."""
    top = next(
        (
            unit * 10**power
            for power in range(9)
            for unit in (1, 2, 5)
            if unit * 10**power >= max(most, 10)
        ),
        most,
    )
    return (0, top / 2, top)


def largest(values: Sequence[float | None]) -> float:
    """The largest of what is told."""
    return max((value for value in values if value is not None), default=0)
