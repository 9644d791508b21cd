"""`/asyncapi.json` of a routing shard: the outboxes that it subscribes to, and what it writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from services.platform.kafka import asyncapi
from services.platform.kafka.reading.subscription import Subscription

_OFFSET: Final = frozenset({"control", "decisions", "evidence", "quarantine"})  # read by offset
_OTHERS: Final = frozenset({"outbox", "control", "statistics"})  # of agencies, owners, the audit


def document(
    subscription: Subscription, names: Iterable[str], partitions: Mapping[str, int]
) -> dict[str, Any]:
    """The document of the shard.

    Args:
        names: every topic of the realm.
        partitions: realm -> how many its topics have.
    """
    every = {name: asyncapi.kind_of(name) for name in names}
    return asyncapi.document(
        asyncapi.generated(subscription),
        "routing",
        partitions,
        reads=[name for name, kind in every.items() if kind in _OFFSET],
        writes=[name for name, kind in every.items() if kind not in _OTHERS],
    )
