"""What an erasure overwrote, to be written once more when Kafka may clean it away.

A broker cleans no file that it still appends to, and begins a new one only when something is
written: in a partition in which nothing happens, what was erased would stay on its disks.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from contracts.envelope.wire import Outbound
from services.platform.ports import monotonic

LATER_S: Final = 2  # than the brokers' own time may be


class Overwritten:
    """Of each topic and partition the last record of an erasure; dies with the process."""

    def __init__(self, cleaned_s: int) -> None:
        self._after = cleaned_s + LATER_S
        self._last: dict[tuple[str, int], tuple[float, Outbound]] = {}

    def due(self) -> list[Outbound]:
        """What is to be written now; handed out once."""
        now = monotonic()
        places = [place for place, (at, _) in self._last.items() if at <= now]
        return [self._last.pop(place)[1] for place in places]

    def put_off(self, records: Iterable[Outbound]) -> None:
        """Write these when the time has passed once more."""
        at = monotonic() + self._after
        self._last |= {(record.topic, record.partition): (at, record) for record in records}
