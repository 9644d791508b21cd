"""What a new convention would have done to a log, counted; and what of the counts may be shown.

A count below ten can point to a person, also one that readers compute: from sums, from several
tables of the same events, from the convention (who sends what to whom), from knowing how counts are
hidden. So no cell is hidden in a table of all events. The report is made as if fewer events had
been changed: those alone of which at least ten are alike in all that is counted. It is the same,
letter for letter, whether of any other kind of event there were none or nine, so nothing in it
tells. A count below ten is of such events only: each of the values 0 to 9 remains possible.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from services.committee.simulate.decide_again import JudgedAgain, Kind

LEAST: Final = 10  # counts below it are not told, as R44 has it
COLUMNS: Final = ("more", "less", "refused", "tried")
KINDS: Final[tuple[Kind, ...]] = ("more", "less", "mixed", "refused", "tried", "moot")
DUTIES: Final = ("added", "removed", "sooner", "later")
TABLES: Final = ("issuer", "recipient", "category", "purpose")

_BETWEEN: Final = " → "

Cell = tuple[str, str, str]  # table, row, column
Alike = frozenset[Cell]  # all that the report counts of an event


@dataclass
class Impact:
    """The counts of a simulation.

    Attributes:
        decided: events.
        changed: the cells in which an event counts, once each -> changed events that count in
            exactly these. Of duties: that it opens besides (`added`), no longer (`removed`), or by
            another instant (`sooner`, `later`).
    """

    decided: int = 0
    changed: Counter[Alike] = field(default_factory=Counter)

    def add(self, judged: JudgedAgain) -> None:
        """Count one event."""
        self.decided += 1
        if judged.changed:
            self.changed[frozenset(_counted(judged))] += 1

    def wire(self) -> dict[str, Any]:
        """Of at least ten events alike only, rounded down to tens; None is none, or not told."""
        told = Counter({alike: n for alike, n in self.changed.items() if n >= LEAST})
        return _report(_at_least(self.decided, told.total()), told)


def _counted(judged: JudgedAgain) -> Iterator[Cell]:
    """The cells in which an event counts."""
    yield "events", judged.kind, ""
    for column in DUTIES:
        for duty in getattr(judged, column):
            yield "duties", _BETWEEN.join(duty), column
    if judged.kind != "moot":
        yield from _delivered(judged)


def _delivered(judged: JudgedAgain) -> Iterator[Cell]:
    """What is counted of what would have been delivered besides, or no longer."""
    more = "tried" if judged.kind == "tried" else "more"
    less = "refused" if judged.kind == "refused" else "less"
    for delivery in judged.deliveries:
        for column, scopes, counts in (
            (more, delivery.gained, delivery.opened),
            (less, delivery.lost, False),
        ):
            if not (scopes or counts):  # of what names no data, none is counted
                continue
            yield "issuer", judged.issuer, column
            yield "recipient", delivery.role, column
            if delivery.purpose:
                yield "purpose", delivery.purpose, column
            for scope in scopes:
                yield "category", scope, column


def _at_least(decided: int, told: int) -> int:
    """The number of events, or of those told of if there are hardly more.

    Else, where nearly all are changed, the difference would bound the number of those not told of.
    With ten to spare it leaves open which of the others were changed, and how.
    """
    return decided if decided - decided % LEAST >= told + LEAST else told


def _rounded(number: int) -> int | None:
    """A count rounded down to a multiple of ten; None instead of zero, which it may not be."""
    return number - number % LEAST or None


def _report(decided: int, changed: Mapping[Alike, int]) -> dict[str, Any]:
    """Totals and tables, each count as it is told."""
    counts: Counter[Cell] = Counter()
    for alike, number in changed.items():
        counts.update(dict.fromkeys(alike, number))
    return {
        "decided": _rounded(decided),
        "changed": _rounded(sum(changed.values())),
        "events": {kind: _rounded(counts["events", kind, ""]) for kind in KINDS},
        **{
            name: [
                {"row": row} | {column: _rounded(counts[name, row, column]) for column in COLUMNS}
                for row in _rows(counts, name)
            ]
            for name in TABLES
        },
        "duties": [
            dict(zip(("act", "debtor", "creditor"), row.split(_BETWEEN), strict=True))
            | {column: _rounded(counts["duties", row, column]) for column in DUTIES}
            for row in _rows(counts, "duties")
        ],
    }


def _rows(counts: Mapping[Cell, int], table: str) -> list[str]:
    """The rows of a table in which something is counted."""
    return sorted({row for name, row, _ in counts if name == table})
