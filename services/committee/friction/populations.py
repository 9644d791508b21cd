"""What is counted in one month of one bus: populations of cases, and the tables that are printed of each.

A month is protected by itself: no figure sums months, so what is told of one does not depend on the
others, nor on the report that it stands in. Rows that a case can be in twice have no total.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.committee.friction.axes import FrictionAxes
from services.committee.friction.case_facts import KEPT, LATE
from services.suppression import Axis, AxisKind, Population, ProtectedTable, ProtectedTables, Unit

SILENT: Final = "silent"
TERMS: Final = (KEPT, LATE, SILENT)
CORRECTED: Final = ("corrected", "not_corrected")
OVERDUE: Final = ("answering", SILENT)
LEFT: Final = ("might_pass", "held_back")
KINDS: Final = ("refused", "less", "mixed", "more", "tried", "moot", "same")  # the gravest first
BY_DESK: Final = ("acts", "measures")
TIMED: Final = ("acknowledged", "answered")

Tables = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class CountedPopulation:
    """A population without its cases yet."""

    name: str
    axes: tuple[Axis, ...]
    tables: Tables

    def of(self, units: tuple[Unit, ...]) -> Population:
        """With its cases; one that has a label which no axis has is left out: no convention knows it."""
        known = {axis.name: frozenset(axis.labels) for axis in self.axes}
        sound = (
            unit for unit in units if all(unit.at[name] in labels for name, labels in known.items())
        )
        return Population(self.name, self.axes, tuple(sound), self.tables)


def populations(
    axes: FrictionAxes, desks: Mapping[str, Sequence[str]], *, tried: bool
) -> Iterator[CountedPopulation]:
    """What is counted of a realm: which tables there are the conventions say, not what happened.

    Args:
        desks: role -> urns of its desks that did anything.
        tried: a convention is announced.
    """
    for name, cells in zip(BY_DESK, (axes.transmitted, axes.measures), strict=True):
        yield from _by_desk(name, cells, desks)
    if axes.doors:
        door = _party("door", axes.doors)
        yield from (CountedPopulation(name, (door,), {name: ("door",)}) for name in TIMED)
    answer = Axis("answer", TERMS)
    if axes.acts:
        act, owed_to = _apart("act", axes.acts), _apart("issuer", axes.senders, "issuer")
        tables = {"law": ("act", "answer"), "law_issuer": ("issuer", "answer")}
        yield CountedPopulation("law", (act, owed_to, answer), tables)
    debtor = _party("debtor", axes.debtors)
    yield CountedPopulation("receipts", (debtor, answer), {"receipts": ("debtor", "answer")})
    spoke = Axis("spoke", OVERDUE)
    yield CountedPopulation("overdue", (debtor, spoke), {"overdue": ("debtor", "spoke")})
    yield _refused(axes)
    left = (_apart("category", axes.categories), Axis("left", LEFT))
    yield CountedPopulation("left_out", left, {"left_out": ("category", "left")})
    if tried:
        change = (Axis("change", KINDS),)
        yield CountedPopulation("announced", change, {"announced": ("change",)})


def _by_desk(
    name: str, cells: tuple[tuple[str, str], ...], desks: Mapping[str, Sequence[str]]
) -> Iterator[CountedPopulation]:
    """Who did what: counted by desk, so that no desk's small part of it can be computed, and told by role.

    Rows share no total: each is a population of its own.
    """
    for row in dict(cells):
        groups = {
            role: tuple(desks.get(role, ())) or (f"a desk of {role}",)
            for of, role in cells
            if of == row
        }
        every = tuple(sorted(desk for of in groups.values() for desk in of))
        issuer = Axis("issuer", every, groups, kind="issuer", printed=tuple(groups))
        axes = _apart("row", (row,)), issuer
        yield CountedPopulation(f"{name} {row}", axes, {name: ("row", "issuer")})


def joined(tables: ProtectedTables) -> ProtectedTables:
    """The tables as they leave the house: one of each name, and no desk behind a role."""
    by_name: dict[str, list[ProtectedTable]] = {}
    for table in tables:
        by_name.setdefault(table.name, []).append(table)
    return ProtectedTables(
        tuple(_joined(name, of) if name in BY_DESK else of[0] for name, of in by_name.items())
    )


def _joined(name: str, tables: Sequence[ProtectedTable]) -> ProtectedTable:
    cells = {at: count for table in tables for at, count in table.cells.items()}
    rows, roles = (dict.fromkeys(labels) for labels in zip(*cells, strict=True))
    parts = tuple({label: (label,) for label in labels} for labels in (rows, sorted(roles)))
    return ProtectedTable(name, name, tables[0].axes, parts, cells)


def _refused(axes: FrictionAxes) -> CountedPopulation:
    corrected = Axis("corrected", CORRECTED)
    rows = {"reason": axes.reasons, "clause": axes.clauses, "right_door": axes.roles}
    return CountedPopulation(
        "refused",
        (*(Axis(name, labels) for name, labels in rows.items()), corrected),
        {f"refused_{name}": (name, "corrected") for name in rows},
    )


def _party(name: str, roles: tuple[str, ...]) -> Axis:
    """Who receives or owes, each in a row of its own, without a total."""
    return Axis(name, roles, kind="party", printed=roles)


def _apart(name: str, labels: tuple[str, ...], kind: AxisKind = "code") -> Axis:
    """Rows without a total."""
    return Axis(name, labels, kind=kind, printed=labels)
