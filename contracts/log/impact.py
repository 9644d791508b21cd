"""What a new convention would have done to a log, counted; and what of the counts may be shown.

Two reports: the operators' own has every count. The shared one hides counts below ten: a small
count can point to a person. So that no total gives a hidden count away, the shared report has no
totals where something is hidden, rounds every other count down to a multiple of ten, and hides
further cells until what can still be concluded of a hidden one leaves at least five values.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from contracts.log.simulate import Judged, Kind

LEAST: Final = 10  # counts below it are hidden, as R44 has it
SPARE: Final = 5  # values that must remain possible for a hidden count
COLUMNS: Final = ("more", "less", "refused", "tried")
KINDS: Final[tuple[Kind, ...]] = ("more", "less", "mixed", "refused", "tried", "moot")
DUTIES: Final = ("added", "removed", "sooner", "later")
TABLES: Final = ("issuer", "recipient", "category", "purpose")
HIDDEN: Final = f"<{LEAST}"
HELD_BACK: Final = "hidden"

_BETWEEN: Final = " → "
_COLUMNS_OF: Final = {
    "more": ("more",), "less": ("less",), "mixed": ("more", "less"), "refused": ("refused",),
    "tried": ("tried",),
}  # fmt: skip

Cell = tuple[str, str]  # row, column


@dataclass
class Impact:
    """The counts of a simulation.

    Attributes:
        kinds: events by kind.
        tables: name -> (row, column) -> events; an event counts once a cell.
        duties: (act, debtor, creditor), column -> events that open such a duty besides
            (`added`), no longer (`removed`), or by another instant (`sooner`, `later`).
    """

    decided: int = 0
    changed: int = 0
    kinds: Counter[Kind] = field(default_factory=Counter)
    tables: dict[str, Counter[Cell]] = field(
        default_factory=lambda: {name: Counter() for name in TABLES}
    )
    duties: Counter[tuple[tuple[str, str, str], str]] = field(default_factory=Counter)

    def add(self, judged: Judged) -> None:
        """Count one event."""
        self.decided += 1
        self.kinds[judged.kind] += 1
        if not judged.changed:
            return
        self.changed += 1
        for name in DUTIES:
            for duty in getattr(judged, name):
                self.duties[duty, name] += 1
        for table, cells in _cells(judged).items():
            self.tables[table].update(cells)

    def wire(self, *, shared: bool) -> dict[str, Any]:
        """The report.

        Args:
            shared: small counts hidden, so that none can be computed from others.
        """
        tables: dict[str, dict[Cell, int]] = {name: dict(one) for name, one in self.tables.items()}
        tables["duties"] = {(_BETWEEN.join(key), name): n for (key, name), n in self.duties.items()}
        told = _hide(tables) if shared else _plain(tables)
        totals: dict[str, Any] = {"decided": self.decided, "changed": self.changed}
        kinds: dict[str, Any] = {kind: self.kinds[kind] for kind in KINDS}
        if shared:
            totals["decided"] = _rounded(self.decided)
            totals["changed"] = HELD_BACK if _any_hidden(told) else _rounded(self.changed)
            kinds = {kind: _told(kind, number, told) for kind, number in kinds.items()}
        return {
            "report": "shared" if shared else "operators",
            **totals,
            "events": kinds,
            **{name: _rows(told[name]) for name in TABLES},
            "duties": _duty_rows(told["duties"]),
        }


def _cells(judged: Judged) -> dict[str, set[Cell]]:
    """The cells in which an event counts."""
    found: dict[str, set[Cell]] = {name: set() for name in TABLES}
    if judged.kind == "moot":
        return found
    for one in judged.deliveries:
        columns = []
        if one.gained:
            columns.append("tried" if judged.kind == "tried" else "more")
        if one.lost:
            columns.append("refused" if judged.kind == "refused" else "less")
        for column in columns:
            found["issuer"].add((judged.issuer, column))
            found["recipient"].add((one.role, column))
            if one.purpose:
                found["purpose"].add((one.purpose, column))
            scopes = one.lost if column in ("less", "refused") else one.gained
            found["category"].update((scope, column) for scope in scopes)
    return found


def _plain(tables: Mapping[str, Mapping[Cell, int]]) -> dict[str, dict[Cell, Any]]:
    return {name: dict(cells) for name, cells in tables.items()}


def _hide(tables: Mapping[str, Mapping[Cell, int]]) -> dict[str, dict[Cell, Any]]:
    """Small cells hidden, others rounded down, and more hidden while one could be narrowed."""
    shown: dict[str, dict[Cell, Any]] = {
        name: {cell: _rounded(number) for cell, number in cells.items()}
        for name, cells in tables.items()
    }
    for column in COLUMNS:
        _hide_more(tables, shown, column)
    return shown


def _hide_more(
    tables: Mapping[str, Mapping[Cell, int]], shown: dict[str, dict[Cell, Any]], column: str
) -> None:
    """Hold back the smallest shown cell of a table, again and again, while a hidden one is exposed.

    Every event of a column has one issuer, and at least one recipient, purpose and category: the
    number of events lies between the largest cell of any table and the sum of each. That is all
    that ties the tables together, and the issuers' sum is the number itself.
    """
    while exposed := [name for name in TABLES if _exposed(shown, name, column)]:
        for name in exposed:
            smallest = _smallest(tables[name], shown[name], column)
            found = (name, smallest) if smallest is not None else _largest(shown, column)
            if found is None:
                return
            shown[found[0]][found[1]] = HELD_BACK


def _smallest(counted: Mapping[Cell, int], shown: Mapping[Cell, Any], column: str) -> Cell | None:
    """The smallest cell of a table that is still shown in a column."""
    found = [
        (number, cell)
        for cell, number in counted.items()
        if cell[1] == column and isinstance(shown[cell], int)
    ]
    return min(found)[1] if found else None


def _largest(shown: Mapping[str, Mapping[Cell, Any]], column: str) -> tuple[str, Cell] | None:
    """The largest shown cell of a column: it is what bounds the number of events from below."""
    found = [
        (number, name, cell)
        for name in TABLES
        for cell, number in shown[name].items()
        if cell[1] == column and isinstance(number, int)
    ]
    if not found:
        return None
    _, name, cell = max(found)
    return name, cell


def _exposed(shown: Mapping[str, Mapping[Cell, Any]], name: str, column: str) -> bool:
    """Whether a hidden cell of a table has fewer possible values than `SPARE`."""
    spans = [_span(value) for cell, value in shown[name].items() if cell[1] == column]
    if _SMALL not in spans:
        return False
    least, most = _events(shown, column)
    others = list(spans)
    others.remove(_SMALL)
    low = max(1, least - sum(high for _, high in others))
    high = min(LEAST - 1, most)
    if name == "issuer":  # one an event: the sum is the number
        high = min(high, most - sum(low for low, _ in others))
    return high - low + 1 < SPARE


_SMALL: Final[tuple[int, float]] = (1, LEAST - 1)


def _span(value: Any) -> tuple[int, float]:
    """The values that a shown cell may stand for."""
    if value == HIDDEN:
        return _SMALL
    if value == HELD_BACK:
        return (1, float("inf"))
    return value, value + LEAST - 1


def _events(shown: Mapping[str, Mapping[Cell, Any]], column: str) -> tuple[int, float]:
    """What can be concluded of the number of events of a column."""
    least, most = 0, float("inf")
    for name in TABLES:
        spans = [_span(value) for cell, value in shown[name].items() if cell[1] == column]
        if not spans:
            continue
        least = max(least, *(low for low, _ in spans))
        most = min(most, sum(high for _, high in spans))
        if name == "issuer":
            least = max(least, sum(low for low, _ in spans))
    return least, most


def _rounded(number: int) -> Any:
    """0, `<10`, or the count rounded down to a multiple of ten."""
    if number == 0:
        return 0
    return HIDDEN if number < LEAST else number - number % LEAST


def _any_hidden(told: Mapping[str, Mapping[Cell, Any]]) -> bool:
    return any(isinstance(value, str) for cells in told.values() for value in cells.values())


def _rows(cells: Mapping[Cell, Any]) -> list[dict[str, Any]]:
    """One row a name, every column."""
    rows = sorted({row for row, _ in cells})
    return [{"row": row, **{c: cells.get((row, c), 0) for c in COLUMNS}} for row in rows]


def _duty_rows(cells: Mapping[Cell, Any]) -> list[dict[str, Any]]:
    rows = sorted({row for row, _ in cells})
    return [
        dict(zip(("act", "debtor", "creditor"), row.split(_BETWEEN), strict=True))
        | {name: cells.get((row, name), 0) for name in DUTIES}
        for row in rows
    ]


def _told(kind: str, number: int, told: Mapping[str, Mapping[Cell, Any]]) -> Any:
    """A total, where it can give no hidden cell away."""
    columns = _COLUMNS_OF.get(kind, ())
    hidden = any(
        isinstance(value, str)
        for name in TABLES
        for (_, column), value in told[name].items()
        if column in columns
    )
    return HELD_BACK if hidden and number else _rounded(number)


def line(judged: Judged) -> dict[str, Any]:
    """One event of the list."""
    return {
        "event": judged.event_id,
        "realm": judged.realm,
        "type": judged.etype,
        "issuer": judged.issuer,
        "kind": judged.kind,
        "old": _verdict(judged.old),
        "new": _verdict(judged.new),
        "duties": {
            name: [" ".join(duty) for duty in sorted(getattr(judged, name))]
            for name in DUTIES
            if getattr(judged, name)
        },
    }


def _verdict(decision: Mapping[str, Any]) -> dict[str, Any]:
    """Refused or not, and what each desk gets; reasons where it gets nothing."""
    desks = {}
    for one in decision.get("addressees", ()):
        released = sorted(one.get("released", ()))
        desks[one["desk"]] = released or list(one.get("reasons", ()))
    return {"refused": decision["refused"], "desks": desks}
