"""Invariants: what no clause may break is checked at every load, and the counterexample shown."""

from __future__ import annotations

from itertools import product

from contracts.convention.checks.promises import broken
from contracts.vocabulary.scopes import SCOPES
from tests.contracts.convention.amended import amended, of, refusal, second
from tests.contracts.convention.hospital import third
from tests.contracts.convention.kit import refused
from tests.steps import counted

CONVENTION = second()


def test_a_clause_that_breaks_an_invariant_keeps_the_file_from_loading() -> None:
    """R41 kept for 90 days, on the criminal bus too; R43, of which nothing is promised, loads."""
    error = refusal(("keep: P30", "keep: P90", "R41"))

    assert (error.code, error.file) == ("invariant_broken", "faulty.yaml")
    assert error.got.startswith("I08: R41.2 lets PARQ-CRIM send CODE.outcome to POL")
    assert of(("keep: P30", "keep: P90", "R43")).version == 2


def test_the_counterexample_says_who_would_get_what_from_whom() -> None:
    """Enough to ask `explain`, at the line of the clause, with the sentence that it breaks."""
    data = amended(
        ("[ASSO, PSP], to: [POL], but: [CODE.attendance]}", "[ASSO, PSP], to: [POL]}", "")
    )

    error = refused(data)

    assert error.code == "invariant_broken"
    assert error.got == "I04: R38 lets ASSO send CODE.attendance to POL (HEARING, be_present)"
    assert error.expected == CONVENTION.invariants[3].sentence["en"]
    assert b"id: R38" in data.splitlines()[error.line - 1]


def test_a_base_scope_breaks_what_is_promised_of_its_narrow_ones() -> None:
    """RISK lets RISK.level through: a promise about the narrow scope sees it."""
    error = refusal(("never: {what: [FACTS.source]}", "never: {what: [RISK.level], to: [JE]}", ""))

    assert "lets PARQ-CIV send RISK.level to JE" in error.got


def test_a_new_role_is_held_to_the_promises_about_all_others() -> None:
    """`not_to` means whoever else there is, those who join later included."""
    data = (
        third()
        .replace(
            b"scopes: [CODE.outcome]\n    traps: [FACTS, RISK, HEALTH]",
            b"scopes: [CODE.outcome, PROCEDURE.status]\n    traps: [FACTS, RISK, HEALTH]",
        )
        .replace(
            b"      but: [PROCEDURE.status, PROCEDURE.hearing]", b"      but: [PROCEDURE.hearing]"
        )
    )

    assert refused(data).got.startswith("I06: ")


def test_every_promise_holds_over_the_whole_space_tuple_by_tuple() -> None:
    """Read naively from the table of questions, not from the grants."""
    table = CONVENTION.by_question
    roles = [*CONVENTION.roles, *CONVENTION.readers]

    def reaches(issuer: str, recipient: str, scope: str) -> bool:
        return any(
            scope in grant.released
            for (_, one, _, _, other), grant in table.items()
            if (one, other) == (issuer, recipient)
        )

    for issuer, recipient in product([*CONVENTION.roles, "BUS"], roles):
        got = {scope for scope in SCOPES if reaches(issuer, recipient, scope)}
        assert not got & {"HEALTH", "FACTS.source"}
        assert recipient != "EDU-H" or not any(one.startswith("HEALTH") for one in got)
        if recipient == "POL" and issuer in {"EDU-S", "EDU-H"}:
            assert not got
        if recipient == "POL" and issuer in {"ASSO", "PSP"}:
            assert got <= {"CODE.attendance"}
    assert list(broken(CONVENTION.invariants, CONVENTION.grants)) == []


def test_invariants_cost_a_load_next_to_nothing() -> None:
    """A few thousand steps; a load takes many more for reading YAML alone."""
    with counted() as steps:
        assert not list(broken(CONVENTION.invariants, CONVENTION.grants))

    assert steps.number < 5_000
