"""A population, what was published of it, and everyone who reads that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from services.suppression import Population, ProtectedTables
from tests.services.suppression.outsider import NOTHING, Knowledge, Outsider


def learnt(
    population: Population, reports: Iterable[ProtectedTables], readers: Iterable[str] | None = None
) -> list[tuple[object, ...]]:
    """What readers learn that they should not: reader, table, labels, count, least, greatest.

    Args:
        readers: parties, `""` for the public; None: everyone.
    """
    published = [
        [table for table in report.to_dict() if table["population"] == population.name]
        for report in reports
    ]
    axes = tuple(axis.name for axis in population.axes)
    name = population.name
    truth = {name: {at: len(cases) for at, cases in _places(population, axes).items()}}
    asked = ("", *sorted(set(_parties(population)))) if readers is None else tuple(readers)
    outsider, told = Outsider(published, {name: axes}), list[tuple[object, ...]]()
    for reader in asked:
        outsider.become(knows(population, reader))
        told += ((reader, *cell) for cell in outsider.narrow(truth))
    return told


def _parties(population: Population) -> Iterator[str]:
    for unit in population.units:
        yield unit.issuer
        yield from unit.known_to


def _places(population: Population, axes: tuple[str, ...]) -> dict[tuple[str, ...], set[str]]:
    places: dict[tuple[str, ...], set[str]] = {}
    for unit in population.units:
        places.setdefault(tuple(unit.at[name] for name in axes), set()).add(unit.case)
    return places


def knows(population: Population, reader: str) -> Knowledge:
    """What a desk knows of itself."""
    axes = tuple(axis.name for axis in population.axes)
    if not reader:
        return NOTHING
    own: dict[tuple[str, ...], set[str]] = {}
    for unit in population.units:
        if reader in (unit.issuer, *unit.known_to):
            own.setdefault(tuple(unit.at[name] for name in axes), set()).add(unit.case)
    named = frozenset(
        (axis.name, reader) for axis in population.axes if axis.kind in ("issuer", "party")
    )
    return {population.name: {at: len(cases) for at, cases in own.items()}}, named
