"""A partition of a topic, as a value of its own: equal to aiokafka's, for who needs none of its client."""

from __future__ import annotations

from typing import NamedTuple


class LogPlace(NamedTuple):
    """A topic and one of its partitions."""

    topic: str
    partition: int
