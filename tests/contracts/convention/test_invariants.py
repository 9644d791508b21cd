"""Invariants: what no clause may break is checked at every load, and the counterexample shown."""

from __future__ import annotations

from itertools import product

from contracts.convention.checks.promises import broken
from contracts.vocabulary.scopes import SCOPES
from tests.contracts.convention.amended import second
from tests.contracts.convention.hospital import third
from tests.contracts.convention.kit import refused

CONVENTION = second()


def test_a_new_role_is_held_to_the_promises_about_all_others() -> None:
    """`not_to` means whoever else there is, those who join later included."""
    data = third()
    for old, new in (
        (
            b"[CODE.outcome]\n    traps: [FACTS, RISK,",
            b"[PROCEDURE.status]\n    traps: [FACTS, RISK,",
        ),
        (b"but: [PROCEDURE.status, PROCEDURE.hearing]", b"but: [PROCEDURE.hearing]"),
    ):
        data = data.replace(old, new)

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
