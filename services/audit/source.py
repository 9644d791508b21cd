"""Where a log is read: Kafka, or a file that came from it. A replay is the same over both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from contracts.encoding import json_object
from contracts.envelope.wire import Inbound
from contracts.errors import UsageError
from contracts.log.orders.order import Owners
from contracts.log.orders.registry import Registry
from services.platform.kafka.bus import Bus
from services.platform.kafka.orders.control import Control
from services.platform.kafka.reading.log_reader import LogReader
from services.platform.kafka.reading.topic_reader import TopicReader

MARKERS_S: Final = 2  # for the markers of a transaction to reach all its topics


class OtherLogError(UsageError):
    """The log has not the record that a state ends with, which a replay is to go on behind.

    Attributes:
        why: `ahead`: it has none there yet; `foreign`: it has another.
    """

    why = "foreign"


class LogControl(Protocol):
    """A realm's orders, as far as they were read; `Control` says what each method promises."""

    @property
    def registry(self) -> Registry:
        """What they brought."""

    @property
    def reader(self) -> TopicReader:
        """What reads them."""

    @property
    def position(self) -> int:
        """The offset behind all that was read."""

    async def start(self) -> object:
        """Read to the end."""

    async def refresh(self) -> object:
        """Read what is new."""

    async def stop(self) -> None:
        """Disconnect, or close."""


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
    ) -> LogControl:
        """A realm's orders, not read yet; arguments as `Control` has them."""
        return Control(self.reader(realm), realm, owners, pinned=pinned)


@dataclass(frozen=True)
class KafkaLog(LogSource):
    """A log on Kafka.

    Attributes:
        buses: by realm: each has its own auditor.
    """

    buses: Mapping[str, Bus]

    @property
    def settle_s(self) -> float:
        """As long as a transaction's markers take."""
        return MARKERS_S

    def reader(self, realm: str) -> LogReader:
        """A consumer without a group."""
        return self.buses[realm].reader()


def recorded_at(record: Inbound) -> int:
    """A record's instant; what has none belongs to what stood before it."""
    at = json_object(record.value).get("at")
    return at if isinstance(at, int) else -1
