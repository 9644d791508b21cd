"""What is owed is named by what the clause of that number is in this very file."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from contracts.convention.load import load
from contracts.convention.model import Convention
from contracts.conventions import SECOND, SHIPPED, read
from services.committee.texts.clause_sentence import duty_sentence
from services.committee.texts.first_version_acts import SHAPES, is_known
from services.labels.code_labels import ACTS
from tests.contracts.convention.kit import convention
from tests.services.texts.typed import as_typed


def given(clause: str, **fields: Any) -> Convention:
    """The shipped convention, a clause of which is something else."""
    ours = convention()
    grants = tuple(
        replace(one, **fields) if one.clause == clause else one for one in ours.grants
    )  # fmt: skip
    return replace(ours, grants=grants)


def owed(ours: Convention, clause: str, lang: str = "en") -> str:
    """The first sentence about a duty that an event of that clause discharges."""
    grant, duty = next((g, d) for g in ours.grants for d in g.duties if clause in d.acts)
    return as_typed(duty_sentence(ours, grant, duty, lang))


@pytest.mark.parametrize("name", [SHIPPED, SECOND])
def test_words_speak_of_the_clauses_of_the_shipped_files(name: str) -> None:
    """Every number that has words has there the act that they speak of."""
    ours = load(read(name), name)

    assert {act.partition(":")[0] for act in ACTS} == set(SHAPES)
    assert [clause for clause in SHAPES if not is_known(ours, clause)] == []


@pytest.mark.parametrize(
    ("clause", "fields", "words"),
    [
        ("R26", {"event": "HEARING", "purpose": "be_present"}, "the decision"),
        ("R31", {"purpose": "evaluate"}, "a progress note"),
        ("R12", {"issuers": ("ASSO",)}, "the Department's report"),
        ("R23", {"recipients": ("ASE",)}, "the application to the judge"),
        ("R11", {"conditions": ()}, "the copy of the report"),
        ("R39", {"event": "COORD", "purpose": "decisions"}, "a reply"),
    ],
)
def test_a_number_that_is_given_to_another_act_is_not_named_by_its_old_words(
    clause: str, fields: dict[str, Any], words: str
) -> None:
    """The sentence says that an event is due, by its number, and no more than the data."""
    before, after = owed(convention(), clause), owed(given(clause, **fields), clause)

    assert f"{words} (" in before or f"{words} on the final outcome (" in before
    assert words not in after
    assert f"the event that is due ({clause})" in after or (
        f"the event that is due on the final outcome ({clause})" in after
    )
    assert "l'envoi prévu" in owed(given(clause, **fields), clause, "fr")
