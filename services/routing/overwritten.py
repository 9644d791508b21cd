"""What an erasure overwrote, to be written once more when Kafka may clean it away.

A broker cleans no file that it still appends to, and begins a new one only when something is
written: in a partition in which nothing happens, what was erased would stay on its disks.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

from contracts.envelope.wire import Outbound
from contracts.log.batch import Batch

LATER_S: Final = 2  # than the brokers' own time may be


class Overwritten:
    """Of each topic and partition the last record that an erasure wrote; forgotten with the process."""

    def __init__(self, cleaned_s: int) -> None:
        self._after = cleaned_s + LATER_S
        self._last: dict[tuple[str, int], tuple[float, Outbound]] = {}

    def note(self, batch: Batch) -> None:
        """Take note of what a batch overwrote, which has been committed."""
        settled = [one for one in batch.settled if one.stubs]
        keys = {leaf.encode() for one in settled for leaf in one.stubs}
        keys |= {key.encode() for one in settled for _topic, key in one.emptied}
        if keys:
            self.put_off([record for record in batch.out if record.key in keys])

    def due(self) -> list[Outbound]:
        """What is to be written now; handed out once."""
        now = time.monotonic()
        places = [place for place, (at, _) in self._last.items() if at <= now]
        return [self._last.pop(place)[1] for place in places]

    def put_off(self, records: Sequence[Outbound]) -> None:
        """Write these when the time has passed once more."""
        at = time.monotonic() + self._after
        self._last |= {(record.topic, record.partition): (at, record) for record in records}
