"""What the second version brought, refused where it makes no sense: promises, figures, accesses."""

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
    # whose access is told; the bus's events on it stand there with the table and not without
    ("no_reference", "reference: [CRIP, ASE]", "reference: []"),
    ("unknown_role", "reference: [CRIP, ASE]", "reference: [CRYPT]"),
    ("unknown_told", "told: [R08", "told: [R99"),
    ("unknown_told", "told: [R08", "told: [R44"),
    ("repeated_item", "told: [R08", "told: [R09"),
    ("unknown_flag", "R46]\n  flag: invention", "R46]\n  flag: custom"),
    ("system_differs", "  LOOKUP:\n    issuers: [CRIP, ASE]", "  LOOKUP:\n    issuers: [CRIP]"),
    ("system_differs", "within: 5wd}\n    label: {fr: demande",
     "within: 9wd}\n    label: {fr: demande"),
    ("system_differs", "unreadable, justified]", "unreadable]"),
    ("system_differs", "\naccess:\n", "\nstrange:\n"),
    ("unknown_event", "\n  LOOKUP:", "\n  GLANCE:"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "old", "new"), SECOND_FAULTS)
def test_a_faulty_table_is_refused_at_a_line(code: str, old: str, new: str) -> None:
    """One code a cause."""
    error = refusal((old, new, ""))

    assert error.code == code
    assert 0 < error.line <= len(amended((old, new, "")).splitlines())
