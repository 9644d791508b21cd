"""The friction report's file as a stranger has it: bytes, a linear solver, nothing else (statistics §2, §6)."""

from __future__ import annotations

from itertools import groupby
from math import prod
from typing import Any

import orjson

from tests.services.committee.friction.synthetic import report
from tests.services.suppression.outsider import Outsider

MOST_PLACES = 2000
"""Of refusals there are 30,000 places: too many for a test; their tables are attacked each alone."""


def attacks(tables: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Tables of one population together where they cross few labels, else each alone."""
    kept = sorted(tables, key=lambda table: str(table["population"]))
    of = [list(some) for _, some in groupby(kept, key=lambda table: table["population"])]
    return [
        part
        for some in of
        for part in ([some] if _places(some) <= MOST_PLACES else [[t] for t in some])
    ]


def _places(tables: list[dict[str, Any]]) -> int:
    axes = {axis["name"]: axis["labels"] for table in tables for axis in table["axes"]}
    return prod(len({label for _, of in labels for label in of}) for labels in axes.values())


def test_no_cell_of_the_published_file_can_be_computed() -> None:
    """Every hidden cell of every month and bus is ten or more wide."""
    months = orjson.loads(report(last="2026-07", a_month=900).bytes())["months"]
    hidden = shown = 0
    for month in months:
        for tables in attacks(month["realms"]["civil"]["tables"]):
            axes = tuple({axis["name"]: 0 for table in tables for axis in table["axes"]})
            stranger = Outsider([tables], axes)
            for table in tables:
                for *at, count in table["cells"]:
                    shown += count is not None
                    if count is None:
                        hidden += 1
                        low, high = stranger.interval(stranger.inside(table, at))
                        assert high - low >= 10, (month["month"], table["name"], at)

    assert hidden > 100
    assert shown > 20
