"""What lint finds in duties that nothing can discharge, and in promises that forbid nothing."""

from __future__ import annotations

import pytest

from contracts.conventions import SECOND, read
from services.committee.lint.run import PROBLEM
from tests.services.committee.lint.linting import HOLLOW, Edit, edited, found_in


def impossible(*edits: Edit) -> list[tuple[str, ...]]:
    """(debtor, act, creditor) of the duties that nothing discharges."""
    return [one.facts for one in found_in(edited(*edits), "reply_impossible")]


def test_what_is_owed_to_each_author_must_be_able_to_reach_each() -> None:
    """EDU-S is answered by R39; PJJ, beside it in R01, by nothing: a legal duty nobody can meet."""
    lost = impossible(("issuers: [EDU-S]", "issuers: [EDU-S, PJJ]", "R01"))

    assert lost == [("CRIP", "R39:final", "PJJ")]


def test_each_debtor_must_have_a_clause_of_its_own_that_reaches_the_creditor() -> None:
    """R12 reaches the prosecutor, and is the CRIP's: the school's R16 no longer goes anywhere it counts."""
    owed = "act: R16, debtor: recipient, creditor: issuer"
    edit = (owed, "act: R16|R12, debtor: recipient, creditor: PARQ-CIV", "R14")

    assert impossible(edit) == [("EDU-S", "R16|R12", "PARQ-CIV")]


def test_what_reaches_the_creditor_by_no_clause_may_go_to_anybody() -> None:
    """As the bus has it for the judge's R26: a note, and no problem."""
    edit = (
        "act: R11, debtor: issuer, creditor: CRIP",
        "act: R11, debtor: issuer, creditor: ASE",
        "R08",
    )

    assert impossible(edit) == []
    assert ("R11", "ASE") in [one.facts for one in found_in(edited(edit), "reply_elsewhere")]


def test_a_reply_that_cannot_name_what_it_answers_discharges_nothing() -> None:
    """R39 answers alerts and R22 alone: owed for an evaluation report, no event of it passes."""
    decided = "      - {act: ACK:decided, debtor: recipient, creditor: issuer, within: 5wd}\n"
    owed = "      - {act: R39:final, debtor: recipient, creditor: EDU-S, within: 5wd}\n"

    assert impossible((decided, decided + owed, "R18")) == [("CRIP", "R39:final", "EDU-S")]


@pytest.mark.parametrize(("code", "old", "new"), HOLLOW)
def test_a_promise_that_forbids_nothing_is_found(code: str, old: str, new: str) -> None:
    """Nobody is held to anything by it, and its sentence says the contrary."""
    data = edited((old, new, ""), of=read(SECOND).decode())

    found = found_in(data, code)

    assert len(found) == 1
    assert data.splitlines()[found[0].line - 1] == f"  - id: {found[0].facts[0]}"
    assert {one.level for one in found} == {PROBLEM}
    assert found[0].facts[0] in found[0].what()
