"""Where a log is read: Kafka, or a file that came from it. A replay is the same over both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from contracts.encoding import json_object
from contracts.envelope.wire import Inbound
from contracts.log.orders.order import Owners
from services.platform.kafka.bus import Bus
from services.platform.kafka.orders.control import Control
from services.platform.kafka.reading.log_reader import LogReader
from services.platform.kafka.reading.topic_reader import TopicReader

MARKERS_S: Final = 2  # for the markers of a transaction to reach all its topics


class LogSource(Protocol):
    """What an audit reads."""

    @property
    def settle_s(self) -> float:
        """How long the other half of what was just written may take, seconds."""

    @property
    def is_cut(self) -> bool:
        """Whether stubs may stand in it whose erasure is recorded behind its end."""
        return False

    def reader(self, realm: str) -> TopicReader:
        """A reader of a realm's topics, not started yet."""

    def control(
        self,
        realm: str,
        owners: Owners,
        pinned: Callable[[], Owners] | None = None,
    ) -> Control:
        """A realm's orders, not read yet; arguments as `Control` has them."""
        return Control(self.reader(realm), realm, owners, pinned=pinned)


@dataclass(frozen=True)
class KafkaLog(LogSource):
    """A log on Kafka.

    Attributes:
        buses: by realm: each has its own auditor.
    """

    buses: Mapping[str, Bus]
    settle_s: float = MARKERS_S

    def reader(self, realm: str) -> LogReader:
        """A consumer without a group."""
        return self.buses[realm].reader()


def recorded_at(record: Inbound) -> int:
    """A record's instant; what has none belongs to what stood before it."""
    at = json_object(record.value).get("at")
    return at if isinstance(at, int) else -1
