"""A topic exists only where a clause needs it."""

from __future__ import annotations

from dataclasses import replace

from contracts.convention.agreed import acting_roles, inboxes
from contracts.convention.load import load
from contracts.convention.retention import DAY_S
from contracts.conventions import shipped
from contracts.decision.state.state import RENEW_SECONDS
from contracts.envelope.limits import MAX_HEADER_BYTES, MAX_NOTICE, MAX_RECEIPT
from contracts.kafka.rights import realm_rights
from contracts.kafka.topic_plan import DAY_MS, PlannedTopic, plan
from contracts.log.orders.layout import Layout
from contracts.vocabulary import topics
from contracts.vocabulary.schema import desk_urn, short
from contracts.vocabulary.scopes import KEPT_DAYS
from tests.contracts.envelope import kit

CONVENTION = load(shipped())


def test_the_criminal_realm_has_police_and_prosecutor_alone() -> None:
    """R21 and R41 need two desks; no other inbox or outbox exists there."""
    planned = plan(CONVENTION, kit.realm("criminal").directory)

    assert [topic.name for topic in planned] == [
        "relais.criminal.control",
        "relais.criminal.decisions",
        "relais.criminal.evidence",
        "relais.criminal.inbox.justice",
        "relais.criminal.inbox.police",
        "relais.criminal.outbox.justice",
        "relais.criminal.outbox.police",
        "relais.criminal.quarantine",
    ]


def test_every_civil_desk_is_told_in_its_agencys_inbox() -> None:
    """Every role acts in the civil realm, PARQ-CRIM too: it publishes R24 there."""
    directory = kit.realm("civil").directory
    planned = {topic.name for topic in plan(CONVENTION, directory)}

    assert {short(urn) for urn in inboxes(CONVENTION, directory)} == set(kit.DESKS)
    assert {kit.inbox("civil", desk) for desk in kit.DESKS} <= planned


def test_topics_grow_with_agencies_and_not_with_desks() -> None:
    """A département's 1,200 desks in five agencies: not one topic more."""
    directory = kit.realm("civil").directory
    school = directory.desks[desk_urn("civil", "edu-h-1")]
    many = [replace(school, desk=desk_urn("civil", f"school-{n}")) for n in range(1_200)]
    large = replace(directory, desks=directory.desks | {one.desk: one for one in many})

    planned, given = plan(CONVENTION, large), realm_rights(CONVENTION, large, [Layout(1, 2)])

    assert planned == plan(CONVENTION, directory)
    assert given == realm_rights(CONVENTION, directory, [Layout(1, 2)])


def test_a_role_that_no_clause_names_has_no_topic() -> None:
    """Without its clauses a desk is listed and told nothing; its agency has no topic."""
    gone, directory = {"PSP", "ASSO"}, replace(kit.realm("civil").directory)
    grants = tuple(
        grant for grant in CONVENTION.grants if not gone & {*grant.issuers, *grant.recipients}
    )
    without = replace(CONVENTION, grants=grants)

    planned = {topic.name for topic in plan(without, directory)}

    assert not gone & acting_roles(without, "civil")
    assert desk_urn("civil", "psp") not in inboxes(without, directory)
    assert topics.inbox("civil", "association") not in planned


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


def test_what_is_sealed_stays_no_longer_than_its_keys() -> None:
    """An outbox holds what its desks may send for their longest class and its key's window."""
    outboxes = [one for one in _civil() if ".outbox." in one.name]

    for topic in outboxes:
        agency = topic.name.rpartition(".")[2]
        keeps = {
            KEPT_DAYS[grant.keep]
            for grant in CONVENTION.grants
            if grant.realm == "civil" and not grant.publication
            for role in grant.issuers
            if CONVENTION.roles[role].agency == agency
        }
        assert _days(topic) == max(keeps)
    assert {_days(topic) for topic in outboxes} == {68, 128}


def test_a_changed_convention_changes_the_plan() -> None:
    """Where every clause keeps for a week, nothing sealed is kept for three months."""
    shorter = replace(
        CONVENTION, grants=tuple(replace(one, keep="P7") for one in CONVENTION.grants)
    )

    topics_ = {one.name: one for one in plan(shorter, kit.realm("civil").directory)}

    assert _days(topics_["relais.civil.outbox.child_welfare"]) == KEPT_DAYS["P7"]
    assert _days(topics_["relais.civil.quarantine"]) == KEPT_DAYS["P7"]


def test_an_inbox_outlives_what_is_told_again() -> None:
    """What a desk owes is told every 180 days: a desk that starts anew must find it."""
    for topic in _civil():
        if ".inbox." in topic.name:
            assert _days(topic) * DAY_S > RENEW_SECONDS
            assert _days(topic) >= max(KEPT_DAYS.values())


def test_an_erasure_reaches_the_disk_within_a_day() -> None:
    """What replaces evidence or quarantine is no erasure while the old record lies in a segment."""
    topics_ = {one.name.rsplit(".", 1)[1]: dict(one.configs) for one in _civil()}

    for name in ("evidence", "quarantine"):
        assert int(topics_[name]["max.compaction.lag.ms"]) == DAY_MS
        assert topics_[name]["cleanup.policy"].startswith("compact")


def test_a_write_needs_two_brokers_where_there_are_more_than_one() -> None:
    """One broker can only promise itself; no lagging replica ever becomes leader."""
    for topic in _civil():
        assert topic.settings(1)["min.insync.replicas"] == "1"
        assert topic.settings(3)["min.insync.replicas"] == "2"
        assert topic.settings(3)["unclean.leader.election.enable"] == "false"
        assert topic.settings(3)["retention.bytes"] == "-1"


def test_sizes_agree_with_the_envelope() -> None:
    """What may be published fits, what is delivered of it fits, and what is put aside fits too."""
    event = topics.MAX_EVENT_BYTES + MAX_HEADER_BYTES

    assert topics.limit(topics.outbox("civil", "police")) >= event
    assert topics.limit(topics.inbox("civil", "pol")) >= event + MAX_RECEIPT
    assert topics.limit(topics.inbox("civil", "pol")) >= MAX_NOTICE + MAX_HEADER_BYTES
    in_base64 = topics.limit(topics.outbox("civil", "police")) * 4 // 3
    assert topics.limit(topics.quarantine("civil")) >= in_base64
    assert topics.limit(topics.control("civil")) == topics.MAX_ORDER_BYTES


def _civil() -> tuple[PlannedTopic, ...]:
    return plan(CONVENTION, kit.realm("civil").directory)


def _days(topic: PlannedTopic) -> int:
    return int(dict(topic.configs)["retention.ms"]) // DAY_MS


def test_no_topic_trusts_its_writers_clock_or_takes_what_unpacks() -> None:
    """The broker stamps every record, and a megabyte that unpacks into a thousand is refused."""
    for topic in plan(CONVENTION, kit.realm("civil").directory):
        configs = dict(topic.configs)

        assert configs["message.timestamp.type"] == "LogAppendTime"
        assert configs["compression.type"] == "uncompressed"
        assert int(configs["max.message.bytes"]) == topics.limit(topic.name)
