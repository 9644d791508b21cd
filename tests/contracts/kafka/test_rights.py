"""Every right, pair by pair, against a table that was written by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contracts.convention.load import load
from contracts.conventions import shipped
from contracts.kafka.rights import Right, realm_rights
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


def test_every_pair_of_principal_and_topic_is_as_the_table_says() -> None:
    """No pair is left out, and no right stands outside the table's principals and topics."""
    for principal in policy.PRINCIPALS:
        for topic in policy.TOPICS:
            for letter, operation in (("R", "READ"), ("W", "WRITE")):
                given = Right(principal, "topic", topic, operation) in ALL
                assert given is (letter in policy.on_topic(principal, topic)), (principal, topic)

    assert {one.principal for one in ALL} <= set(policy.PRINCIPALS)
    assert {one.name for one in ALL if one.resource == "topic"} == set(policy.TOPICS)


def test_every_transactional_id_and_group_is_as_the_table_says() -> None:
    """A shard has its own ids and those of layouts that are past; an agency its own three."""
    for principal in policy.PRINCIPALS:
        for one in policy.IDS:
            given = Right(principal, "transactional_id", one, "WRITE") in ALL
            assert given is policy.may_publish_as(principal, one), (principal, one)
        for group in policy.GROUPS:
            given = Right(principal, "group", group, "READ") in ALL
            assert given is policy.may_commit_in(principal, group), (principal, group)


def test_nothing_but_reading_and_writing_of_exact_names() -> None:
    """But for the console no cluster right, no wildcard, no operation that nobody needs."""
    others = [one for one in ALL if one.principal != "console"]
    assert {one.operation for one in others} == {"READ", "WRITE"}
    assert {one.resource for one in others} == {"topic", "group", "transactional_id"}
    assert not [one for one in ALL if "*" in one.name or one.name.endswith(".")]


def test_the_console_has_topics_groups_and_cluster_described_and_nothing_else() -> None:
    """Every topic of the table, routing's two groups, the cluster: no transactional id."""
    found = {(one.resource, one.name, one.operation) for one in ALL if one.principal == "console"}

    assert found == {
        *(("topic", topic, "DESCRIBE") for topic in policy.TOPICS),
        *(("group", f"relais.{realm}.routing", "DESCRIBE") for realm in ("civil", "criminal")),
        ("cluster", "kafka-cluster", "DESCRIBE"),
    }


def test_a_desk_that_no_clause_names_gets_nothing() -> None:
    """Without its clauses a desk has no topic; an agency whose only desk it is has no right."""
    named = {"ASSO", "PSP"}
    grants = tuple(one for one in CONVENTION.grants if not named & {*one.issuers, *one.recipients})
    without = replace(CONVENTION, grants=grants)

    found = rights(without, DIRECTORIES, LAYOUTS)

    assert not [one for one in found if one.principal == "association"]
    assert not [one for one in found if one.name.endswith((".asso", ".psp", ".association"))]


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


def test_more_shards_cannot_be_fenced_by_the_old_ones() -> None:
    """What ran under the old layout has no id of the new one but its own shard's."""
    left = rights(CONVENTION, DIRECTORIES, {"civil": [Layout(1, 1), Layout(2, 3)]})

    own = {one.name for one in left if one.principal == "routing-civil-0" and ".2." in one.name}

    assert own == {f"relais.civil.routing.2.0.{turn}" for turn in "abc"}
