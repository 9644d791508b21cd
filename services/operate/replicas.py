"""Which partitions have fewer copies in step than they should: what a lost disk leaves to be done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from services.operate.client import ASK_S, connect, told
from services.platform.patience import patient

if TYPE_CHECKING:
    from confluent_kafka.admin import TopicMetadata

    from services.platform.kafka.connection.connection import Tls

OURS: Final = ("relais.", "__")  # and Kafka's own: without transactions and offsets nothing goes on


@dataclass(frozen=True, slots=True)
class Behind:
    """A partition some of whose copies are away or not in step.

    Attributes:
        missing: numbers of the brokers that should have it and do not, or not yet.
    """

    topic: str
    partition: int
    copies: int
    in_step: int
    missing: tuple[int, ...]


def behind(bootstrap: str, tls: Tls | None, prefixes: tuple[str, ...] = OURS) -> list[Behind]:
    """Every such partition of our topics and of Kafka's own, by name; none if all copies are in step. Blocks.

    Raises:
        UnreachableError: `kafka_unreachable`.
    """
    with told("list partitions"):
        topics = connect(bootstrap, tls).list_topics(timeout=patient(ASK_S)).topics
    return behind_of(topics, prefixes)


def behind_of(
    topics: Mapping[str, TopicMetadata], prefixes: tuple[str, ...] = OURS
) -> list[Behind]:
    """The same, of what the brokers have told."""
    return [
        Behind(
            name, number, len(partition.replicas), len(partition.isrs),
            tuple(sorted(set(partition.replicas) - set(partition.isrs))),
        )
        for name in sorted(topics) if name.startswith(prefixes)
        for number, partition in sorted(topics[name].partitions.items())
        if set(partition.replicas) != set(partition.isrs)
    ]  # fmt: skip
