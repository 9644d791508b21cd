"""What a story tells: lines as values first, then words on a screen or JSON.

A line has a kind, an instant and a text in French and in English. The teller keeps all of them and
hands each on to whoever shows it; a line that is not `ok` makes the play fail.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple

from rich.console import Console
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from contracts.convention.calendar import Calendar

Lang = Literal["fr", "en"]
Kind = Literal[
    "story", "note", "act", "reply", "arrived", "withheld", "left_out", "refused", "door", "owed",
    "done", "overdue", "moved", "view", "check", "verdict",
]  # fmt: skip

_DAYS: Final = {
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS: Final = {
    "fr": (
        "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre",
        "octobre", "novembre", "décembre",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    ),
}  # fmt: skip


_THIN: Final = re.compile(r" ([:;?!»])")  # French typography


class Said(NamedTuple):
    """One text in both languages."""

    fr: str
    en: str

    def of(self, lang: Lang) -> str:
        """The text in a language; in French with the spaces that do not break a line."""
        if lang == "en":
            return self.en
        return _THIN.sub("\u00a0\\1", self.fr).replace("« ", "«\u00a0")


def said(words: Callable[[Lang], str]) -> Said:
    """A text made by a function of the language."""
    return Said(words("fr"), words("en"))


@dataclass(frozen=True, slots=True)
class Line:
    """One thing told.

    Attributes:
        at: instant, seconds.
        ok: False if what was observed is not what the story expects.
        data: the same for machines: desks, events, scopes, codes; never content.
    """

    kind: Kind
    at: int
    text: Said
    ok: bool = True
    data: dict[str, Any] = field(default_factory=dict)


class Teller:
    """Keeps what is told; `show` is called with each line as it comes."""

    def __init__(self, show: Callable[[Line], None] | None = None) -> None:
        self.lines: list[Line] = []
        self._show = show

    def tell(self, kind: Kind, at: int, text: Said, *, ok: bool = True, **data: Any) -> None:
        """Add a line."""
        line = Line(kind, at, text, ok, data)
        self.lines.append(line)
        if self._show is not None:
            self._show(line)

    @property
    def failures(self) -> list[Line]:
        """What was not as expected."""
        return [line for line in self.lines if not line.ok]

    @property
    def checks(self) -> int:
        """How many expectations were put to the test."""
        return sum(line.data.get("checks", 0) for line in self.lines)


def day_text(moment: datetime, lang: Lang) -> str:
    """`vendredi 11 septembre 2026`, `Friday 11 September 2026`."""
    number = "1er" if lang == "fr" and moment.day == 1 else str(moment.day)
    day, month = _DAYS[lang][moment.weekday()], _MONTHS[lang][moment.month - 1]
    return f"{day} {number} {month} {moment.year}"


def moment_text(at: int, calendar: Calendar, lang: Lang) -> str:
    """An instant in Paris time; the end of a day by its day alone."""
    moment = calendar.local(at)
    if (moment.hour, moment.minute) == (23, 59):
        return day_text(moment, lang)
    joint = " à " if lang == "fr" else " at "
    return day_text(moment, lang) + joint + moment.strftime("%H:%M")


def as_json(lines: list[Line], lang: Lang, calendar: Calendar) -> list[dict[str, Any]]:
    """The lines for `--format json`."""
    return [
        {
            "kind": line.kind, "at": calendar.local(line.at).isoformat(), "ok": line.ok,
            "text": line.text.of(lang), **line.data,
        }
        for line in lines
    ]  # fmt: skip


# kind -> (mark, style)
_LOOKS: Final[dict[str, tuple[str, str]]] = {
    "note": ("", "italic"),
    "act": ("", "bold"),
    "reply": ("", "bold"),
    "arrived": ("→", "green"),
    "withheld": ("✂", "yellow"),
    "left_out": ("✂", "yellow"),
    "refused": ("✗", "bold red"),
    "door": ("⇒", "cyan"),
    "owed": ("⏱", "blue"),
    "done": ("✓", "green"),
    "overdue": ("⚠", "bold yellow"),
    "moved": ("⏱", "blue"),
    "view": ("◦", "dim"),
    "check": ("", "dim"),
    "verdict": ("", "bold"),
}
_TIMED: Final = frozenset({"act", "reply", "overdue"})
_HIDDEN_IF_FINE: Final = frozenset({"check"})


class Screen:
    """Shows lines on a console, one block a story, one heading a day.

    Args:
        calendar: for Paris time.
    """

    def __init__(self, console: Console, calendar: Calendar, lang: Lang) -> None:
        self._console = console
        self._calendar = calendar
        self._lang = lang
        self._day = ""

    def __call__(self, line: Line) -> None:
        """Show a line as soon as it is told."""
        text = line.text.of(self._lang)
        if line.kind == "story":
            self._day = ""
            self._console.print()
            self._console.print(Rule(Text(text, "bold"), style="bold", align="left"))
            return
        if line.ok and (line.kind in _HIDDEN_IF_FINE or line.data.get("quiet")):
            return
        self._heading(line)
        mark, style = _LOOKS[line.kind] if line.ok else ("✗✗", "bold white on red")
        moment = self._calendar.local(line.at).strftime("%H:%M") if line.kind in _TIMED else ""
        row = Table.grid(padding=(0, 1))
        row.add_column(width=5)
        row.add_column(width=2, justify="right")
        row.add_column()
        if mark:
            row.add_row(Text(moment, "dim"), Text(mark, style), Text(text, style))
            self._console.print(row)
        else:
            wide = Table.grid(padding=(0, 1))
            wide.add_column(width=5)
            wide.add_column()
            wide.add_row(Text(moment, "dim"), Text(text, style))
            self._console.print(wide)

    def _heading(self, line: Line) -> None:
        day = day_text(self._calendar.local(line.at), self._lang)
        if day != self._day:
            self._day = day
            self._console.print()
            self._console.print(Text(day, "bold underline"))
