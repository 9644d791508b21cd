"""A topic exists only where a clause needs it; quotas follow from what a principal is."""

from __future__ import annotations

from dataclasses import replace

from contracts.convention.load import load
from contracts.convention.model import Convention
from contracts.convention.retention import DAY_S
from contracts.conventions import shipped
from contracts.decision.state.state import RENEW_SECONDS
from contracts.envelope.limits import MAX_HEADER_BYTES, MAX_NOTICE, MAX_RECEIPT
from contracts.kafka.quotas import (
    AGENCY_WRITES,
    MOST_READS,
    ONE_THREAD,
    OTHER_WRITES,
    READS,
    REQUESTS,
    WRITES,
    quotas,
)
from contracts.kafka.rights import realm_rights
from contracts.kafka.topic_plan import DAY_MS, PlannedTopic, plan
from contracts.log.orders.layout import Layout
from contracts.vocabulary import topics
from contracts.vocabulary.schema import desk_urn
from contracts.vocabulary.scopes import AGENCIES, KEPT_DAYS
from tests.contracts.decision.policy import rights
from tests.contracts.envelope import kit

CONVENTION = load(shipped())
DIRECTORIES = {realm: kit.realm(realm).directory for realm in ("civil", "criminal")}


def test_the_criminal_realm_has_police_and_prosecutor_alone() -> None:
    """R21 and R41 need two desks; no other inbox or outbox exists there."""
    planned = plan(CONVENTION, kit.realm("criminal").directory)

    assert [topic.name.removeprefix("relais.criminal.") for topic in planned] == [
        "control", "decisions", "evidence", "inbox.justice", "inbox.police", "outbox.justice",
        "outbox.police", "quarantine",
    ]  # fmt: skip


def test_topics_grow_with_agencies_and_not_with_desks() -> None:
    """A département's 1,200 desks in five agencies: not one topic, right or quota more."""
    directory = kit.realm("civil").directory
    school = directory.desks[desk_urn("civil", "edu-h-1")]
    many = [replace(school, desk=desk_urn("civil", f"school-{n}")) for n in range(1_200)]
    large = replace(directory, desks=directory.desks | {one.desk: one for one in many})

    planned, given = plan(CONVENTION, large), realm_rights(CONVENTION, large, [Layout(1, 2)])

    assert planned == plan(CONVENTION, directory)
    assert given == realm_rights(CONVENTION, directory, [Layout(1, 2)])
    assert quotas([(CONVENTION, large)]) == quotas([(CONVENTION, directory)])


def _civil(convention: Convention = CONVENTION) -> tuple[PlannedTopic, ...]:
    return plan(convention, kit.realm("civil").directory)


def _days(topic: PlannedTopic) -> int:
    return int(dict(topic.configs)["retention.ms"]) // DAY_MS


def test_the_log_is_kept_and_an_erasure_reaches_the_disk_within_a_day() -> None:
    """Decisions and control never expire; evidence is compacted; control has one partition."""
    found = {one.name.rpartition(".")[2]: one for one in _civil()}
    configs = {name: dict(one.configs) for name, one in found.items()}

    assert configs["decisions"]["retention.ms"] == configs["control"]["retention.ms"] == "-1"
    assert configs["evidence"]["cleanup.policy"] == "compact"
    assert (found["control"].partitions, found["decisions"].partitions) == (1, topics.PARTITIONS)
    for name in ("evidence", "quarantine"):
        assert int(configs[name]["max.compaction.lag.ms"]) == DAY_MS
        assert configs[name]["cleanup.policy"].startswith("compact")


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

    found = {one.name: _days(one) for one in _civil(shorter)}

    assert found["relais.civil.outbox.child_welfare"] == KEPT_DAYS["P7"]
    assert found["relais.civil.quarantine"] == KEPT_DAYS["P7"]


def test_an_inbox_outlives_what_is_told_again() -> None:
    """What a desk owes is told every 180 days: a desk that starts anew must find it."""
    for topic in _civil():
        if ".inbox." in topic.name:
            assert _days(topic) * DAY_S > RENEW_SECONDS
            assert _days(topic) >= max(KEPT_DAYS.values())


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


def test_no_topic_trusts_its_writers_clock_or_takes_what_unpacks() -> None:
    """The broker stamps every record, and a megabyte that unpacks into a thousand is refused."""
    for topic in _civil():
        configs = dict(topic.configs)

        assert configs["message.timestamp.type"] == "LogAppendTime"
        assert configs["compression.type"] == "uncompressed"
        assert int(configs["max.message.bytes"]) == topics.limit(topic.name)


def test_whoever_is_not_the_bus_itself_has_three_limits() -> None:
    """Agencies, owners and console; routing, audit and admin keep up, and have no limit."""
    found = quotas([(CONVENTION, directory) for directory in DIRECTORIES.values()])

    limited = {one.principal for one in found}
    assert limited == {*AGENCIES, "owners-civil", "owners-criminal", "console"}
    layouts = {realm: [Layout(1, 1)] for realm in DIRECTORIES}
    others = {one.principal for one in rights(CONVENTION, DIRECTORIES, layouts)} - limited
    assert {name.partition("-")[0] for name in others} == {"routing", "audit"}
    for principal in limited:
        own = {one.name: one.value for one in found if one.principal == principal}
        writes = AGENCY_WRITES if principal in AGENCIES else OTHER_WRITES
        assert own == {WRITES: writes, READS: MOST_READS, REQUESTS: ONE_THREAD}
