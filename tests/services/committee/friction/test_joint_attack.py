"""Whoever has everything at once, reports, publications, what `simulate` tells and its own cases, learns no small number (statistics §2 to §4)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.committee.friction.report import made
from services.suppression.complement import Complement
from tests.contracts.convention.kit import convention
from tests.services.committee.friction.joint import JointMonth, joint
from tests.services.committee.friction.synthetic import cases_of, judged, months_of

MONTH = "2026-08"


def month_of(seed: str, a_month: int) -> JointMonth:
    """A month that two reports tell, while another convention is announced."""
    fold = judged(months_of("2026-06", a_month, many=3, seed=seed), seed)
    civil = replace(cases_of(fold)["civil"], announced=convention())
    first = made({"civil": civil}, (MONTH,))
    return joint({"civil": civil}, MONTH, [first, made({"civil": civil}, (MONTH,), [first])])


@pytest.mark.parametrize(("seed", "a_month"), [("a", 60), ("b", 250), ("c", 900)])
def test_nobody_who_has_all_figures_of_a_month_learns_a_small_number(
    seed: str, a_month: int
) -> None:
    """The public, each desk and each role, with all populations and how they are tied in one solver."""
    month = month_of(seed, a_month)

    learnt = month.learnt(month.outsider())

    assert {reader: cells for reader, cells in learnt.items() if cells} == {}
    assert len(learnt) > 12
    assert any(cell.count for body in month.published for cell in body.cells)


def test_figures_that_are_protected_apart_lie_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """One's hidden cell is told by the other, to within two: so the test above can fail, and why a month is made once."""
    month = month_of("b", 250)
    monkeypatch.setattr(Complement, "close", lambda self: None)
    apart = month_of("b", 250)

    both = replace(month, published=apart.published).outsider().narrow(month.truth())

    assert month.outsider().narrow(month.truth()) == []
    assert any(most - least <= 4 for *_cell, least, most in both)
    assert len(apart.outsider().narrow(apart.truth())) > 5
