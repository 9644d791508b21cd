"""`/asyncapi.json` of a routing shard: the outboxes that it subscribes to, and what it writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from services.platform.kafka import asyncapi

_READ: Final = frozenset({"outbox", "control", "decisions", "evidence", "quarantine"})
_WRITTEN: Final = frozenset({"inbox", "decisions", "evidence", "quarantine"})


def document(
    names: Iterable[str], partitions: Mapping[str, int], kafka: str, *, secure: bool
) -> dict[str, Any]:
    """The document of the shard.

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
