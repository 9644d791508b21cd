"""Every right, pair by pair, against a table that was written by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contracts.convention.load import load
from contracts.conventions import shipped
from contracts.kafka.rights import Right, realm_rights
from contracts.kafka.topic_plan import plan
from contracts.log.orders.layout import Layout
from contracts.vocabulary.principals import is_agency
from tests.contracts.decision import policy
from tests.contracts.decision.policy import rights
from tests.contracts.envelope import kit

CONVENTION = load(shipped())
DIRECTORIES = {realm: kit.realm(realm).directory for realm in ("civil", "criminal")}
LAYOUTS = {
    realm: [Layout(order, shards) for order, shards in layouts]
    for realm, layouts in policy.LAYOUTS.items()
}
ALL = rights(CONVENTION, DIRECTORIES, LAYOUTS)


def test_every_right_is_as_the_table_says_and_there_is_no_other() -> None:
    """No cluster right, no wildcard, no operation that nobody needs; the console stands apart."""
    expected = set[Right]()
    for who in policy.PRINCIPALS:
        for topic in policy.TOPICS:
            for letter in policy.on_topic(who, topic):
                expected.add(Right(who, "topic", topic, {"R": "READ", "W": "WRITE"}[letter]))
        for one in policy.IDS:
            if policy.may_publish_as(who, one):
                expected.add(Right(who, "transactional_id", one, "WRITE"))

    assert {one for one in ALL if one.principal != "console"} == expected


def test_the_console_has_topics_and_cluster_described_and_nothing_else() -> None:
    """Every topic of the table, the cluster: no transactional id."""
    found = {(one.resource, one.name, one.operation) for one in ALL if one.principal == "console"}

    assert found == {
        *(("topic", topic, "DESCRIBE") for topic in policy.TOPICS),
        ("cluster", "kafka-cluster", "DESCRIBE"),
    }


def test_a_desk_that_no_clause_names_gets_nothing() -> None:
    """Without its clauses a desk has no topic; an agency whose only desk it is has no right."""
    named = {"ASSO", "PSP"}
    grants = tuple(one for one in CONVENTION.grants if not named & {*one.issuers, *one.recipients})
    without = replace(CONVENTION, grants=grants)

    found = rights(without, DIRECTORIES, LAYOUTS)
    planned = {one.name for one in plan(without, DIRECTORIES["civil"])}

    assert not [one for one in found if one.principal == "association"]
    assert not [name for name in planned | {one.name for one in found} if "association" in name]


@pytest.mark.parametrize(
    "word",
    ["admin", "anonymous", "audit", "broker", "console", "metrics", "owners", "partner", "routing"],
)
def test_no_party_is_called_like_a_principal_of_ours(word: str) -> None:
    """By the word itself or a name that begins with it: it would load and have no rights."""
    assert not [name for name in (word, f"{word}_civil", f"{word}_") if is_agency(name)]
    assert is_agency(f"{word}s_of_the_town")


def test_a_realm_without_a_layout_has_no_routing() -> None:
    """Before the first order there are no shards to give anything to; owners may give it."""
    found = realm_rights(CONVENTION, DIRECTORIES["criminal"], ())

    assert not [one for one in found if one.principal.startswith("routing")]
    assert Right("owners-criminal", "topic", "relais.criminal.control", "WRITE") in found
