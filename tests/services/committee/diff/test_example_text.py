"""What an example supposes is what the convention counts, whatever the numbers of its clauses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from contracts.convention.load import load
from contracts.convention.model import Convention
from contracts.conventions import SECOND, SHIPPED, read
from services.committee.cases.synthetic_event import Earlier, Example, judge, made
from services.committee.diff.example_text import example_text, supposed
from tests.contracts.convention.amended import amended, clause, second

EARLIER = ("own_ip", "own_report", "own_st", "copy_of")


def answer(convention: Convention, author: str, by: str) -> Example:
    """The CRIP answers an event that its recipient sent under a clause."""
    question = ("civil", "CRIP", "FEEDBACK", "close_loop", author)
    earlier = Earlier(issuer=author, recipient="CRIP", clause=by)
    return made(question, ["CODE.outcome"], (), convention, answers=(earlier,))


@pytest.mark.parametrize(
    ("author", "by", "condition"),
    [
        ("EDU-S", "R01", "own_ip"),
        ("EDU-S", "R09", "own_report"),
        ("EDU-H", "R11", "own_ip"),
        ("PARQ-CIV", "R22", "own_st"),
    ],
)
def test_an_answer_supposes_what_the_event_that_it_answers_counts_as(
    author: str, by: str, condition: str
) -> None:
    """A report under any of its numbers is a report, and no alert."""
    assert supposed(second(), answer(second(), author, by)) == (condition,)


def test_a_report_under_a_new_number_is_supposed_as_a_report() -> None:
    """What counts follows the file: R100 is one there."""
    ours = load(amended(clause("R100", "EDU-S", "CRIP", event="SIG", purpose="protect_now")))
    example = answer(ours, "EDU-S", "R100")

    assert supposed(ours, example) == ("own_report",)
    assert "soit lui-même l'auteur du signalement" in example_text(ours, example, "fr")


def test_an_event_that_counts_in_no_way_is_told_as_an_earlier_event() -> None:
    """A follow-up request cannot be answered as an alert: nothing of the kind is supposed."""
    example = answer(second(), "ASE", "R30")

    assert supposed(second(), example) == ()
    french, english = (example_text(second(), example, lang) for lang in ("fr", "en"))
    assert french.endswith("À supposer qu'il soit répondu à un envoi antérieur (R30).")
    assert english.endswith("Supposing that an earlier event is answered (R30).")


@pytest.mark.parametrize("name", [SHIPPED, SECOND])
def test_an_example_supposes_what_its_clause_asks_of_earlier_events(name: str) -> None:
    """Of every question that asks for one, and the verdict is the one that this lets expect."""
    ours = load(read(name), name)
    asked = 0
    for question, grant in ours.by_question.items():
        wanted = set(EARLIER) & set(grant.conditions)
        if not wanted:
            continue
        asked += 1
        example = made(question, grant.scopes, grant.conditions, ours)
        assert wanted <= set(supposed(ours, example)), question
        assert judge(ours, example).released


@pytest.mark.parametrize("condition", EARLIER)
@pytest.mark.parametrize(
    ("author", "recipient", "told"),
    [
        ("EDU-S", "EDU-S", "PARQ-CIV"),
        ("CRIP", "EDU-S", "PARQ-CIV"),
        ("PMI", "EDU-S", "PARQ-CIV"),
        ("PARQ-CRIM", "POL", "POL"),
        ("POL", "POL", "PARQ-CIV"),
    ],
)
def test_what_is_supposed_is_what_the_engine_finds_met(
    condition: str, author: str, recipient: str, told: str
) -> None:
    """For every clause as that of the earlier event, whoever sent it."""
    ours = second()
    template = next(one for one in ours.grants if one.conditions == ("own_ip",))
    asked: Any = (condition,)
    asks = replace(
        template, id="R999", clause="R999", purpose="steer", issuers=("CRIP",),
        recipients=(recipient,), conditions=asked,
    )  # fmt: skip
    tried = replace(ours, grants=(*ours.grants, asks), digest="n" * 43)
    question, scopes = ("civil", "CRIP", asks.event, "steer", recipient), tuple(asks.scopes)
    for name in dict.fromkeys(grant.clause for grant in ours.grants):
        past = Earlier(issuer=author, recipient=told, clause=name, scopes=scopes)
        example = made(question, scopes, (), answers=(past,))
        verdict = bool(judge(tried, example).released)
        assert verdict == (condition in supposed(tried, example)), name
