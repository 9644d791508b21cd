"""What lint says of a convention: a coded finding with its place, what it is and what would end it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from contracts.convention.clauses import Grant
from contracts.convention.model import Convention
from services.committee.texts.finding_texts import TEXTS
from services.texts import any_of, day

PROBLEM: Final = "problem"
NOTE: Final = "note"
Level = Literal["problem", "note"]
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_EITHER: Final = re.compile(r"[\w.:]+(\|[\w.:]+)+\Z")


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding.

    Attributes:
        code: stable snake-case cause.
        level: `problem` or `note`.
        line: of the file.
        grant: id of the grant that it is about, empty if of a table.
        facts: what the texts of its code are filled with.
    """

    code: str
    level: Level
    file: str
    line: int
    grant: str
    facts: tuple[str, ...]

    def what(self, lang: str) -> str:
        """What was found."""
        text = TEXTS[self.code][0].say(lang, *self._written(lang))
        space = "\u00a0" if lang == "fr" else ""
        return f"{self.grant}{space}: {text}" if self.grant else text

    def mend(self, lang: str) -> str:
        """What would end it, or why nothing need."""
        return TEXTS[self.code][1].say(lang, *self._written(lang))

    def _written(self, lang: str) -> list[str]:
        """The facts for a reader: dates in words, `R26|R27` as R26 or R27, all else as it is."""
        return [_written(fact, lang) for fact in self.facts]

    def wire(self, lang: str) -> dict[str, object]:
        """As `--format json` gives it."""
        return {
            "code": self.code, "level": self.level, "file": self.file, "line": self.line,
            "what": self.what(lang), "mend": self.mend(lang),
        }  # fmt: skip


def at(
    convention: Convention, place: Grant | str, code: str, *facts: str, level: Level = NOTE
) -> Finding:
    """A finding at a grant, or at a place that `Convention.lines` knows."""
    if isinstance(place, Grant):
        return Finding(code, level, convention.file, place.line, place.id, facts)
    lines = convention.lines | {f"invariants.{one.id}": one.line for one in convention.invariants}
    line = lines.get(place, lines.get(place.split(".")[0], 1))
    return Finding(code, level, convention.file, line, "", facts)


def _written(fact: str, lang: str) -> str:
    if _DATE.match(fact):
        return day(date.fromisoformat(fact), lang)
    return any_of(fact.split("|"), lang) if _EITHER.match(fact) else fact
