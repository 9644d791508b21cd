"""`explain` of a real event refuses what the router would refuse, and says what it cannot know."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, Final

import pytest

from contracts.convention.load import load
from contracts.convention.model import Convention
from contracts.conventions import SECOND, read
from contracts.decision.decide import decide
from contracts.decision.outcome import AddresseeDecision
from contracts.envelope.event import Event
from contracts.keys.directory import Directory
from contracts.vocabulary.conditions import Declared
from contracts.vocabulary.scopes import SCOPES
from services.committee.explain.explain import Explanation, explain_posed
from services.committee.explain.question_of_event import of_event, of_example
from services.committee.explain.synthetic_event import Earlier, Example, situation
from services.committee.explain.voices import told
from tests.contracts.convention.second_reader import Question
from tests.contracts.decision.asking import (
    AT,
    CONVENTION,
    DIRECTORIES,
    EVERYTHING,
    event,
    fresh,
    ref,
)
from tests.services.texts.typed import as_typed

CIVIL = DIRECTORIES["civil"]
POL = "urn:relais:civil:desk:pol"
# Condition -> clause and recipient of an event by which it is met.
EARLIER = {
    "own_ip": ("R01", "CRIP"), "own_report": ("R08", "PARQ-CIV"), "own_st": ("R22", "CRIP"),
    "copy_of": ("R08", "PARQ-CIV"),
}  # fmt: skip


def missing(*scopes: str, issuer: str = "HOME", **claims: Any) -> Event:
    """A home tells the police that a child is missing, or has come back."""
    to = [{"role": "POL", "purpose": "search", "scopes": scopes}]
    return event(issuer, "MISSING", to, declared=EVERYTHING, **claims)


def explained(one: Event, directory: Directory = CIVIL) -> Explanation:
    """The answer for its only addressee."""
    (question,) = of_event(CONVENTION, one, directory)
    return explain_posed(CONVENTION, question)


def routed(one: Event, directory: Directory = CIVIL) -> tuple[str, ...]:
    """The reasons with which the router withholds it, of a case that it knows nothing of."""
    (outcome,) = decide(CONVENTION, directory, fresh(), one, AT).outcomes
    return outcome.reasons


def without_police() -> Directory:
    """A directory that does not know the desk."""
    return replace(CIVIL, desks={urn: row for urn, row in CIVIL.desks.items() if urn != POL})


def other_house() -> Directory:
    """A directory that gives the desk to an agency that the convention does not."""
    return replace(CIVIL, desks={**CIVIL.desks, POL: replace(CIVIL.desks[POL], agency="justice")})


ENDED: Final[dict[str, Any]] = {"phase": "end", "ends": (ref("HOME", 7),)}
TO_POLICE: Final = [{"role": "POL", "purpose": "search", "scopes": ("LOCATION",)}]


@pytest.mark.parametrize(
    ("one", "directory", "why"),
    [
        # the cover names whose event it ends: no case is needed to see it
        (missing("LOCATION", phase="end", ends=(ref("ASE", 7),)), CIVIL, "ends_not_own"),
        # figures are published, and the bus's own words are the bus's
        (event("HOME", "STAT", TO_POLICE), CIVIL, "publication_only"),
        (event("HOME", "REFUSE", TO_POLICE), CIVIL, "not_for_outbox"),
        # not in the directory, or in it with another agency
        (missing("LOCATION"), without_police(), "unknown_desk"),
        (missing("LOCATION"), other_house(), "unknown_desk"),
    ],
)
def test_what_the_router_refuses_without_a_case_is_refused_as_it_does(
    one: Event, directory: Directory, why: str
) -> None:
    """No clause is asked, nothing passes; only for an unknown desk others are suggested."""
    found = explained(one, directory)

    decision = decide(CONVENTION, directory, fresh(), one, AT)
    assert found.reasons == (why,)
    assert (why,) in (decision.reasons, *(one.reasons for one in decision.outcomes))
    assert (found.released, found.withheld) == ((), {"LOCATION": (why,)})
    assert (found.clauses, found.answers, found.unknown) == ((), (), ())
    assert not found.door or why == "unknown_desk"
    assert POL in directory.desks or POL in as_typed(told(found, "fr"))  # who typed it can find it


def test_an_event_without_parts_is_refused() -> None:
    """Its conditions are met; it says nothing, and the word `end` alone makes no end of it."""
    found = explained(missing())

    assert routed(missing()) == routed(missing(phase="end")) == ("no_parts",)
    assert [answer.unmet for answer in found.answers] == [("no_parts",)]
    assert "non. L'envoi est sans contenu." in as_typed(told(found, "fr"))


@pytest.mark.parametrize(
    ("one", "released", "unknown", "said"),
    [
        (missing("LOCATION", **ENDED), ("LOCATION",), ("ends_own",), "The case alone will tell"),
        (missing(**ENDED), (), ("ends_own", "ends_its_kind"), "yes, without content."),
        # it lists its parts: they are not missing
        (replace(missing("LOCATION"), heads=()), None, ("contents",),
         "The cover alone does not say which data the event holds"),
    ],
)  # fmt: skip
def test_what_only_the_case_or_the_parts_can_tell_is_said(
    one: Event, released: tuple[str, ...] | None, unknown: tuple[str, ...], said: str
) -> None:
    """A yes, and what it depends on."""
    found = explained(one)

    assert (found.answers[0].unmet, found.unknown) == ((), unknown)
    assert released in (None, found.released)
    assert said in as_typed(told(found, "en"))


def test_a_copy_beside_its_report_depends_on_what_the_report_comes_to() -> None:
    """It names no earlier event: what it copies is the other addressee's question."""
    to = [
        {"role": "PARQ-CIV", "purpose": "protect_now", "scopes": ("FACTS",)},
        {"role": "CRIP", "purpose": "avoid_duplicates", "scopes": ("FACTS",)},
    ]

    _, copy = of_event(CONVENTION, event("EDU-H", "SIG", to, declared=EVERYTHING), CIVIL)

    (answer,) = explain_posed(CONVENTION, copy).answers
    assert (answer.unmet, answer.depends) == ((), True)


