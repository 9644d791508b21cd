"""What the second version brought, refused where it makes no sense: promises, figures, look-ups."""

from __future__ import annotations

import pytest

from tests.contracts.convention.amended import amended, refusal

NEVER = "    never: {what: [FACTS.source]}"

# code, old text, new text
SECOND_FAULTS = [
    # parties and what they promise
    ("invariant_repeated", "  - id: I02\n", "  - id: I01\n"),
    ("selects_nothing", NEVER, "    never: {what: [CODE.absence], but: [CODE.absence]}"),
    ("selects_nothing", NEVER, "    never: {events: []}"),
    ("selects_nothing", NEVER, "    never: {realms: []}"),
    ("no_demand", NEVER, "    often: {what: [FACTS.source]}"),
    ("no_demand", NEVER, f"{NEVER}\n    at_most: {{keep: P7}}"),
    ("unknown_scope", NEVER, "    never: {what: [GOSSIP]}"),
    ("unknown_role", NEVER, "    never: {to: [MAYOR]}"),
    ("unknown_field", NEVER, "    never: {whom: [POL]}"),
    ("bad_quorum", "quorum: all", "quorum: 0"),
    ("bad_quorum", "quorum: all", "quorum: 8"),
    ("wrong_type", "quorum: all", "quorum: most"),
    ("bad_party", "  police: {fr", "  admin: {fr"),
    ("bad_party", "  police: {fr", "  Police-1: {fr"),
    # reference services; the look-up stands there with the table and not without
    ("no_reference", "reference: [CRIP, ASE]", "reference: []"),
    ("unknown_role", "reference: [CRIP, ASE]", "reference: [CRYPT]"),
    ("repeated_item", "reference: [CRIP, ASE]", "reference: [CRIP, CRIP]"),
    ("unknown_field", "reference: [CRIP, ASE]\n", "reference: [CRIP, ASE]\n  told: [R08]\n"),
    ("system_differs", "  LOOKUP:\n    issuers: [CRIP, ASE]", "  LOOKUP:\n    issuers: [CRIP]"),
    ("unknown_event", "\naccess:\n", "\nstrange:\n"),
    ("unknown_event", "\n  LOOKUP:", "\n  GLANCE:"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "old", "new"), SECOND_FAULTS)
def test_a_faulty_table_is_refused_at_a_line(code: str, old: str, new: str) -> None:
    """One code a cause."""
    error = refusal((old, new, ""))

    assert error.code == code
    assert 0 < error.line <= len(amended((old, new, "")).splitlines())
