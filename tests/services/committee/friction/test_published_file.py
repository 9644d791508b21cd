"""The friction report's file as its readers have it: bytes, a linear solver, their own cases (statistics §2, §3, §6)."""

from __future__ import annotations

from tests.services.committee.friction.joint import joint
from tests.services.committee.friction.synthetic import cases_of, months_of, report
from tests.services.suppression.outsider import Outsider


def test_no_cell_of_the_published_file_can_be_computed() -> None:
    """By the public, any role or any desk: every hidden cell of every month is wide, all tables of all populations together."""
    told, hidden, shown = report(last="2026-07", a_month=900), 0, 0
    cases = cases_of(months_of("2026-06", 900, many=8))
    for each in told.months:
        month = joint(cases, each.month, [told])
        reader = Outsider(month.tables, month.axes)
        hidden += sum(1 for _cell in reader.hidden())
        shown += sum(count is not None for of in month.tables[0] for *_at, count in of["cells"])

        learnt = month.learnt(reader)

        assert {name: cells for name, cells in learnt.items() if cells} == {}
        assert {"urn:relais:civil:desk:crip-1", "urn:relais:civil:desk:edu-s-4"} < learnt.keys()

    assert hidden > 100
    assert shown > 20
