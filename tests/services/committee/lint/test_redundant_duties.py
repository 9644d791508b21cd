"""What lint finds in duties: owed in vain, or twice; and in promises and conditions that ask nothing."""

from __future__ import annotations

import pytest

from contracts.conventions import SECOND, read
from services.committee.lint.run import NOTE, PROBLEM
from tests.services.committee.lint.linting import ACK, HOLLOW, JUDGED, Edit, edited, found_in


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

    found = [one for one in found_in(data, code) if one.facts[0] != "I09"]

    assert len(found) == 1
    assert data.splitlines()[found[0].line - 1] == f"  - id: {found[0].facts[0]}"
    assert {one.level for one in found} == {PROBLEM if "forbids" in code else NOTE}
    assert found[0].what("fr").endswith("»")


@pytest.mark.parametrize(
    ("first", "second", "looser"),
    [
        ("act: ACK:accepted, within: 2h", "act: ACK:received, within: 1d", False),  # other units
        ("act: ACK:accepted, within: 2h", "act: ACK:received, within: 120min", True),
        ("act: ACK:accepted, within: 2h", "act: ACK:received, within: 90min", False),
        ("act: ACK:accepted, within: 2h", "act: ACK:accepted|declined, within: 3h", True),
        ("act: ACK:accepted|declined, within: 2h", "act: ACK:accepted, within: 3h", False),
        ("act: ACK:received, within: 1wd", "act: ACK:accepted, within: 3wd", False),
        ("act: ACK:accepted, within: 2h", "act: ACK:received, within: 3h, legal: true", False),
        ("act: ACK:accepted, within: 2h", "act: ACK:received, within: 3h, start: transmission", False),
        ("act: ACK:accepted, within: 2h", "act: ACK:received, within: 3h, opened_by: ACK:started", False),
        ("act: R39:final, within: 1mo", "act: R39, within: 3mo", True),
        ("act: R39, within: 1mo", "act: R39:final, within: 3mo", False),
        ("act: R39, within: 1mo", "act: R39|R40, within: 3mo", True),
    ],
)  # fmt: skip
def test_a_duty_that_a_stricter_one_covers_adds_nothing(
    first: str, second: str, looser: bool
) -> None:
    """Whatever discharges the strict one in time discharges the loose one in time, or it stays."""
    parties = "debtor: recipient, creditor: issuer"
    legal = "{act: R39:final, debtor: recipient, creditor: issuer, within: 3mo, start: transmission, legal: true}"
    data = edited(
        (ACK, "".join(f"      - {{{one}, {parties}}}\n" for one in (first, second)), "R01"),
        (f"      - {legal}\n", "", "R01"),
    )

    assert bool(found_in(data, "duty_looser")) is looser


def test_a_measure_is_asked_for_in_vain_of_judges_alone() -> None:
    """Whoever else takes part may have none open."""
    both = JUDGED.replace("[JE]", "[JE, PJJ]")
    data = edited(("# The bus's own events", both + "# The bus's own events", ""))

    assert found_in(data, "condition_adds_nothing") == []
