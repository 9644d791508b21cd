"""Yes or no to one attempt, with reasons and the right door, in French and English."""

from __future__ import annotations

import pytest

from contracts.convention.explain import explain
from contracts.errors import UsageError
from tests.contracts.convention.kit import convention


def test_a_school_that_writes_to_the_police_is_shown_the_right_doors() -> None:
    """The example of use.md: no clause, two doors of its own, one in the house for health."""
    found = explain(convention(), "EDU-H", "IP", "POL", None, ["facts", "health"]).wire("fr")

    assert found["released"] == []
    assert found["withheld"] == [
        {"scope": "FACTS", "reasons": ["no_clause", "hard_denial"]},
        {"scope": "HEALTH", "reasons": ["no_clause", "hard_denial"]},
    ]
    assert found["clauses"] == []
    assert [(door["clause"], door["role"]) for door in found["door"]] == [
        ("R02", "CRIP"), ("R08", "PARQ-CIV"), ("R01", "EDU-S"),
    ]  # fmt: skip
    assert "composez le 17" in found["text"]


def test_a_permitted_attempt_names_clause_conditions_and_what_is_owed() -> None:
    """EDU-S to CRIP, vital signs included."""
    found = explain(convention(), "edu-s", "ip", "crip", "assess", ["facts", "health.vital"])

    assert found.released == ("FACTS", "HEALTH.vital")
    assert (found.withheld, found.door, found.clauses) == ({}, (), ("R01",))
    (answer,) = found.wire("en")["answers"]
    assert answer["conditions"] == ["informed", "secrecy"]
    assert [owed["act"] for owed in answer["owes"]] == ["ACK:received", "R39:final"]


def test_part_of_an_attempt_may_pass() -> None:
    """HOME to POL: location passes, facts do not, and flags pass instead of the appraisal."""
    found = explain(convention(), "HOME", "MISSING", "POL", None, ["location", "facts", "risk"])

    assert found.released == ("LOCATION",)
    assert found.withheld == {"FACTS": ("not_permitted",), "RISK": ("not_permitted",)}
    (answer,) = found.answers
    assert answer.narrower == ("RISK.flags",)
    assert "signaux de danger codés" in found.text("fr")


def test_without_a_purpose_every_purpose_is_answered() -> None:
    """EDU-S may send its report to CRIP as evaluation; the CRIP answers twice in COORD."""
    found = explain(convention(), "ASE", "COORD", "CRIP", None, ["code.meeting", "risk.level"])

    assert found.clauses == ("R42", "R43")
    assert found.released == ("RISK.level", "CODE.meeting")


def test_one_purpose_is_answered_alone() -> None:
    """The other clause of the same event does not help."""
    found = explain(convention(), "ASE", "COORD", "CRIP", "invite", ["risk.level"])

    assert found.clauses == ("R42",)
    assert found.withheld == {"RISK.level": ("not_permitted",)}
    assert [door.clause for door in found.door][:1] == ["R43"]


def test_the_criminal_realm_is_answered_too() -> None:
    """R21 is found although nothing civil answers."""
    found = explain(convention(), "PARQ-CRIM", "ST", "POL", None, ["procedure"])

    assert (found.released, found.clauses) == (("PROCEDURE",), ("R21",))


def test_figures_are_published_not_sent() -> None:
    """A reader of statistics is no recipient, and no other act replaces the figures."""
    found = explain(convention(), "CRIP", "STAT", "ODPE", None, ["stat.counts"])

    assert (found.reasons, found.door) == (("publication_only",), ())


def test_without_categories_the_clause_says_all_that_may_pass() -> None:
    """What could be sent at all."""
    text = explain(convention(), "CRIP", "FEEDBACK", "EDU-H").text("en")

    assert "R39, to make the outcome known: yes, outcome code." in text


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("SCHOOL", "IP", "POL"), "unknown_role"),
        (("EDU-H", "IP", "BUS"), "unknown_role"),
        (("EDU-H", "LETTER", "POL"), "unknown_event"),
        (("EDU-H", "IP", "POL", "because"), "unknown_purpose"),
        (("EDU-H", "IP", "POL", None, ["gossip"]), "unknown_category"),
    ],
)
def test_an_unknown_word_is_wrong_use(arguments: tuple[str, ...], code: str) -> None:
    """With the known ones, and without repeating what was typed."""
    with pytest.raises(UsageError) as caught:
        explain(convention(), *arguments)

    assert caught.value.code == code
    assert "gossip" not in str(caught.value)


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_question_can_be_explained_in_both_languages(lang: str) -> None:
    """Each clause, asked for its own scopes, says yes."""
    for question, grant in convention().by_question.items():
        if grant.publication:
            continue
        _, issuer, event, purpose, recipient = question
        found = explain(convention(), issuer, event, recipient, purpose, sorted(grant.released))
        assert set(found.released) == grant.released
        assert grant.clause in found.text(lang)
