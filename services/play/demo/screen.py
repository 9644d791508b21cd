"""What a story tells: lines as values first, then words on a screen.

A line has a kind, an instant and a text that is said in French or in English. The teller keeps
all of them and hands each on to whoever shows it; a line that is not `ok` makes the play fail.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from rich.console import Console
from rich.rule import Rule
from rich.text import Text

from contracts.convention.calendar import Calendar
from services.texts import Catalogue, FilledText, clock_time, day
from services.texts import Text as Phrase

_ = Catalogue(__name__)

Sentence = Phrase | FilledText
Lang = Literal["fr", "en"]


@dataclass(frozen=True, slots=True)
class ScreenLine:
    """One thing told.

    Attributes:
        at: instant, seconds.
        ok: False if what was observed is not what the story expects.
        checks: how many expectations it puts to the test.
        quiet: shown only if it is not `ok`.
        mark: in place of its kind's own.
    """

    kind: str
    at: int
    text: Sentence
    ok: bool = True
    checks: int = 0
    quiet: bool = False
    mark: str = ""


class Teller:
    """Keeps what is told; `show` is called with each line as it comes.

    Attributes:
        now: instant of the next line, seconds.
        quiet: whether the lines that come are.
    """

    def __init__(self, show: Callable[[ScreenLine], None] = lambda _line: None) -> None:
        self.lines: list[ScreenLine] = []
        self.now: Callable[[], int] = lambda: 0
        self.quiet = False
        self._show = show

    def tell(self, kind: str, text: Sentence, *, quiet: bool = False, **more: Any) -> None:
        """Add a line; `more` as a `ScreenLine` has it."""
        line = ScreenLine(kind, self.now(), text, quiet=quiet or self.quiet, **more)
        self.lines.append(line)
        self._show(line)

    def held(self, kind: str, text: Sentence, seen: object, expected: object) -> None:
        """Add a line that holds something against what is expected."""
        if not (ok := seen == expected):
            facts = {"text": text, "expected": repr(expected), "seen": repr(seen)}
            text = _("{text} Expected: {expected}; observed: {seen}").of(**facts)
        self.tell(kind, text, ok=ok, checks=1, quiet=kind == "check")

    def check(self, what: str, seen: object, expected: object) -> None:
        """Hold something against what is expected; shown only if it differs."""
        self.held("check", _("{what}.").of(what=what), seen, expected)

    @property
    def failures(self) -> list[ScreenLine]:
        """What was not as expected."""
        return [line for line in self.lines if not line.ok]

    @property
    def checks(self) -> int:
        """How many expectations were put to the test."""
        return sum(line.checks for line in self.lines)


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


# kind -> (mark, style)
LOOKS: Final[dict[str, tuple[str, str]]] = {
    "note": ("", "italic"),
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
        if line.ok and line.quiet:
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
        mark, row = line.mark or mark, Text()
        at = self._calendar.local(line.at)
        if line.kind not in _UNDATED:
            moment = clock_time(at, self._lang) if line.kind in _TIMED else ""
            row.append(f"{moment:{TIME_WIDTH}} ", "dim")
        if mark:
            row.append(f"{mark:2} ", style)
        # At spaces alone: rich would break at no-break ones too.
        room, indent = max(self._console.width - len(row), 20), "\n" + " " * len(row)
        row.append(indent.join(textwrap.wrap(text, room, break_on_hyphens=False)), style)
        self._console.print(row, soft_wrap=True)

    def _heading(self, line: ScreenLine) -> None:
        if line.kind in _UNDATED:
            return
        today = day_text(self._calendar.local(line.at), self._lang)
        if today != self._day:
            self._day = today
            self._console.print()
            self._console.print(Text(_capital(today), "bold underline"))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
