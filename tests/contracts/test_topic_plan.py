"""A topic exists only where a clause needs it."""

from __future__ import annotations

from dataclasses import replace

from contracts import topics
from contracts.convention.load import load
from contracts.conventions import shipped
from contracts.topic_plan import acting_roles, plan
from tests.contracts.envelope import kit

CONVENTION = load(shipped())


def test_the_criminal_realm_has_police_and_prosecutor_alone() -> None:
    """R21 and R41 need two desks; no other inbox or outbox exists there."""
    planned = plan(CONVENTION, kit.realm("criminal").directory)

    assert [topic.name for topic in planned] == [
        "relais.criminal.control",
        "relais.criminal.decisions",
        "relais.criminal.evidence",
        "relais.criminal.inbox.parq-crim",
        "relais.criminal.inbox.pol",
        "relais.criminal.outbox.justice",
        "relais.criminal.outbox.police",
        "relais.criminal.quarantine",
    ]


def test_every_civil_desk_has_an_inbox() -> None:
    """Every role acts in the civil realm, PARQ-CRIM too: it publishes R24 there."""
    planned = {topic.name for topic in plan(CONVENTION, kit.realm("civil").directory)}

    assert {topics.inbox("civil", desk) for desk in kit.DESKS} <= planned


def test_a_role_that_no_clause_names_has_no_topic() -> None:
    """Without its clauses a desk is in the directory and still has no inbox."""
    grants = tuple(
        grant for grant in CONVENTION.grants if "PSP" not in (*grant.issuers, *grant.recipients)
    )
    without = replace(CONVENTION, grants=grants)

    planned = {topic.name for topic in plan(without, kit.realm("civil").directory)}

    assert "PSP" not in acting_roles(without, "civil")
    assert topics.inbox("civil", "psp") not in planned


def test_the_log_is_kept_and_evidence_can_be_erased() -> None:
    """Decisions and control never expire; evidence is compacted; control has one partition."""
    planned = {topic.name: topic for topic in plan(CONVENTION, kit.realm("civil").directory)}

    decisions = planned[topics.decisions("civil")]
    control = planned[topics.control("civil")]
    evidence = planned[topics.evidence("civil")]

    assert dict(decisions.configs)["retention.ms"] == "-1"
    assert dict(control.configs)["retention.ms"] == "-1"
    assert dict(evidence.configs)["cleanup.policy"] == "compact"
    assert (control.partitions, decisions.partitions) == (1, topics.PARTITIONS)


def test_no_topic_trusts_its_writers_clock_or_takes_what_unpacks() -> None:
    """The broker stamps every record, and a megabyte that unpacks into a thousand is refused."""
    for topic in plan(CONVENTION, kit.realm("civil").directory):
        configs = dict(topic.configs)

        assert configs["message.timestamp.type"] == "LogAppendTime"
        assert configs["compression.type"] == "uncompressed"
        assert int(configs["max.message.bytes"]) == topics.limit(topic.name)
