"""Which topics a realm needs, from its convention and directory: no clause, no topic.

A desk has an inbox if some clause lets its role send or receive: what it sends is answered by
notices. Its agency has an outbox: what arrives must be acknowledged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from contracts import topics
from contracts.convention.model import Convention
from contracts.directory import Directory
from contracts.envelope.model import short

DAY_MS: Final = 86_400_000
OUTBOX_DAYS: Final = 90  # an event is routed within 7; kept for idempotency keys and `prev`
INBOX_DAYS: Final = 400  # a partner system may read again; what is owed is noticed every 180
QUARANTINE_DAYS: Final = 90

_FOR_EVER: Final = {"retention.ms": "-1", "retention.bytes": "-1"}
# Time stamps are the brokers': an issuer cannot date its records. Nothing is compressed: sealed
# parts do not shrink, and a small batch cannot unpack into a large one.
_ALL: Final = {"compression.type": "uncompressed", "message.timestamp.type": "LogAppendTime"}


@dataclass(frozen=True, slots=True)
class PlannedTopic:
    """A topic as it must be: its name, number of partitions, and settings by Kafka's names."""

    name: str
    partitions: int
    configs: tuple[tuple[str, str], ...]


def plan(convention: Convention, directory: Directory) -> tuple[PlannedTopic, ...]:
    """Every topic of the directory's realm, by name."""
    realm = directory.realm
    acting = acting_roles(convention, realm)
    rows = [row for row in directory.desks.values() if row.role in acting]
    own = {
        topics.control(realm): _FOR_EVER,
        topics.decisions(realm): _FOR_EVER,
        topics.evidence(realm): {"cleanup.policy": "compact"},  # an erasure replaces its leaf
        topics.quarantine(realm): _days(QUARANTINE_DAYS),
    }
    for row in rows:
        own[topics.inbox(realm, short(row.desk))] = _days(INBOX_DAYS)
        own[topics.outbox(realm, row.agency)] = _days(OUTBOX_DAYS)
    return tuple(_topic(realm, name, own[name]) for name in sorted(own))


def acting_roles(convention: Convention, realm: str) -> frozenset[str]:
    """Roles that some clause of the realm lets send or receive."""
    grants = [
        grant for grant in convention.grants if grant.realm == realm and not grant.publication
    ]
    return frozenset(role for grant in grants for role in (*grant.issuers, *grant.recipients))


def _topic(realm: str, name: str, own: Mapping[str, str]) -> PlannedTopic:
    partitions = 1 if name == topics.control(realm) else topics.PARTITIONS
    configs = {**_ALL, "max.message.bytes": str(topics.limit(name)), **own}
    return PlannedTopic(name, partitions, tuple(sorted(configs.items())))


def _days(number: int) -> dict[str, str]:
    return {"retention.ms": str(number * DAY_MS)}
