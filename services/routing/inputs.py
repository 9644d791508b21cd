"""Which topics a shard reads and writes: of outboxes those of the agencies of the day.

What an agency that has left had published, and no router had read, stays in its outbox.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from aiokafka import TopicPartition

from contracts.decision.state.state import Tail
from contracts.errors import LogError
from contracts.kafka.topic_plan import plan
from contracts.vocabulary import topics
from services.platform.kafka import asyncapi
from services.routing.shard import Shard

_READ: Final = frozenset({"outbox", "control", "decisions", "evidence", "quarantine"})
_WRITTEN: Final = frozenset({"inbox", "decisions", "evidence", "quarantine"})


def inputs(shard: Shard) -> list[TopicPartition]:
    """The outboxes of the realm by the convention and directory in force, × own partitions.

    Raises:
        LogError: `convention_not_loaded`: the log is under a version that control did not bring.
    """
    registry, tail = shard.control.registry, _tail(shard)
    if tail.convd not in registry.conventions:
        expected = "the version that the log is under"
        raise LogError("convention_not_loaded", "no order that adopts it", expected)
    agencies = set(registry.inboxes(tail.convd, tail.dird).values())  # each second: no plan is made
    names = sorted(topics.outbox(shard.realm, agency) for agency in agencies)
    return [TopicPartition(name, number) for name in names for number in sorted(shard.routers)]


def realm_topics(shard: Shard) -> list[str]:
    """Every topic of the realm, by the convention and directory in force."""
    registry, tail = shard.control.registry, _tail(shard)
    return [
        one.name for one in plan(registry.conventions[tail.convd], registry.directories[tail.dird])
    ]


def _tail(shard: Shard) -> Tail:
    return next(iter(shard.routers.values())).state.tail


def document(
    names: Iterable[str], partitions: Mapping[str, int], kafka: str, *, secure: bool
) -> dict[str, Any]:
    """`/asyncapi.json` of a shard: the outboxes that it subscribes to, and what it writes.

    Args:
        names: every topic of the realm.
        partitions: realm -> how many its topics have.
        kafka: the brokers' addresses.
        secure: whether a client needs a certificate.
    """
    every = {name: asyncapi.kind_of(name) for name in names}
    return asyncapi.document(
        kafka,
        "routing",
        partitions,
        reads=[name for name, kind in every.items() if kind in _READ],
        writes=[name for name, kind in every.items() if kind in _WRITTEN],
        secure=secure,
    )
