"""Kafka messages as values: what comes in and what goes out, without a Kafka library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from contracts.values import value_class


class LogPlace(NamedTuple):
    """A topic and one of its partitions: equal to aiokafka's, without its client."""

    topic: str
    partition: int


@dataclass(frozen=True, slots=True)
class Inbound:
    """One record as it was read from a topic; nothing in it is trusted.

    Attributes:
        offset: position in the partition.
        key, value: raw bytes, None if null.
        headers: in order, names may repeat, values may be null.
        timestamp_ms: the broker's or the producer's stamp, milliseconds since 1970 UTC.
    """

    topic: str
    partition: int
    offset: int
    key: bytes | None = field(repr=False)
    value: bytes | None = field(repr=False)
    headers: tuple[tuple[str, bytes | None], ...] = field(repr=False)
    timestamp_ms: int


@value_class(frozen=True, slots=True)
class Outbound:
    """One record to be written; the partition is always explicit."""

    topic: str
    partition: int
    key: bytes = field(repr=False)
    value: bytes = field(repr=False)
    headers: Sequence[tuple[str, bytes | None]] = field(repr=False, default=())
