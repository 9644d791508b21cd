"""Conditions about earlier events: which hold at once, by `conditions` and by routing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, product

import pytest

from contracts.convention.checks.compatible_conditions import satisfiable
from contracts.decision.conditions import ConditionInputs, judged
from contracts.decision.state.state import Case, Past
from contracts.keys.directory import Directory
from contracts.vocabulary.conditions import Condition, Declared
from contracts.vocabulary.schema import Ref
from tests.contracts.convention.amended import clause
from tests.contracts.convention.kit import Edit, convention, edited, text
from tests.contracts.decision.asking import DIRECTORIES, jti
from tests.contracts.decision.playing import MONDAY
from tests.services.committee.lint.linting import found_in

EARLIER: tuple[Condition, ...] = ("copy_of", "own_ip", "own_report", "own_st")
# One clause of each kind that counts, and one that does not.
CLAUSES = ("R01", "R09", "R10", "R11", "R21", "R22", "R39")


def subsets() -> Iterator[frozenset[Condition]]:
    """Every combination of the conditions."""
    for size in range(len(EARLIER) + 1):
        yield from (frozenset(some) for some in combinations(EARLIER, size))


def pasts(issuer: str, recipient: str, another: str, third: str) -> Iterator[Past]:
    """Every event that a log may keep: of anybody, to up to three others, by any clause each."""
    for author in (issuer, recipient, another):
        desks = [one for one in (issuer, recipient, another, third) if one != author]
        for clauses in product((*CLAUSES, ""), repeat=len(desks)):
            sent: dict[str, tuple[str, tuple[str, ...]]] = {
                desk: (clause, ("FACTS",))
                for desk, clause in zip(desks, clauses, strict=True)
                if clause
            }
            yield Past(author, "ANY", MONDAY, sent)


def met(directory: Directory, issuer: str, recipient: str, past: Past) -> frozenset[str]:
    """The conditions that an event from one desk to another meets by naming a past one."""
    grant = replace(convention().grants[0], conditions=EARLIER)
    case = Case(events={jti(1): past})
    re = (Ref(iss=past.iss, jti=jti(1)),)
    asked = ConditionInputs(
        convention(), directory, grant, case, issuer, recipient, Declared(), re, False
    )
    return frozenset(name for name, reason in judged(asked).items() if reason is None)


@pytest.mark.parametrize("role", ["EDU-S", "POL"])
def test_satisfiable_is_exactly_what_some_log_can_make_routing_find_met(role: str) -> None:
    """Held against the conditions themselves, for every event that a case can hold."""
    directory = DIRECTORIES["civil"]
    desks = [directory.by_role[one][0] for one in ("PARQ-CIV", role, "CRIP", "ASE")]

    found = {met(directory, desks[0], desks[1], past) for past in pasts(*desks)}

    for some in subsets():
        assert satisfiable(some, role) == any(some <= one for one in found), some


POLICE = (
    clause("R46", "POL", "PARQ-CRIM", event="IP", purpose="assess", realm="criminal"),
    clause("R47", "PARQ-CRIM", "POL", realm="criminal", conditions="[own_ip, own_report]",
           purpose="progress"),
)  # fmt: skip
SCHOOL = (
    clause("R46", "EDU-S", "CRIP", event="SIG", purpose="protect_now"),
    clause("R47", "CRIP", "EDU-S", purpose="progress", conditions="[own_ip, own_report]"),
)


@pytest.mark.parametrize(("clauses", "never"), [(POLICE, "POL"), (SCHOOL, "")])
def test_lint_tells_conditions_that_no_event_of_the_version_meets(
    clauses: tuple[Edit, ...], never: str
) -> None:
    """An inquiry was given to police, so is not its own; R11 and a report go out in one event."""
    found = found_in(edited(text(), *clauses), "conditions_never_met")

    assert [one.facts for one in found] == ([("own_ip, own_report", never)] if never else [])
