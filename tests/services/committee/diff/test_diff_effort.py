"""What a comparison costs where nearly everything changes, and what it says then."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

import pytest

from contracts.convention.load import load
from services.committee.cases.synthetic_event import judge
from services.committee.diff import change_examples
from services.committee.diff import compare as comparing
from services.committee.diff.change import GROUPS, Atom, atoms
from services.committee.diff.change_examples import EXAMPLES
from services.committee.diff.change_text import sentence
from services.committee.diff.compare import Diff, diff
from services.committee.diff.json_form import wire
from services.committee.diff.page import page, text
from tests.contracts.convention.amended import second
from tests.services.committee.diff.test_bounds import wide

NEW_WORDS: Final = (
    ("within: 1wd}", "within: 2wd}"),
    ("keep: P30", "keep: P90"),
    ("scopes: [FACTS]", "scopes: [FACTS, RISK.level]"),
    ("conditions: []", "conditions: [informed, danger]"),
    ("basis: [CONVENTION]", "basis: [CASF-L226-4]"),
)


def everywhere(clauses: int) -> Diff:
    """Clauses between 25 senders and 25 readers, and the same with all of them changed in all they say."""
    before = wide(clauses).decode()
    first, last = before.index("  - id: R100"), before.index("# The bus's own events:")
    changed = before[first:last]
    for old, new in NEW_WORDS:
        changed = changed.replace(old, new)
    after = before[:first] + changed + before[last:]
    return diff(load(before.encode(), "before.yaml"), load(after.encode(), "after.yaml"))


def said(found: Diff) -> list[str]:
    """Every sentence, French and English."""
    return [
        sentence(found.old, found.new, one, lang) for one in found.changes for lang in ("fr", "en")
    ]


def test_examples_are_bounded_and_every_change_is_told_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One of each kind in each group: the sentences do not depend on it."""
    whole = everywhere(4)
    assert whole.untried == 0
    monkeypatch.setattr(change_examples, "EXAMPLES", 1)

    found = everywhere(4)

    assert said(found) == said(whole)
    assert (found.same, found.opens) == (whole.same, whole.opens)
    with_example = Counter((one.group, one.atom.kind) for one in found.changes if one.example)
    assert set(with_example) == {(one.group, one.atom.kind) for one in whole.changes if one.example}
    assert set(with_example.values()) == {1}
    assert found.untried == len([one for one in whole.changes if one.example]) - len(with_example)


def test_as_many_clauses_as_may_be_ask_routing_no_more_than_the_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Thousands of changes: each kind's first hundred are judged, twice each."""
    judged = 0

    def counted(*given: Any) -> Any:
        nonlocal judged
        judged += 1
        return judge(*given)

    monkeypatch.setattr(change_examples, "judge", counted)

    found = everywhere(120)

    kinds = {(one.group, one.atom.kind) for one in found.changes}
    assert len(found.changes) > 20 * EXAMPLES
    assert found.untried > 0
    assert judged <= 2 * EXAMPLES * len(kinds)


def test_questions_that_the_same_clauses_answer_are_compared_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Twenty-five senders of one clause: who asks makes no difference to what has changed."""
    compared = 0

    def counted(*given: Any) -> list[Atom]:
        nonlocal compared
        compared += 1
        return list(atoms(*given))

    monkeypatch.setattr(comparing, "atoms", counted)

    found = everywhere(4)

    questions = sum(len(one.issuers) * len(one.recipients) for one in found.of("opened"))
    assert questions == 4 * 25 * 25
    assert compared <= len({(grant.id, r) for grant in found.new.grants for r in grant.recipients})


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("fr", "les 100 premiers changements de chaque sorte en ont un"),
        ("en", "the first 100 changes of each kind have one"),
    ],
)
def test_what_has_no_example_for_its_number_is_counted_in_every_form(
    monkeypatch: pytest.MonkeyPatch, lang: str, words: str
) -> None:
    """In the text, on the page, and as JSON by the change."""
    monkeypatch.setattr(change_examples, "EXAMPLES", 1)

    found = everywhere(2)

    data = wire(found)
    left = [one for group in GROUPS for one in data[group] if "example_left_out" in one]
    assert words in text(found, lang)
    assert words in page(found, lang)
    assert (data["without_example"], len(left)) == (found.untried, found.untried)
    assert not any("example" in one for one in left)
    assert str(found.untried) in text(found, lang)


def test_a_comparison_within_the_bound_says_nothing_of_it() -> None:
    """All examples are there."""
    found = diff(second(), second())

    assert "Examples:" not in text(found, "en")
    assert wire(found)["without_example"] == 0
