"""What is given: tables with holes, all that a page, a file or a chart may be drawn from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Self

from services.suppression.rule import LEAST_CASES


@dataclass(frozen=True)
class ProtectedTable:
    """One table as it may be read by anyone.

    Args:
        population, name: of the question.
        axes: names, rows first.
        parts: for each axis, the finest labels behind each printed label.
        cells: by printed labels, one an axis: the count, or None where it is hidden.
    """

    population: str
    name: str
    axes: tuple[str, ...]
    parts: tuple[Mapping[str, tuple[str, ...]], ...]
    cells: Mapping[tuple[str, ...], int | None]

    def count(self, *labels: str) -> int | None:
        """The figure of one cell; None is hidden (print `<10` nowhere: it may be larger)."""
        return self.cells[labels]

    def share(self, labels: tuple[str, ...], of: tuple[str, ...]) -> Fraction | None:
        """One cell's part of another: made of two figures that are shown, or not at all (`of` at least ten)."""
        part, whole = self.cells[labels], self.cells[of]
        if part is None or whole is None or whole < LEAST_CASES:
            return None
        return Fraction(part, whole)

    def may_describe(self, *labels: str) -> bool:
        """Whether a median or a percentile of just these cases may stand beside the cell: it is shown, and ten or more."""
        count = self.cells[labels]
        return count is not None and count >= LEAST_CASES

    def hidden(self) -> int:
        """How many cells are hidden."""
        return sum(count is None for count in self.cells.values())

    def to_dict(self) -> dict[str, Any]:
        """As JSON keeps it: axes with their labels, cells row by row with null where hidden."""
        return {
            "population": self.population,
            "name": self.name,
            "axes": [
                {"name": name, "labels": [[label, list(of)] for label, of in parts.items()]}
                for name, parts in zip(self.axes, self.parts, strict=True)
            ],
            "cells": [[*labels, count] for labels, count in self.cells.items()],
        }

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Self:
        """The table that `to_dict` kept."""
        return cls(
            kept["population"],
            kept["name"],
            tuple(axis["name"] for axis in kept["axes"]),
            tuple({label: tuple(of) for label, of in axis["labels"]} for axis in kept["axes"]),
            {tuple(row[:-1]): row[-1] for row in kept["cells"]},
        )


@dataclass(frozen=True)
class ProtectedTables:
    """All tables of one report, protected together.

    Args:
        tables: in the order of the question.
    """

    tables: tuple[ProtectedTable, ...]

    def __getitem__(self, name: str) -> ProtectedTable:
        """The table of a name (KeyError if there is none)."""
        return {table.name: table for table in self.tables}[name]

    def __iter__(self) -> Iterator[ProtectedTable]:
        return iter(self.tables)

    def hidden(self) -> int:
        """How many cells are hidden in all tables."""
        return sum(table.hidden() for table in self.tables)

    def to_dict(self) -> list[dict[str, Any]]:
        """What a report keeps in its JSON."""
        return [table.to_dict() for table in self.tables]

    @classmethod
    def from_dict(cls, kept: list[Mapping[str, Any]]) -> Self:
        """The tables that `to_dict` kept."""
        return cls(tuple(ProtectedTable.from_dict(table) for table in kept))
