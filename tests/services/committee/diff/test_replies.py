"""Clauses that answer, copy or ask for participants: each must be able to apply."""

from __future__ import annotations

import pytest

from tests.contracts.convention.amended import clause, of, refusal, role, second

INVITE = {
    "event": "COORD", "purpose": "invite", "scopes": "[CODE.meeting]", "conditions": "[assigned]",
    "assigns": "[recipient]", "keep": "P7",
}  # fmt: skip
NEW = role("NEW", "association")


@pytest.mark.parametrize(
    ("edit", "author"),
    [
        (clause("R97", "ASE", "HOME", conditions="[own_ip]"), "HOME"),  # R06 is no alert
        (clause("R97", "JE", "PARQ-CRIM", conditions="[own_st]"), "PARQ-CRIM"),  # only R22 counts
        (("[EDU-H, EDU-S, PMI, SSD]", "[EDU-H, EDU-S, PMI, SSD, SNATED]", "R41"), "SNATED"),
        (clause("R97", "PARQ-CIV", "POL", purpose="progress", conditions="[own_report]"), "POL"),
    ],
)  # fmt: skip
def test_an_answer_to_what_does_not_count_does_not_load(
    edit: tuple[str, str, str], author: str
) -> None:
    """An event's type is not enough: what its author sends must be what is counted."""
    error = refusal(edit)

    assert (error.code, error.facts[1]) == ("reply_to_nothing", author)


def test_a_clause_does_not_make_those_take_part_whom_it_asks_to_take_part() -> None:
    """NEW is invited on condition that NEW already takes part, and nothing else brings it."""
    itself = clause("R97", "ASE", "NEW", **INVITE)
    first = clause("R98", "ASE", "NEW", **INVITE | {"purpose": "progress", "conditions": "[]"})

    assert refusal(NEW, itself).facts == ("R97", "NEW")
    assert refusal(NEW, itself).code == "never_assigned"
    assert of(NEW, itself, first).version == second().version


def test_two_clauses_that_wait_for_one_another_bring_nobody_in() -> None:
    """Each would bring NEW in, on condition that the other has: a circle without a start."""
    circle = [
        clause("R97", "ASE", "NEW", **INVITE),
        clause("R98", "ASE", "NEW", **INVITE | {"purpose": "progress"}),
    ]

    assert refusal(NEW, *circle).code == "never_assigned"
