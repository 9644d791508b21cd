"""Clauses that answer, copy or ask for participants: each must be able to apply."""

from __future__ import annotations

from itertools import product

import pytest

from contracts.convention.clauses import questions
from contracts.convention.load import load
from contracts.errors import ConventionError
from services.committee.diff.change import effective
from services.committee.diff.compare import diff
from tests.contracts.convention.amended import amended, clause, of, role, second
from tests.contracts.convention.kit import convention
from tests.services.committee.diff.shown import shown
from tests.services.committee.synthetic import judge, made

INVITE = {
    "event": "COORD", "purpose": "invite", "scopes": "[CODE.meeting]", "conditions": "[assigned]",
    "assigns": "[recipient]", "keep": "P7",
}  # fmt: skip
NEW = role("NEW", "association")
OWN = {"own_ip", "own_report", "own_st", "copy_of"}


def refused(*edits: tuple[str, str, str]) -> ConventionError:
    """The error with which an amended file does not load."""
    with pytest.raises(ConventionError) as caught:
        load(amended(*edits), "replies.yaml")
    return caught.value


@pytest.mark.parametrize(
    ("edit", "author"),
    [
        (clause("R97", "ASE", "HOME", conditions="[own_ip]"), "HOME"),  # R06 is no alert
        (clause("R97", "JE", "PARQ-CRIM", conditions="[own_st]"), "PARQ-CRIM"),  # only R22 counts
        (("[EDU-H, EDU-S, PMI, SSD]", "[EDU-H, EDU-S, PMI, SSD, SNATED]", "R41"), "SNATED"),
        (clause("R97", "PARQ-CIV", "POL", purpose="progress", conditions="[own_report]"), "POL"),
    ],
)  # fmt: skip
def test_an_answer_to_what_does_not_count_does_not_load(
    edit: tuple[str, str, str], author: str
) -> None:
    """An event's type is not enough: what its author sends must be what is counted."""
    error = refused(edit)

    assert (error.code, error.facts[1]) == ("reply_to_nothing", author)


def test_an_author_whose_copy_counts_may_be_answered() -> None:
    """HOME sends no alert of its own, and the CRIP gets the copy of its report."""
    example = made(("civil", "CRIP", "FEEDBACK", "close_loop", "HOME"), ["CODE.outcome"],
    ["own_ip"],
                   second())  # fmt: skip

    (earlier,) = example.answers or ()
    assert (earlier.clause, earlier.recipient) == ("R11", "CRIP")
    assert judge(second(), example).released == ("CODE.outcome",)


def test_a_clause_does_not_make_those_take_part_whom_it_asks_to_take_part() -> None:
    """NEW is invited on condition that NEW already takes part, and nothing else brings it."""
    itself = clause("R97", "ASE", "NEW", **INVITE)
    first = clause("R98", "ASE", "NEW", **INVITE | {"purpose": "progress", "conditions": "[]"})

    assert refused(NEW, itself).facts == ("R97", "NEW")
    assert refused(NEW, itself).code == "never_assigned"
    assert of(NEW, itself, first).version == second().version


def test_two_clauses_that_wait_for_one_another_bring_nobody_in() -> None:
    """Each would bring NEW in, on condition that the other has: a circle without a start."""
    circle = [
        clause("R97", "ASE", "NEW", **INVITE),
        clause("R98", "ASE", "NEW", **INVITE | {"purpose": "progress"}),
    ]

    assert refused(NEW, *circle).code == "never_assigned"


def test_an_example_answers_what_its_author_can_have_sent() -> None:
    """Every question with an answer or copy, in both versions: by `decide`, by a clause."""
    for ours in (convention(), second()):
        for grant in ours.grants:
            for question in questions(grant) if OWN & set(grant.conditions) else ():
                facts = effective(grant, question[-1])
                scope = next(iter(sorted(grant.released)))
                example = made(question, [scope], facts, ours)

                assert judge(ours, example).released == (scope,), question
                assert example.answers
                for one in example.answers:
                    ways = [g for g in ours.grants if g.clause == one.clause]
                    assert any(
                        (one.issuer, one.recipient) in product(way.issuers, way.recipients)
                        and set(one.scopes) <= way.released
                        for way in ways
                    ), question


def test_a_comparison_shows_nothing_that_no_clause_lets_happen() -> None:
    """R39 closes to HOME: the example is of HOME's copy, not of an R01 by HOME."""
    less = of(("POL, HOME, MO, ASE", "POL, MO, ASE", "R39"))

    (change,) = [one for one in diff(second(), less).changes if one.group == "closed"]

    tried = shown(diff(second(), less), change)
    assert tried is not None
    assert [one.clause for one in tried.example.answers or ()] == ["R11"]
    assert tried.old.released == ("CODE.outcome",)
