"""What lint says of a convention: a coded finding with its place, what it is and what would end it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from contracts.convention.model import Convention, Grant

PROBLEM: Final = "problem"
NOTE: Final = "note"
Level = Literal["problem", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding.

    Attributes:
        code: stable snake-case cause.
        level: `problem` or `note`.
        line: of the file.
        what: what was found; `mend`: what would end it, or why nothing need.
    """

    code: str
    level: Level
    file: str
    line: int
    what: str
    mend: str


def at(
    convention: Convention, place: Grant | str, code: str, what: str, mend: str, level: Level = NOTE
) -> Finding:
    """A finding at a grant, or at a place that `Convention.lines` knows."""
    if isinstance(place, Grant):
        return Finding(code, level, convention.file, place.line, f"{place.id}: {what}", mend)
    table = convention.lines.get(place.split(".")[0], 1)
    return Finding(code, level, convention.file, convention.lines.get(place, table), what, mend)
