"""Which outboxes a shard reads: those of the agencies of the day.

What an agency that has left had published, and no router had read, stays in its outbox.
"""

from __future__ import annotations

from collections.abc import Iterable

from aiokafka import TopicPartition

from contracts.errors import LogError
from contracts.kafka.topic_plan import plan
from contracts.log.orders.registry import Registry
from contracts.vocabulary import topics
from services.routing.shard import Shard


def inputs(shard: Shard) -> list[TopicPartition]:
    """The outboxes of the realm by the convention and directory in force, × own partitions.

    Raises:
        LogError: `convention_not_loaded`: the log is under a version that control did not bring.
    """
    registry, (convd, dird) = shard.control.registry, _era(shard)
    if convd not in registry.conventions:
        expected = "the version that the log is under"
        raise LogError("convention_not_loaded", "no order that adopts it", expected)
    return _places(_outboxes(registry, convd, dird), shard)


def realm_topics(shard: Shard) -> list[str]:
    """Every topic of the realm, by the convention and directory in force."""
    registry, (convd, dird) = shard.control.registry, _era(shard)
    return [one.name for one in plan(registry.conventions[convd], registry.directories[dird])]


def _era(shard: Shard) -> tuple[str, str]:
    tail = next(iter(shard.routers.values())).state.tail
    return tail.convd, tail.dird


def _outboxes(registry: Registry, convd: str, dird: str) -> set[str]:
    agencies = set(registry.inboxes(convd, dird).values())  # asked each second: no plan is made
    return {topics.outbox(registry.realm, agency) for agency in agencies}


def _places(names: Iterable[str], shard: Shard) -> list[TopicPartition]:
    return [
        TopicPartition(name, number) for name in sorted(names) for number in sorted(shard.routers)
    ]
