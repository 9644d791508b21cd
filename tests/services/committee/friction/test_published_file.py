"""The friction report's file as a stranger has it: bytes, a linear solver, nothing else (statistics §2, §6)."""

from __future__ import annotations

import orjson

from tests.services.committee.friction.synthetic import report
from tests.services.suppression.outsider import Outsider


def test_no_cell_of_the_published_file_can_be_computed() -> None:
    """Every hidden cell of every month is ten or more wide, all tables of all populations together."""
    months = orjson.loads(report(last="2026-07", a_month=900).bytes())["months"]
    hidden = shown = 0
    for month in months:
        tables = month["realms"]["civil"]["tables"]
        stranger = Outsider([tables])
        shown += sum(count is not None for table in tables for *_at, count in table["cells"])
        for table, at, cells in stranger.hidden():
            hidden += 1
            if not stranger.is_wide(cells, 10):
                low, high = stranger.interval(cells)
                assert high - low >= 10, (month["month"], table["name"], at)

    assert hidden > 100
    assert shown > 20
