"""What reads topics from a place to their end: a consumer, or a file made by one."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from typing import Protocol

from aiokafka import TopicPartition

from contracts.envelope.wire import Inbound

Ahead = Callable[[TopicPartition], bool]


class TopicReader(Protocol):
    """Reads to the end, any number of times; `LogReader` says what each method promises."""

    async def start(self) -> None:
        """Connect, or open."""

    async def stop(self) -> None:
        """Disconnect, or close."""

    async def ends(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """The offset behind the last record of each partition."""

    def read(
        self, starts: Mapping[TopicPartition, int | None], is_ahead: Ahead | None = None
    ) -> AsyncGenerator[list[Inbound], None]:
        """Every record from `starts` (None: the beginning) to the end."""

    def value(self, place: TopicPartition, offset: int) -> bytes:
        """The value of one record, for who cannot wait: nothing else is done meanwhile.

        Raises:
            UnreachableError: it was not read in time, or is not there.
        """