def made(question: Question, scopes: Iterable[str], conditions: Iterable[str]) -> Example:
    """An event that asks a question, everything declared that its conditions ask for."""
    realm, issuer, name, purpose, recipient = question
    facts, earlier = set(conditions), list[Earlier]()
    for condition in facts & EARLIER.keys():
        clause, to = EARLIER[condition]
        author = issuer if condition == "copy_of" else recipient
        if (condition, recipient) == ("own_report", "POL"):  # the inquiry that police was given
            author, clause, to = issuer, "R21", "POL"
        earlier.append(
            Earlier(issuer=author, recipient=to, clause=clause, scopes=tuple(sorted(SCOPES)))
        )
    return Example(
        realm=realm, issuer=issuer, event=name, purpose=purpose, recipient=recipient,
        scopes=tuple(scopes), declared=Declared.model_validate(EVERYTHING),
        secrecy=tuple(sorted({issuer, recipient})) if "secrecy" in facts else None,
        assigned=(recipient,) if "assigned" in facts else None, answers=tuple(earlier) or None,
    )  # fmt: skip


def judged(convention: Convention, example: Example) -> AddresseeDecision:
    """What `decide` says to it."""
    placed = situation(convention, example)
    decision = decide(convention, placed.directory, placed.view, placed.event, placed.at)
    return decision.outcomes[0]


def varied(example: Example) -> Iterator[Example]:
    """The same event, without one of its facts, with originals in part, with other keys."""
    yield example
    for name in ("answers", "assigned", "secrecy", "declared"):
        yield example.model_copy(update={name: None})
    some = [one.model_copy(update={"scopes": one.scopes[::2]}) for one in example.answers or ()]
    yield example.model_copy(update={"answers": tuple(some) or None})
    yield example.model_copy(update={"keep": "P7"})


@pytest.mark.slow
def test_every_example_is_explained_as_it_would_be_routed() -> None:
    """Every question and scope; all conditions met or one not; originals whole or in part."""
    one, passed = load(read(SECOND), SECOND), set[str]()
    for question, grant in one.by_question.items():
        if grant.publication:
            continue
        for example in varied(made(question, SCOPES, grant.conditions)):
            found = explain_posed(one, of_example(one, example))
            assert set(found.released) == set(judged(one, example).released), example.wire()
            passed |= {grant.id} if found.released else set()
    assert passed == {grant.id for grant in one.grants if not grant.publication}
