"""The whole rule space: what the engine answers equals what a second reader derives."""

from __future__ import annotations

from itertools import product

from contracts.conventions import shipped
from contracts.vocabulary.scopes import (
    EVENT_TYPES,
    PURPOSES,
    READERS,
    REALMS,
    ROLES,
    SCOPES,
    releases,
)
from tests.contracts.convention import second_reader
from tests.contracts.convention.kit import convention

ISSUERS = (*ROLES, "BUS")
RECIPIENTS = (*ROLES, *READERS)


def test_every_tuple_of_the_space_is_answered_as_the_second_reader_says() -> None:
    """No (realm, issuer, event, purpose, recipient, scope) is judged differently."""
    theirs = second_reader.table(shipped())
    ours = convention()

    differing = []
    tuples = 0
    for question in product(REALMS, ISSUERS, EVENT_TYPES, PURPOSES, RECIPIENTS):
        grant = ours.by_question.get(question)
        expected = theirs.get(question, {})
        released = () if grant is None else [s for s in SCOPES if releases(grant.scopes, s)]
        if set(released) != set(expected):
            differing.append(question)
        tuples += len(SCOPES)
        for scope in released:
            said = expected[scope]
            assert grant is not None
            same = said["grant"] == grant.id and said["keep"] == grant.keep
            if not same or said["conditions"] != set(grant.conditions):
                differing.append(question)

    assert differing == []
    assert tuples == 2 * 15 * 12 * 29 * 19 * 31


def test_publications_answer_no_desk() -> None:
    """What is published is in the table, and `grant` never gives it to a desk or a reader."""
    ours = convention()

    published = [q for q, grant in ours.by_question.items() if grant.publication]

    assert len(published) == 5
    assert all(ours.grant(*question) is None for question in published)
