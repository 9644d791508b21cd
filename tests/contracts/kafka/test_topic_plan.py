"""A topic exists only where a clause needs it; quotas follow from what a principal is."""

from __future__ import annotations

from dataclasses import replace

from contracts.convention.load import load
from contracts.convention.model import Convention
from contracts.conventions import shipped
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
from tests.contracts.decision import policy
from tests.contracts.decision.policy import rights
from tests.contracts.envelope import kit

CONVENTION = load(shipped())
DIRECTORIES = {realm: kit.realm(realm).directory for realm in ("civil", "criminal")}


def test_the_topics_of_both_buses_are_those_that_the_table_of_rights_names() -> None:
    """In criminal matters police and prosecutor alone: no other inbox or outbox exists there."""
    planned = [one for directory in DIRECTORIES.values() for one in plan(CONVENTION, directory)]

    assert sorted(one.name for one in planned) == sorted(policy.TOPICS)


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


def _civil(convention: Convention = CONVENTION) -> dict[str, PlannedTopic]:
    planned = plan(convention, kit.realm("civil").directory)
    return {one.name.removeprefix("relais.civil."): one for one in planned}


def _days(topic: PlannedTopic) -> int:
    milliseconds = int(dict(topic.configs)["retention.ms"])
    return milliseconds if milliseconds < 0 else milliseconds // DAY_MS


FOR_EVER, BOTH = -1, "compact,delete"
# An outbox keeps what its desks may send for their longest class and its key's window, an inbox
# outlives what is told again every 180 days: a desk that starts anew must find it.
KEPT = {  # days, and what goes: what is old, or what was overwritten
    "control": (FOR_EVER, "delete"), "decisions": (FOR_EVER, "delete"),
    "evidence": (FOR_EVER, "compact"), "quarantine": (128, BOTH),
    "inbox.association": (200, BOTH), "outbox.association": (68, BOTH),
    "inbox.child_welfare": (200, BOTH), "outbox.child_welfare": (128, BOTH),
    "inbox.education": (200, BOTH), "outbox.education": (68, BOTH),
    "inbox.justice": (200, BOTH), "outbox.justice": (68, BOTH),
    "inbox.police": (200, BOTH), "outbox.police": (68, BOTH),
}  # fmt: skip


def test_each_topic_keeps_as_long_as_the_table_says() -> None:
    """The log for ever, what is sealed no longer than its keys; what is erased goes in a day."""
    found = _civil()
    configs = {name: dict(one.configs) for name, one in found.items()}

    assert {n: (_days(one), configs[n]["cleanup.policy"]) for n, one in found.items()} == KEPT
    assert {n for n, one in found.items() if one.partitions != topics.PARTITIONS} == {"control"}
    assert found["control"].partitions == 1
    for name, own in configs.items():
        lag = str(DAY_MS) if "compact" in own["cleanup.policy"] else None
        assert own.get("max.compaction.lag.ms") == lag, name


def test_a_changed_convention_changes_the_plan() -> None:
    """Where every clause keeps for a week, nothing sealed is kept for three months."""
    shorter = replace(
        CONVENTION, grants=tuple(replace(one, keep="P7") for one in CONVENTION.grants)
    )

    found = {name: _days(one) for name, one in _civil(shorter).items()}

    assert found["outbox.child_welfare"] == KEPT_DAYS["P7"]
    assert found["quarantine"] == KEPT_DAYS["P7"]


def test_no_topic_trusts_its_writers_takes_what_unpacks_or_loses_a_write() -> None:
    """The broker dates records; where there are more than one, two write, and none lags to lead."""
    for topic in _civil().values():
        assert topic.settings(1) == topic.settings(3) | {"min.insync.replicas": "1"}
        assert topic.settings(3).items() >= {
            ("message.timestamp.type", "LogAppendTime"), ("compression.type", "uncompressed"),
            ("max.message.bytes", str(topics.limit(topic.name))), ("retention.bytes", "-1"),
            ("unclean.leader.election.enable", "false"), ("min.insync.replicas", "2"),
        }  # fmt: skip


def test_sizes_agree_with_the_envelope() -> None:
    """What may be published fits, what is delivered of it fits, and what is put aside fits too."""
    event = topics.MAX_EVENT_BYTES + MAX_HEADER_BYTES

    assert topics.limit(topics.outbox("civil", "police")) >= event
    assert topics.limit(topics.inbox("civil", "pol")) >= event + MAX_RECEIPT
    assert topics.limit(topics.inbox("civil", "pol")) >= MAX_NOTICE + MAX_HEADER_BYTES
    in_base64 = topics.limit(topics.outbox("civil", "police")) * 4 // 3
    assert topics.limit(topics.quarantine("civil")) >= in_base64
    assert topics.limit(topics.control("civil")) == topics.MAX_ORDER_BYTES


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
