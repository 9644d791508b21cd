"""Figures of new cases: read by role, and refused where they make no sense."""

from __future__ import annotations

import pytest

from contracts.convention.load import load
from tests.contracts.convention.amended import limited
from tests.contracts.convention.kit import convention

pytestmark = pytest.mark.slow


def test_a_figure_is_its_roles_or_that_of_all_others() -> None:
    """Without the table there is none."""
    found = load(limited(60, CRIP=600, EDU_H=1))

    assert [found.new_cases.of(role) for role in ("CRIP", "EDU-H", "EDU-S")] == [600, 1, 60]
    assert convention().new_cases.of("CRIP") is None


def test_what_stands_beside_the_figures_is_read() -> None:
    """How much on one case is free, whose idea that is, and why; each may be left out."""
    note = b"  flag: practice\n  note: {fr: Parce que., en: Because.}\n\n# Whose"
    figures = load(limited(60, deliveries=200).replace(b"\n# Whose", note, 1)).new_cases

    assert (figures.case_deliveries, figures.flag) == (200, "practice")
    assert figures.note == {"fr": "Parce que.", "en": "Because."}
    assert (load(limited(60)).new_cases.case_deliveries, load(limited(60)).new_cases.flag) == (
        0,
        "",
    )
