"""Several grants of one clause, compared: each by those that answer its own question."""

from __future__ import annotations

from contracts.convention.model import Convention
from services.committee.diff.change_text import sentence
from services.committee.diff.compare import Diff, diff
from tests.contracts.convention.amended import clause, grouped, of

_MONTHLY = (
    "{act: R31, debtor: recipient, creditor: issuer, within: 1mo, opened_by: ACK:started, "
    "repeat: true}"
)
_STARTS: dict[str, str] = {
    "issuers": "[ASE]",
    "recipients": "[MO]",
    "duties": f"[{_MONTHLY}]",
    "assigns": "[issuer, recipient]",
}
_STARTS_NOTHING: dict[str, str] = {"issuers": "[PMI]", "recipients": "[HOME]"}


def ordered(*grants: dict[str, str]) -> Convention:
    """R90 with these grants, in this order."""
    return of(grouped("R90", *grants, event="MEASURE", purpose="adapt_measure"))


def started(found: Diff, lang: str) -> list[str]:
    """What is said of acknowledgements of the past."""
    kind = "place"
    return [sentence(found.old, found.new, c, lang) for c in found.changes if c.atom.kind == kind]


def test_grants_of_a_clause_in_another_order_are_told_where_acknowledgements_make_owed() -> None:
    """The start of a measure ordered under R90.1 would be looked up in the other grant."""
    found = diff(ordered(_STARTS, _STARTS_NOTHING), ordered(_STARTS_NOTHING, _STARTS))

    assert (found.opens, found.same) == (True, False)
    first, second = started(found, "fr")
    assert "R90.1" in first
    assert "R90.2" in second
    assert started(found, "en")[0].startswith("Acknowledging an event already sent under")


def test_a_grant_put_into_a_list_is_told_where_acknowledgements_make_owed() -> None:
    """R90 as R90.1: what was ordered under R90 would start nothing."""
    own = {key: value for key, value in _STARTS.items() if key not in ("issuers", "recipients")}
    act = {"event": "MEASURE", "purpose": "adapt_measure"}
    alone = of(clause("R90", "ASE", "MO", **own, **act))

    found = diff(alone, ordered(_STARTS))

    assert (found.opens, found.same) == (True, False)
    assert len(started(found, "fr")) == 1


def test_grants_in_another_order_are_the_same_where_acknowledgements_make_nothing_owed() -> None:
    """Order counts for nothing else."""
    other = {**_STARTS, "duties": "[]"}

    found = diff(ordered(_STARTS_NOTHING, other), ordered(other, _STARTS_NOTHING))

    assert (found.opens, found.same) == (False, True)
