"""Attacks on what stays and moves: the agency of a role, and a clause under another number."""

from __future__ import annotations

import re

from contracts.convention.load import load
from services.committee.diff.change_text import sentence
from services.committee.diff.compare import Diff, diff
from tests.contracts.convention.amended import SECOND_TEXT, of, second
from tests.contracts.convention.hospital import third


def told(found: Diff, kind: str, lang: str) -> list[str]:
    """The sentences of one kind of change."""
    return [sentence(found.old, found.new, c, lang) for c in found.changes if c.atom.kind == kind]


def test_a_clause_under_another_number_is_told_and_opens_nothing() -> None:
    """R36 as R90: the act is what it was, and counts as it did."""
    text = re.sub(r"\bR36\b", "R90", SECOND_TEXT)

    found = diff(second(), load(text.encode(), "renumbered.yaml"))

    assert (found.opens, found.same) == (False, True)
    (said,) = told(found, "clause", "en")
    assert said.endswith(
        "clause R36 becomes clause R90; what is owed under one of these numbers stays with it."
    )


def test_a_clause_that_falls_opens_nothing() -> None:
    """Its number is given to nobody."""
    start = SECOND_TEXT.index("  - id: R30\n")
    text = SECOND_TEXT[:start] + SECOND_TEXT[SECOND_TEXT.index("  - id: R31\n") :]

    assert not diff(second(), load(text.encode(), "less.yaml")).opens


def test_a_role_that_moves_to_another_house_opens_all_that_it_receives() -> None:
    """The paediatric unit's inbox would be read by the police."""
    before = third()
    after = before.replace(b"  UAPED:\n    agency: hospital", b"  UAPED:\n    agency: police")
    old, new = load(before, "old.yaml"), load(after, "new.yaml")

    found = diff(old, new)

    assert (found.opens, found.same) == (True, False)
    (said,) = told(found, "agency", "en")
    assert said.endswith("What this role receives will be read there.")
    assert told(found, "agency", "fr")[0].endswith("Ce que ce rôle reçoit y sera lu.")


def test_another_colleague_opens_nothing() -> None:
    """Of a role, its house alone says who reads."""
    assert not diff(second(), of(("    colleague: EDU-S\n", "", ""))).opens
