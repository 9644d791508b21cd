"""What a new convention would have done to a log, counted; and what of the counts may be shown.

Events that are alike in all that is counted are one cell of a quarter. It is rounded once, as
published figures are (`report/published.py`), and every count that is told is a sum of such
figures: nothing is rounded twice. The draw is that of the events themselves: of many proposals
about the same ones each has the same figure, so that no mean of them tells the count. A quarter
is told once it is over, so that no figure moves with an event that its reader has sent himself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from contracts.encoding import sha256
from services.committee.report.published import rounded
from services.committee.simulate.decide_again import JudgedAgain, Kind

COLUMNS: Final = ("more", "less", "refused", "tried")
KINDS: Final[tuple[Kind, ...]] = ("more", "less", "mixed", "refused", "tried", "moot")
DUTIES: Final = ("added", "removed", "sooner", "later")
TABLES: Final = ("issuer", "recipient", "category", "purpose")

_BETWEEN: Final = " → "

Cell = tuple[str, str, str]  # table, row, column
Alike = frozenset[Cell]  # all that the report counts of an event; empty: nothing has changed


@dataclass
class Impact:
    """The counts of a simulation.

    Attributes:
        events: quarter, and the cells in which an event counts, once each -> events that count in
            exactly these. Of duties: that it opens besides (`added`), no longer (`removed`), or by
            another instant (`sooner`, `later`).
        ids: the sums of these events' hashed ids: what their figure is drawn by, in any order.
    """

    events: Counter[tuple[str, Alike]] = field(default_factory=Counter)
    ids: Counter[tuple[str, Alike]] = field(default_factory=Counter, repr=False)

    def add(self, judged: JudgedAgain, quarter: str) -> None:
        """Count one event of a quarter."""
        alike = frozenset(_counted(judged)) if judged.changed else frozenset[Cell]()
        self.events[quarter, alike] += 1
        self.ids[quarter, alike] += int.from_bytes(sha256(judged.event_id.encode()))

    def wire(self, key: bytes, quarters: Collection[str]) -> dict[str, Any]:
        """What may be told of some quarters; None is none, or not told.

        Args:
            key: by which published figures are rounded.
            quarters: that are over.
        """
        told: Counter[Alike] = Counter()
        for (quarter, alike), number in self.events.items():
            if quarter in quarters:
                ids = str(self.ids[quarter, alike])
                told[alike] += rounded(number, key, quarter, ("recorded", ids))
        return _report(told)


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


def _report(events: Mapping[Alike, int]) -> dict[str, Any]:
    """Totals and tables, each a sum of what is told."""
    counts: Counter[Cell] = Counter()
    for alike, number in events.items():
        counts.update(dict.fromkeys(alike, number))
    decided = sum(events.values())
    return {
        "decided": decided or None,
        "changed": decided - events.get(frozenset(), 0) or None,
        "events": {kind: counts["events", kind, ""] or None for kind in KINDS},
        **{
            name: [
                {"row": row} | {column: counts[name, row, column] or None for column in COLUMNS}
                for row in _rows(counts, name)
            ]
            for name in TABLES
        },
        "duties": [
            dict(zip(("act", "debtor", "creditor"), row.split(_BETWEEN), strict=True))
            | {column: counts["duties", row, column] or None for column in DUTIES}
            for row in _rows(counts, "duties")
        ],
    }


def _rows(counts: Mapping[Cell, int], table: str) -> list[str]:
    """The rows of a table in which something is counted."""
    return sorted({row for (name, row, _), number in counts.items() if name == table and number})
