"""Several grants of one clause, compared: each difference by the grants that answer its own question."""

from __future__ import annotations

from contracts.convention.diff import diff
from contracts.convention.model import Convention
from tests.contracts.convention.amended import grouped, of


def measured(*conditions: str) -> Convention:
    """R90 in two grants that ask for different things, and each for these as well."""
    first, second = ("secrecy", *conditions), ("danger", *conditions)
    return of(
        grouped(
            "R90",
            {"issuers": "[PMI]", "recipients": "[MO]", "conditions": f"[{', '.join(first)}]"},
            {"issuers": "[CRIP]", "recipients": "[HOME]", "conditions": f"[{', '.join(second)}]"},
            event="MEASURE",
            purpose="aed_home",
        )
    )


def test_each_change_of_a_clause_is_shown_by_the_grant_that_changes() -> None:
    """Both grants ask for a call no more: the second example declares danger, as its own grant asks."""
    found = diff(measured("urgent"), measured())

    changes = [one for one in found.of("easier") if one.clause == "R90"]
    shown = [one.verdicts for one in changes if one.verdicts is not None]
    assert [(bool(was.released), bool(now.released)) for was, now in shown] == [(False, True)] * 2
