"""The same plan as custom resources: every topic and every right, once, by an allowed name."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import yaml

from contracts.convention.load import load
from contracts.conventions import shipped
from contracts.errors import UsageError
from contracts.kafka.quotas import READS, REQUESTS, WRITES, Quota
from contracts.kafka.rights import CLUSTER, Right, rights
from contracts.kafka.topic_plan import plan
from contracts.log.orders.layout import Layout
from services.operate.strimzi import documents, topic_resources, user_resources
from tests.contracts.envelope import kit

CONVENTION = load(shipped())
DIRECTORIES = {realm: kit.realm(realm).directory for realm in ("civil", "criminal")}
RIGHTS = rights(CONVENTION, DIRECTORIES, {"civil": [Layout(1, 2)], "criminal": [Layout(1, 1)]})
PLANNED = [topic for one in DIRECTORIES.values() for topic in plan(CONVENTION, one)]
ALLOWED = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")  # RFC 1123
RESOURCES = {
    "topic": "topic", "group": "group", "transactionalId": "transactional_id", "cluster": "cluster",
}  # fmt: skip


def test_every_topic_is_a_resource_with_its_settings() -> None:
    """Name, partitions, replicas and configuration are the plan's; the resource's name is allowed."""
    text = documents(topic_resources(PLANNED, cluster="bus", replicas=3))

    found = list(yaml.safe_load_all(text))

    assert {one["spec"]["topicName"]: one["spec"]["config"] for one in found} == {
        topic.name: topic.settings(3) for topic in PLANNED
    }
    assert {one["spec"]["replicas"] for one in found} == {3}
    assert all(ALLOWED.fullmatch(one["metadata"]["name"]) for one in found)
    assert {one["metadata"]["labels"]["strimzi.io/cluster"] for one in found} == {"bus"}


def test_every_right_is_in_the_users_and_nothing_else() -> None:
    """Read back from the resources, the rights are those that were agreed, `child_welfare` renamed."""
    found = list(yaml.safe_load_all(documents(user_resources(RIGHTS, cluster="bus"))))

    back = {
        Right(
            user["metadata"]["name"],
            RESOURCES[acl["resource"]["type"]],  # type: ignore[arg-type]
            acl["resource"].get("name", CLUSTER),
            operation.upper(),
        )
        for user in found
        for acl in user["spec"]["authorization"]["acls"]
        for operation in acl["operations"]
    }
    patterns = {
        acl["resource"].get("patternType", "literal")
        for user in found
        for acl in user["spec"]["authorization"]["acls"]
    }
    assert back == {replace(one, principal=one.principal.replace("_", "-")) for one in RIGHTS}
    assert patterns == {"literal"}
    assert all(ALLOWED.fullmatch(one["metadata"]["name"]) for one in found)


def test_a_users_limits_are_its_own_and_routing_has_none() -> None:
    """By Strimzi's names, whole numbers; whoever has none there is not held up."""
    limits = [Quota("education", name, 7) for name in (READS, WRITES, REQUESTS)]

    users = {
        one["metadata"]["name"]: one["spec"]
        for one in user_resources(RIGHTS, limits, cluster="bus")
    }

    assert users["education"]["quotas"] == {
        "consumerByteRate": 7, "producerByteRate": 7, "requestPercentage": 7,
    }  # fmt: skip
    assert [name for name, spec in users.items() if "quotas" in spec] == ["education"]


def test_two_principals_are_never_one_user() -> None:
    """`child-welfare` and `child_welfare` would share a resource, and so a certificate."""
    twins = [Right(name, "topic", "relais.civil.control", "READ") for name in ("a_b", "a-b")]

    with pytest.raises(UsageError, match="names_collide"):
        user_resources(twins, cluster="bus")
