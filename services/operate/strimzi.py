"""The same topics, rights and quotas as Strimzi's resources, for Kafka in Kubernetes.

One KafkaTopic a topic, one KafkaUser a principal, by `kafka.strimzi.io/v1` (Strimzi ≥ 0.49). There
the operator applies them, and takes back what somebody changed by hand. A topic whose name
Kubernetes does not allow has its own in `topicName`. A user's own name is its resource's: what
Kubernetes does not allow (`child_welfare`) is another principal there (`child-welfare`), with the
same rights; newer operators know a `userName`, 0.51 does not.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import yaml

from contracts.errors import UsageError
from contracts.kafka.quotas import READS, REQUESTS, WRITES, Quota
from contracts.kafka.rights import Right
from contracts.kafka.topic_plan import PlannedTopic

API: Final = "kafka.strimzi.io/v1"
CLUSTER: Final = {"strimzi.io/cluster": "relais"}  # the Kafka resource of deploy/kubernetes
_RESOURCES: Final = {"topic": "topic", "transactional_id": "transactionalId"}
_QUOTAS: Final = {
    WRITES: "producerByteRate", READS: "consumerByteRate", REQUESTS: "requestPercentage",
}  # fmt: skip


def topic_resources(planned: Iterable[PlannedTopic], *, replicas: int) -> list[dict[str, Any]]:
    """A KafkaTopic for each planned topic."""
    return [
        _resource("KafkaTopic", topic.name, {
            "topicName": topic.name, "partitions": topic.partitions, "replicas": replicas,
            "config": dict(sorted(topic.settings(replicas).items())),
        })
        for topic in planned
    ]  # fmt: skip


def user_resources(wanted: Iterable[Right], limits: Iterable[Quota] = ()) -> list[dict[str, Any]]:
    """A KafkaUser for each principal that has a right, with a certificate of the operator's making.

    Args:
        limits: of what it may take of each broker; who has none there has no limit.

    Raises:
        UsageError: `names_collide`: two principals would be one resource.
    """
    acls: dict[str, dict[tuple[str, str], list[str]]] = {}
    for right in sorted(wanted):
        own = acls.setdefault(right.principal, {})
        own.setdefault((right.resource, right.name), []).append(right.operation.capitalize())
    quotas: dict[str, dict[str, int]] = {}
    for limit in sorted(limits):
        quotas.setdefault(limit.principal, {})[_QUOTAS[limit.name]] = limit.value
    names = {_allowed(principal) for principal in acls}
    if len(names) != len(acls):
        expected = "one for each name in Kubernetes"
        raise UsageError("names_collide", "two principals", expected)
    return [
        _resource("KafkaUser", principal, {
            "authentication": {"type": "tls"},
            "authorization": {"type": "simple",
            "acls": [_acl(*allowed) for allowed in own.items()]},
            **({"quotas": quotas[principal]} if principal in quotas else {}),
        })
        for principal, own in acls.items()
    ]  # fmt: skip


def documents(resources: Iterable[dict[str, Any]]) -> str:
    """Resources as one YAML text."""
    return yaml.safe_dump_all(resources, sort_keys=False, explicit_start=True)


def _resource(kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    metadata = {"name": _allowed(name), "labels": CLUSTER}
    return {"apiVersion": API, "kind": kind, "metadata": metadata, "spec": spec}


def _acl(resource: tuple[str, str], operations: list[str]) -> dict[str, Any]:
    kind, name = resource
    if kind == "cluster":  # there is but one, which Strimzi does not name
        return {"resource": {"type": kind}, "operations": operations}
    return {
        "resource": {"type": _RESOURCES[kind], "name": name, "patternType": "literal"},
        "operations": operations,
    }


def _allowed(name: str) -> str:
    """A name as Kubernetes allows it (RFC 1123: no underscore)."""
    return name.replace("_", "-")
