"""Records at which a fault of ours shows: counted, logged without what they hold, and passed over.

Partners, agencies and owners write to the topics that an agency reads. None of their records may
end its
service: a new start would read the same record and end again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog

from contracts.envelope.wire import Inbound
from services.platform.http.problems import ProblemError

UNREAD: Final = "internal_error"  # code of a record that was passed over
NO_RECORDS: Final = (ProblemError, OSError, MemoryError)  # fault: disk's or clock's

Count = Callable[[str], object]  # is given the topic of a record that was passed over

log = structlog.get_logger("relais.agency")


@dataclass(frozen=True, slots=True)
class PassingOver:
    """While something is done with a record: whatever its bytes make us raise ends there.

    Attributes:
        unless: errors that the caller knows how to handle.
    """

    record: Inbound
    count: Count
    unless: tuple[type[Exception], ...] = ()

    def __enter__(self) -> None:
        """Nothing has been raised yet."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> bool:
        if not isinstance(error, Exception) or isinstance(error, (*NO_RECORDS, *self.unless)):
            return False
        topic, partition, offset = self.record.topic, self.record.partition, self.record.offset
        place = {"topic": topic, "partition": partition, "offset": offset}
        log.error("record passed over", **place, exc_info=error)
        self.count(topic)
        return True
