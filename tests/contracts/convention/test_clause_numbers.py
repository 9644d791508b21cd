"""A clause number keeps its act and purpose for ever: one check against the one before."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest

import contracts
from contracts.convention.adoption import check_numbers
from contracts.convention.load import load
from contracts.convention.model import Convention
from contracts.conventions import SECOND, SHIPPED, read
from contracts.encoding import b64u, sha256
from contracts.errors import ConventionError
from tests.contracts.convention.amended import SECOND_TEXT, clause, of, second
from tests.contracts.envelope.refusal import refused

_REPEALED = "\nrepealed:\n  R30: {event: SPECREF, purpose: specialist_followup}\n"


def renumbered() -> Convention:
    """The second version in which two clauses have each other's number, duties along with them."""
    names = {"R08": "R30", "R30": "R08"}
    other = re.sub(r"\bR\d{2,3}\b", lambda found: names.get(found[0], found[0]), SECOND_TEXT)
    return load(other.encode(), "renumbered.yaml")


def without_followup(more: str = "") -> Convention:
    """The second version without R30."""
    start = SECOND_TEXT.index("  - id: R30\n")
    text = SECOND_TEXT[:start] + SECOND_TEXT[SECOND_TEXT.index("  - id: R31\n") :]
    return load((text.replace("R29, R30, R32", "R29, R32") + more).encode(), "less.yaml")


def test_no_rule_of_the_bus_asks_for_a_clause_number() -> None:
    """Read from the source: rules ask the act of a past event; numbers are the file's own."""
    folder = Path(contracts.__file__).parent
    named = {
        node.value
        for file in folder.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Constant) and re.fullmatch(r"R\d{2,3}", str(node.value))
    }

    assert named == set()


REPORT = {"event": "EVALREP", "purpose": "evaluate", "conditions": "[assigned]"}
ALERT = {"event": "IP", "purpose": "assess", "assigns": "[issuer, recipient]"}


def r97(act: dict[str, str]) -> Convention:
    """The second version with a clause more."""
    return of(clause("R97", "JE", "CRIP", **act))


def followed_by_another() -> Convention:
    """R30 is given to R36's act, and its own to R90."""
    text = SECOND_TEXT.replace("  - id: R30\n", "  - id: R90\n")
    text = text.replace("  - id: R36\n", "  - id: R30\n").replace("R32, R36, R42", "R32, R42")
    return load(text.encode(), "again.yaml")


LYING = _REPEALED.replace("specialist_followup", "joint_evaluation")


@pytest.mark.parametrize(
    ("before", "after", "code", "facts"),
    [
        # a second report without its call would have passed as the end of a follow-up
        (second, renumbered, "clause_number_reused",
         ("R08", "SIG", "protect_now", "SPECREF", "specialist_followup")),
        # what was sent as an evaluation would be answered, or meet a duty, as another
        (lambda: r97(REPORT), lambda: r97(REPORT | {"purpose": "progress"}),
         "clause_number_reused", ("R97", "EVALREP", "evaluate", "EVALREP", "progress")),
        (lambda: r97(REPORT), lambda: r97(ALERT), "clause_number_reused",
         ("R97", "EVALREP", "evaluate", "IP", "assess")),
        # else a later version could give the number to another act, and nobody would know
        (second, without_followup, "clause_number_dropped",
         ("R30", "SPECREF", "specialist_followup")),
        (lambda: without_followup(_REPEALED), without_followup, "clause_number_dropped", ()),
        (lambda: without_followup(_REPEALED), followed_by_another, "clause_number_reused", ()),
        (second, lambda: without_followup(LYING), "clause_number_reused", ()),
    ],
)  # fmt: skip
def test_a_number_that_is_reused_or_left_behind_is_refused(
    before: Any, after: Any, code: str, facts: tuple[str, ...]
) -> None:
    """What was sent under it would count as another act."""
    with refused(code) as caught:
        check_numbers(before(), after())

    assert isinstance(caught.value, ConventionError)
    assert caught.value.facts[: len(facts)] == facts


def test_a_repealed_number_may_come_back_for_its_own_act() -> None:
    """And may be repealed."""
    check_numbers(second(), without_followup(_REPEALED))
    check_numbers(without_followup(_REPEALED), second())


def test_a_number_is_not_both_repealed_and_in_use() -> None:
    """The file would say two things of it."""
    with pytest.raises(ConventionError, match="clause_repeated"):
        load((SECOND_TEXT + _REPEALED).encode(), "both.yaml")


def test_what_was_sent_under_a_repealed_number_counts_as_it_did() -> None:
    """A follow-up of the past can still be ended, though no new one can be asked for."""
    act = ("SPECREF", "specialist_followup")

    assert without_followup(_REPEALED).numbers(act) == second().numbers(act) == {"R30"}
    assert without_followup().numbers(act) == frozenset()


# A digest here is never changed: to change a convention, write its next version.
DIGESTS = {
    SHIPPED: "wg6Y2OZmLZ2zLj00Pa4fbDvdDyIIWqNX5qpeVeGd8Cg",
    SECOND: "7oxLHWO-eDduOBSIDNufsk9hS3-DVucNximr4v0AQMQ",
}


@pytest.mark.parametrize("name", DIGESTS)
def test_an_adopted_file_is_never_edited(name: str) -> None:
    """One byte more is another convention, which nobody has signed."""
    assert b64u(sha256(read(name))) == DIGESTS[name]


def test_publications_answer_no_desk() -> None:
    """What is published is in the table, and `grant` never gives it to a desk or a reader."""
    first = load(read(SHIPPED), SHIPPED)
    published = [question for question, grant in first.by_question.items() if grant.publication]

    assert len(published) == 5
    assert all(first.grant(*question) is None for question in published)
