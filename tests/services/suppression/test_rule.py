"""The rule by which a figure is small in itself (statistics §1)."""

from __future__ import annotations

import pytest

from contracts.errors import SuppressionError
from services.suppression import ALL, Axis, Population, Unit, protect

MONTHS = Axis("month", ("2026-01", "2026-02"))
CLAUSES = Axis("clause", ("R01", "R02"))


def units(month: str, clause: str, cases: int, issuers: int, *, start: int = 0) -> list[Unit]:
    """So many cases of so many issuers at one place."""
    return [
        Unit(f"case-{start + n}", f"desk-{n % issuers}", {"month": month, "clause": clause})
        for n in range(cases)
    ]


def january(counted: list[Unit]) -> int | None:
    """What is printed of January's R01, where nothing else happened."""
    asked = Population("refusals", (MONTHS, CLAUSES), tuple(counted), {"t": ("month", "clause")})
    return protect([asked])["t"].count("2026-01", "R01")


def test_ten_cases_of_three_issuers_are_shown() -> None:
    """The smallest figure that anyone may read."""
    assert january(units("2026-01", "R01", 10, 3)) == 10


def test_nine_cases_are_hidden() -> None:
    """One case fewer than ten."""
    assert january(units("2026-01", "R01", 9, 3)) is None


def test_many_cases_of_two_issuers_are_hidden() -> None:
    """Each of two subtracts its own and has the other's."""
    assert january(units("2026-01", "R01", 40, 2)) is None


def test_ten_events_of_one_case_are_one() -> None:
    """The unit is the case, however many desks wrote of it."""
    at = {"month": "2026-01", "clause": "R01"}
    assert january([Unit("case", f"desk-{n}", at) for n in range(12)]) is None


def test_a_label_of_no_axis_is_refused() -> None:
    """A unit that no cell counts would be missing in every total."""
    with pytest.raises(SuppressionError, match="label_unknown at clause"):
        january([Unit("case", "desk", {"month": "2026-01", "clause": "R99"})])


def test_totals_are_asked_for_as_all() -> None:
    """The label of a total is reserved."""
    with pytest.raises(SuppressionError, match="label_reserved"):
        Population("p", (Axis("month", (ALL,)),), (), {})
