"""Invariants: what no clause may break is checked at every load, and the counterexample shown."""

from __future__ import annotations

from itertools import product

import pytest

from contracts.convention.checks.promises import broken
from contracts.convention.load import load
from contracts.conventions import SECOND, read
from contracts.errors import ConventionError
from contracts.vocabulary.scopes import SCOPES
from tests.contracts.convention.hospital import third
from tests.steps import counted

TEXT = read(SECOND).decode()
CONVENTION = load(read(SECOND), SECOND)


def edited(old: str, new: str, inside: str = "") -> bytes:
    """The second version with a text replaced, from a clause on."""
    start = TEXT.index(f"  - id: {inside}\n") if inside else 0
    place = TEXT.index(old, start)
    return (TEXT[:place] + new + TEXT[place + len(old) :]).encode()


def refused(data: bytes) -> ConventionError:
    """The error with which a file does not load."""
    with pytest.raises(ConventionError) as caught:
        load(data, "next.yaml")
    return caught.value


def test_a_clause_that_breaks_an_invariant_keeps_the_file_from_loading() -> None:
    """R41 kept for 90 days, on the criminal bus too; R43, of which nothing is promised, loads."""
    error = refused(edited("keep: P30", "keep: P90", "R41"))

    assert (error.code, error.file) == ("invariant_broken", "next.yaml")
    assert error.got.startswith("I08: R41.2 lets PARQ-CRIM send CODE.outcome to POL")
    assert load(edited("keep: P30", "keep: P90", "R43"), "next.yaml").version == 2


def test_the_counterexample_says_who_would_get_what_from_whom() -> None:
    """Enough to ask `explain`, at the line of the clause, with the sentence that it breaks."""
    data = edited("quorum: all\n", "quorum: all\n")
    promise = "    never: {from: [ASSO, PSP], to: [POL], but: [CODE.attendance]}"
    assert promise in TEXT
    data = data.replace(promise.encode(), b"    never: {from: [ASSO, PSP], to: [POL]}")

    error = refused(data)

    assert error.code == "invariant_broken"
    assert error.got == "I04: R38 lets ASSO send CODE.attendance to POL (HEARING, be_present)"
    assert error.expected == CONVENTION.invariants[3].sentence["en"]
    assert b"id: R38" in data.splitlines()[error.line - 1]


def test_a_base_scope_breaks_what_is_promised_of_its_narrow_ones() -> None:
    """RISK lets RISK.level through: a promise about the narrow scope sees it."""
    line = "    never: {what: [FACTS.source]}"
    data = TEXT.replace(line, "    never: {what: [RISK.level], to: [JE]}").encode()

    assert "lets PARQ-CIV send RISK.level to JE" in refused(data).got


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


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("  - id: I02\n", "  - id: I01\n", "invariant_repeated"),
        ("    never: {what: [FACTS.source]}", (
            "    never: {what: [CODE.absence], but: [CODE.absence]}"
        ),
         "selects_nothing"),
        ("    never: {what: [FACTS.source]}", "    never: {events: []}", "selects_nothing"),
        ("    never: {what: [FACTS.source]}", "    never: {realms: []}", "selects_nothing"),
        ("    never: {what: [FACTS.source]}", "    often: {what: [FACTS.source]}", "no_demand"),
        ("    never: {what: [FACTS.source]}",
         "    never: {what: [FACTS.source]}\n    at_most: {keep: P7}", "no_demand"),
        ("    never: {what: [FACTS.source]}", "    never: {what: [GOSSIP]}", "unknown_scope"),
        ("    never: {what: [FACTS.source]}", "    never: {to: [MAYOR]}", "unknown_role"),
        ("    never: {what: [FACTS.source]}", "    never: {whom: [POL]}", "unknown_field"),
        ("quorum: all", "quorum: 0", "bad_quorum"),
        ("quorum: all", "quorum: 8", "bad_quorum"),
        ("quorum: all", "quorum: most", "wrong_type"),
        ("  police: {fr", "  admin: {fr", "bad_party"),
        ("  police: {fr", "  Police-1: {fr", "bad_party"),
    ],
)  # fmt: skip
def test_a_promise_that_makes_no_sense_is_refused(old: str, new: str, code: str) -> None:
    """One code a cause, with its line."""
    error = refused(edited(old, new))

    assert error.code == code
    assert error.line > 0


def test_invariants_cost_a_load_next_to_nothing() -> None:
    """A few thousand steps; a load takes many more for reading YAML alone."""
    with counted() as steps:
        assert not list(broken(CONVENTION.invariants, CONVENTION.grants))

    assert steps.number < 5_000
