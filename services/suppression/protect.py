"""From counts to tables with holes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from services.suppression.asked import ALL, Axis, Population, Unit
from services.suppression.given import ProtectedTable, ProtectedTables
from services.suppression.rule import is_small, is_zero_shown


def protect(
    populations: Sequence[Population],
    earlier: Sequence[ProtectedTables] = (),  # noqa: ARG001  # frozen with complementary suppression
) -> ProtectedTables:
    """The tables that may leave the house, protected together.

    Args:
        populations: all that one report prints, of one realm.
        earlier: every report of the series that was given out before. Their figures are known to all and
            never change: what they showed stays shown, what they hid stays hidden.
    """
    tables = [_table(p, name) for p in populations for name in p.tables]
    return ProtectedTables(tuple(tables))


def _table(population: Population, name: str) -> ProtectedTable:
    axes = [next(a for a in population.axes if a.name == n) for n in population.tables[name]]
    labels = [axis.shown_labels() for axis in axes]
    cells = {at: _cell(population, axes, at) for at in product(*labels)}
    parts = tuple({label: axis.parts(label) for label in axis.shown_labels()} for axis in axes)
    return ProtectedTable(population.name, name, population.tables[name], parts, cells)


def _cell(population: Population, axes: list[Axis], at: tuple[str, ...]) -> int | None:
    inside = _inside(population, axes, at)
    places = {(u.case, tuple(sorted(u.at.items()))) for u in inside}
    if not inside:
        row = _inside(population, axes, (at[0], *(ALL for _ in at[1:])))
        agreed = all(
            axis.agreed is None or set(axis.parts(label)) <= axis.agreed
            for axis, label in zip(axes, at, strict=True)
        )
        return 0 if is_zero_shown(agreed=agreed, row_cases=len({u.case for u in row})) else None
    by_issuer = any(a.kind == "issuer" and label != ALL for a, label in zip(axes, at, strict=True))
    small = is_small(
        cases=len({u.case for u in inside}),
        issuers=len({u.issuer for u in inside}),
        by_issuer=by_issuer,
    )
    return None if small else len(places)


def _inside(population: Population, axes: list[Axis], at: tuple[str, ...]) -> list[Unit]:
    parts = [(axis.name, set(axis.parts(label))) for axis, label in zip(axes, at, strict=True)]
    return [u for u in population.units if all(u.at[name] in of for name, of in parts)]
