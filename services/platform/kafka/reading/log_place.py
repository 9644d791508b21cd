"""A partition of a topic as a value: equal to aiokafka's, without its client."""

from __future__ import annotations

from typing import NamedTuple


class LogPlace(NamedTuple):
    """A topic and one of its partitions."""

    topic: str
    partition: int
