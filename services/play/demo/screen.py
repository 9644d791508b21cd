"""What a story tells: lines as values first, then words on a screen or JSON.

A line has a kind, an instant and a text that is said in French or in English. The teller keeps
all of them and hands each on to whoever shows it; a line that is not `ok` makes the play fail.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from rich.console import Console
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from contracts.convention.calendar import Calendar
from services.texts import FilledText, clock_time, day
from services.texts import Text as Phrase

Sentence = Phrase | FilledText
Lang = Literal["fr", "en"]
Kind = Literal[
    "title", "introduction", "section", "cast", "legend", "closing", "story", "note", "act",
    "reply", "arrived", "withheld", "left_out", "refused", "door", "owed", "done", "overdue",
    "moved", "view", "check", "verdict",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class ScreenLine:
    """One thing told.

    Attributes:
        at: instant, seconds.
        ok: False if what was observed is not what the story expects.
        data: the same for machines: desks, events, scopes, codes; never content.
    """

    kind: Kind
    at: int
    text: Sentence
    ok: bool = True
    data: dict[str, Any] = field(default_factory=dict)


class Teller:
    """Keeps what is told; `show` is called with each line as it comes."""

    def __init__(self, show: Callable[[ScreenLine], None] | None = None) -> None:
        self.lines: list[ScreenLine] = []
        self._show = show

    def tell(self, kind: Kind, at: int, text: Sentence, *, ok: bool = True, **data: Any) -> None:
        """Add a line."""
        line = ScreenLine(kind, at, text, ok, data)
        self.lines.append(line)
        if self._show is not None:
            self._show(line)

    @property
    def failures(self) -> list[ScreenLine]:
        """What was not as expected."""
        return [line for line in self.lines if not line.ok]

    @property
    def checks(self) -> int:
        """How many expectations were put to the test."""
        return sum(line.data.get("checks", 0) for line in self.lines)


def day_text(moment: datetime, lang: str) -> str:
    """`vendredi 11 septembre 2026`, `Friday 11 September 2026`."""
    from babel.dates import format_date

    weekday = format_date(moment, "EEEE", locale="fr_FR" if lang == "fr" else "en_GB")
    return f"{weekday} {day(moment, lang)}"


def deadline_text(moment: datetime, lang: str) -> str:
    """A deadline in Paris time: the end of a day by its day alone."""
    if (moment.hour, moment.minute) == (23, 59):
        return day_text(moment, lang)
    joint = "à" if lang == "fr" else "at"
    return f"{day_text(moment, lang)} {joint} {clock_time(moment, lang)}"


def as_json(lines: list[ScreenLine], lang: Lang, calendar: Calendar) -> list[dict[str, Any]]:
    """The lines for `--format json`."""
    return [
        {
            "kind": line.kind, "at": calendar.local(line.at).isoformat(), "ok": line.ok,
            "text": line.text.say(lang), **line.data,
        }
        for line in lines
    ]  # fmt: skip


# kind -> (mark, style)
LOOKS: Final[dict[Kind, tuple[str, str]]] = {
    "note": ("", "italic"),
    "legend": ("", ""),
    "cast": ("", ""),
    "act": ("", "bold"),
    "reply": ("", "bold"),
    "arrived": ("→", "green"),
    "withheld": ("⊘", "yellow"),
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
_UNDATED: Final = frozenset({"introduction", "cast", "legend", "verdict", "closing"})
_SENTENCES: Final = frozenset({"act", "reply", "cast"})  # they begin with a name
_HIDDEN_IF_FINE: Final = frozenset({"check"})
TIME_WIDTH: Final = 7  # `23 h 59`


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

    def __call__(self, line: ScreenLine) -> None:
        """Show a line as soon as it is told."""
        text = line.text.say(self._lang)
        if line.kind in _SENTENCES:
            text = _capital(text)
        if line.ok and (line.kind in _HIDDEN_IF_FINE or line.data.get("quiet")):
            return
        if line.kind in ("title", "story"):
            self._day = ""
            self._console.print()
            self._console.print(Rule(Text(text, "bold"), style="bold", align="left"))
        elif line.kind in ("section", "closing"):
            self._console.print()
            self._console.print(Text(text, "bold"))
        else:
            if line.kind == "verdict":
                self._console.print()
            self._heading(line)
            self._row(line, text)

    def _row(self, line: ScreenLine, text: str) -> None:
        """A line under its time and mark."""
        mark, style = LOOKS.get(line.kind, ("", "")) if line.ok else ("✗✗", "bold white on red")
        mark = str(line.data.get("mark", mark))
        at = self._calendar.local(line.at)
        moment = clock_time(at, self._lang) if line.kind in _TIMED else ""
        cells = [Text(moment, "dim")] if line.kind not in _UNDATED else []
        widths = [TIME_WIDTH] * len(cells)
        if mark:
            cells.append(Text(mark, style))
            widths.append(2)
        row = Table.grid(padding=(0, 1))
        for width in widths:
            row.add_column(width=width)
        row.add_column()
        room = self._console.width - sum(widths) - len(widths)
        row.add_row(*cells, Text(_wrapped(text, room), style))
        self._console.print(row)

    def _heading(self, line: ScreenLine) -> None:
        if line.kind in _UNDATED:
            return
        today = day_text(self._calendar.local(line.at), self._lang)
        if today != self._day:
            self._day = today
            self._console.print()
            self._console.print(Text(_capital(today), "bold underline"))


def _wrapped(text: str, width: int) -> str:
    """Lines that break at spaces alone: rich would break at no-break ones too."""
    return "\n".join(textwrap.wrap(text, max(width, 20), break_on_hyphens=False))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
