"""The only place where topic names and resource names are made (envelope §6.2).

No name carries a person, a school or a motive: only realm, agency and desk.
"""

from __future__ import annotations

from typing import Final

# Of every topic but control, as a realm's first layout says and never changed; where nobody chose,
# 6.
PARTITIONS: Final = 6
MOST_PARTITIONS: Final = 60  # a hundred such topics are still made by one request to a controller

MAX_EVENT_BYTES: Final = 1 << 20  # a published value: cover, slips and parts together
MAX_RECORD_BYTES: Final = (1 << 20) + (1 << 18)  # with room for keys, headers and the JSON shell
MAX_ORDER_BYTES: Final = 8 << 20  # an order carries a whole directory or convention
MAX_QUARANTINED_BYTES: Final = 4 << 20  # a record as it came, with its headers


def outbox(realm: str, agency: str) -> str:
    """What an agency publishes."""
    return f"relais.{realm}.outbox.{agency}"


def inbox(realm: str, agency: str) -> str:
    """Deliveries and notices for all desks of an agency; each says inside for which."""
    return f"relais.{realm}.inbox.{agency}"


def other_box(topic: str, kind: str) -> str:
    """An agency's `inbox` or `outbox`, of the same realm as the other."""
    relais, realm, _kind, agency = topic.split(".", 3)
    return f"{relais}.{realm}.{kind}.{agency}"


def decisions(realm: str) -> str:
    """The chained, signed log."""
    return f"relais.{realm}.decisions"


def evidence(realm: str) -> str:
    """Covers, heads and decisions in full, erasable."""
    return f"relais.{realm}.evidence"


def control(realm: str) -> str:
    """Signed orders; one partition."""
    return f"relais.{realm}.control"


def quarantine(realm: str) -> str:
    """Bytes that could not be routed; only routing reads it."""
    return f"relais.{realm}.quarantine"


def routing_transactions(realm: str, layout: int, shard: int) -> tuple[str, ...]:
    """The three transactional ids of a shard under layout number `layout`, used in turn."""
    return tuple(f"relais.{realm}.routing.{layout}.{shard}.{turn}" for turn in "abc")


def agency_transactions(agency: str) -> tuple[str, ...]:
    """The three transactional ids of an agency's service, used in turn (both realms)."""
    return tuple(f"relais.intake.{agency}.{turn}" for turn in "abc")


def limit(topic: str) -> int:
    """Most bytes that a record batch of this topic may have (Kafka's `max.message.bytes`)."""
    kind = topic.split(".")[2]
    limits = {"control": MAX_ORDER_BYTES, "quarantine": MAX_QUARANTINED_BYTES}
    return limits.get(kind, MAX_RECORD_BYTES)
