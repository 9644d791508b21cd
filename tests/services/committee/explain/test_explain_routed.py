"""What `explain` says of an example is what routing would do with it, copies in part included."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from contracts.convention.load import load
from contracts.conventions import SECOND, SHIPPED, read
from contracts.vocabulary.scopes import SCOPES
from services.committee.explain.explain import explain_posed
from services.committee.explain.question_of_event import of_example
from services.committee.explain.synthetic_event import Earlier, Example
from services.committee.explain.voices import told
from tests.contracts.convention.kit import convention
from tests.services.committee.synthetic import judge, made
from tests.services.texts.typed import as_typed


@pytest.mark.parametrize("released", ["", "FACTS", "IDENTITY"])
def test_what_the_original_did_not_carry_is_withheld_from_its_copy(released: str) -> None:
    """And the answer says so, where something of it passes."""
    scopes = tuple(released.split())
    earlier = Earlier(issuer="EDU-S", recipient="PARQ-CIV", clause="R09", scopes=scopes)
    question = "civil", "EDU-S", "SIG", "avoid_duplicates", "CRIP"
    example = made(question, ["FACTS", "IDENTITY"], (), answers=(earlier,))

    found = explain_posed(convention(), of_example(convention(), example))

    routed = judge(convention(), example)
    assert found.released == routed.released == scopes
    assert found.withheld == routed.withheld
    said = "Cette donnée ne figurait pas dans le signalement copié."
    assert (said in as_typed(told(found, "fr"))) == bool(scopes)


def varied(example: Example) -> Iterator[Example]:
    """The same event, without one of its facts, with originals in part, with other keys."""
    yield example
    for name in ("answers", "assigned", "secrecy", "declared"):
        yield example.model_copy(update={name: None})
    some = [one.model_copy(update={"scopes": one.scopes[::2]}) for one in example.answers or ()]
    yield example.model_copy(update={"answers": tuple(some) or None})
    yield example.model_copy(update={"keep": "P7"})


@pytest.mark.slow
@pytest.mark.parametrize("name", [SHIPPED, SECOND])
def test_every_example_is_explained_as_it_would_be_routed(name: str) -> None:
    """Every question and scope; all conditions met or one not; originals whole or in part."""
    one = load(read(name), name)
    for question, grant in one.by_question.items():
        if grant.publication:
            continue
        for example in varied(made(question, SCOPES, grant.conditions)):
            found = explain_posed(one, of_example(one, example))
            assert found.released == judge(one, example).released, example.wire()
