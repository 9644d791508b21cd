"""What a comparison costs where nearly everything changes, and what it says then."""

from __future__ import annotations

from typing import Any, Final

import pytest

from contracts.convention.load import load
from services.committee.diff import compare as comparing
from services.committee.diff.change import Atom, atoms
from services.committee.diff.compare import Diff, diff
from tests.services.committee.diff.test_bounds import wide

NEW_WORDS: Final = (
    ("within: 1wd}", "within: 2wd}"),
    ("keep: P30", "keep: P90"),
    ("scopes: [FACTS]", "scopes: [FACTS, RISK.level]"),
    ("conditions: []", "conditions: [informed, danger]"),
    ("basis: [CONVENTION]", "basis: [CASF-L226-4]"),
)


def everywhere(clauses: int) -> Diff:
    """Clauses between 23 senders and 24 readers, and the same with all that they say changed."""
    before = wide(clauses).decode()
    first, last = before.index("  - id: R100"), before.index("# The bus's own events:")
    changed = before[first:last]
    for old, new in NEW_WORDS:
        changed = changed.replace(old, new)
    after = before[:first] + changed + before[last:]
    return diff(load(before.encode(), "before.yaml"), load(after.encode(), "after.yaml"))


def test_questions_that_the_same_clauses_answer_are_compared_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Twenty-three senders of one clause: who asks makes no difference to what has changed."""
    compared = 0

    def counted(*given: Any) -> list[Atom]:
        nonlocal compared
        compared += 1
        return list(atoms(*given))

    monkeypatch.setattr(comparing, "atoms", counted)

    found = everywhere(4)

    questions = sum(len(one.issuers) * len(one.recipients) for one in found.of("opened"))
    assert questions == 4 * 23 * 24
    assert compared <= len({(grant.id, r) for grant in found.new.grants for r in grant.recipients})
