"""What is asked: who was counted, along which axes, and which tables are to be printed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from contracts.errors import SuppressionError

ALL = "all"
"""The label of an axis's total, in every table and reserved in every axis."""

AxisKind = Literal["code", "issuer", "party"]


@dataclass(frozen=True)
class Axis:
    """One classification of a population.

    Args:
        name: e.g. `month`, `clause`, `issuer`; of one meaning in its population.
        labels: its finest values, in the order in which they are printed.
        groups: sums that are printed beside them, by label: a role's desks. They may overlap (weeks that
            cross months: then `labels` are the pieces and `printed` leaves them out).
        kind: `code`; `issuer` (labels are who sends: the rule of three does not apply along it);
            `party` (labels are who receives or acts). On the last two a party knows every cell under its own name.
        printed: which labels, groups and `ALL` a table shows; None: all three.
    """

    name: str
    labels: tuple[str, ...]
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    kind: AxisKind = "code"
    printed: tuple[str, ...] | None = None

    def shown_labels(self) -> tuple[str, ...]:
        """What a table prints along this axis: labels, groups, the total; in this order unless `printed` says another."""
        return (*self.labels, *self.groups, ALL) if self.printed is None else self.printed

    def parts(self, label: str) -> tuple[str, ...]:
        """The finest labels that a printed label sums, in the axis's order."""
        if label == ALL:
            return self.labels
        inside = set(self.groups.get(label, (label,)))
        return tuple(part for part in self.labels if part in inside)


@dataclass(frozen=True)
class Unit:
    """One case, counted once at one place of its population.

    Args:
        case: the case token, or any name of the case that is the same in all its units. It is compared and
            never kept: nothing that comes out of here has it.
        issuer: the desk whose event put it there; with another issuer at the same place it is another Unit, and still one case.
        at: a label of every axis of the population, by the axis's name.
        known_to: who else knows this one (its recipients). The issuer does in any case.
    """

    case: str
    issuer: str
    at: Mapping[str, str]
    known_to: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Population:
    """What is counted, and the tables that are to be printed of it.

    A case counts once at each place (combination of labels of all axes); a total is the sum of its places, in
    all tables the same. What is part of something else (refused of sent, late of owed) is an axis of one
    population and never a second one: between populations no sum is looked for.

    Args:
        name: e.g. `referrals`. Of one realm.
        axes: all of them.
        units: in any order.
        tables: by name, the axes that each crosses, its rows first. Their crossings may form no ring
            (a×b, b×c, a×c: make it one table a×b×c).

    Raises:
        SuppressionError: `table_ring`, `axis_unknown`, `label_unknown`, `label_reserved`: names of axes and tables, no counts.
    """

    name: str
    axes: tuple[Axis, ...]
    units: tuple[Unit, ...]
    tables: Mapping[str, tuple[str, ...]]

    def __post_init__(self) -> None:
        known = {axis.name: set(axis.labels) for axis in self.axes}
        for table, names in self.tables.items():
            for name in names:
                if name not in known:
                    raise SuppressionError("axis_unknown", name, "an axis of the population", table)
        for axis in self.axes:
            self._check(axis)
        for unit in self.units:
            for name, labels in known.items():
                if unit.at.get(name) not in labels:
                    raise SuppressionError("label_unknown", "another", "a label of the axis", name)

    @staticmethod
    def _check(axis: Axis) -> None:
        if ALL in axis.labels or ALL in axis.groups:
            raise SuppressionError("label_reserved", ALL, "a label of its own", axis.name)
        grouped = {part for parts in axis.groups.values() for part in parts}
        asked = set(axis.printed or ()) - {*axis.labels, *axis.groups, ALL}
        if not grouped <= set(axis.labels) or asked:
            raise SuppressionError("label_unknown", "another", "a label of the axis", axis.name)
