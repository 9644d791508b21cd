"""A case: what arrives or is drafted, which section it tries, and what must become of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Record:
    """A record of Kafka; value and headers are raw bytes."""

    topic: str
    partition: int
    offset: int
    key: str
    value: bytes | None = field(repr=False)
    headers: tuple[tuple[str, bytes | None], ...] = field(repr=False)

    def wire(self) -> dict[str, Any]:
        """As a vector has it."""
        return {
            "topic": self.topic, "partition": self.partition, "offset": self.offset,
            "key": self.key,
            "headers": [[name, text and text.decode()] for name, text in self.headers],
            "value": self.value and self.value.decode(),
        }  # fmt: skip


Making = Callable[[Any], Any]


@dataclass(frozen=True)
class Case:
    """What arrives; all of it is sound but the last."""

    name: str
    title: str
    section: str
    make: Making = field(repr=False)
    reasons: frozenset[str] = frozenset()  # of a refusal, one of them; none: it must be taken
    noticed: bool = False  # it may be taken as well, if a reason is given
    withdraws: bool = False  # the last takes the first back


def refusal(name: str, title: str, make: Making, *reasons: str, section: str) -> Case:
    """A case whose last record must be refused for one of the reasons."""
    return Case(name, title, section, make, frozenset(reasons))
