"""What the tested system is given: a record as Kafka would bring it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class KitRecord:
    """A record of Kafka as the tested system is to take it; value and headers are raw bytes."""

    topic: str
    partition: int
    offset: int
    key: str
    value: bytes | None = field(repr=False)
    headers: tuple[tuple[str, bytes | None], ...] = field(repr=False)
