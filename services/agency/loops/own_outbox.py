"""The agency's own outboxes, read on while the service runs: it need not be their only writer.

Whoever holds a desk's signing key and may write to the outbox can publish beside the service: a
desk's own system, or an intruder. Its cover moves the desk's chain (envelope §3), and our next one
must follow it; so it is read back, shown among the desk's events, and warned of in `/ready`. A desk
of the agency that keeps its keys itself, and that the service does not serve, is meant to write
beside it: a thief of its keys is for its own program to see, which is told what came of each event
    (envelope §6.6).
"""

from __future__ import annotations

import asyncio
from collections.abc import Container, Mapping
from typing import Final

import structlog
from aiokafka import TopicPartition

from contracts.vocabulary import topics
from contracts.vocabulary.schema import short
from services.agency.office.office import Office
from services.platform.kafka.bus import Bus
from services.platform.kafka.reading.log_reader import LogReader
from services.platform.process.clock import Clock
from services.platform.process.exit_codes import UnreachableError
from services.platform.process.progress import Pace, ServiceHealth

LOOK_S: Final = 0.2  # between two looks: what is written within it is followed a moment late
CALM_S: Final = 1.0  # while nothing is written
SECOND_WRITER: Final = "second_writer"

log = structlog.get_logger("relais.outbox")


class OwnOutboxes:
    """The outboxes of an agency's buses, from their beginning.

    Attributes:
        next: the next offset of each partition.
    """

    def __init__(self, office: Office) -> None:
        name = office.agency.name
        self._office = office
        self._realms = {topics.outbox(realm, name): realm for realm in office.agency.realms}
        self.next: dict[TopicPartition, int] = {
            TopicPartition(topic, number): 0
            for topic, realm in self._realms.items()
            for number in range(office.agency.registries[realm].partitions)
        }

    async def read(self, reader: LogReader, at: int) -> None:
        """Find chains and idempotency keys again; what is not there now has gone with retention.

        What was erased, and Kafka has not cleaned away, is met before its blank: all is read once
        more without it.
        """
        ends = await reader.ends(self.next)
        if blanked := await self._read(reader, at, frozenset()):
            self._office.begin()
            await self._read(reader, at, frozenset(blanked))
        self._read_to(ends)

    async def _read(self, reader: LogReader, at: int, left_out: Container[bytes]) -> set[bytes]:
        """Read all; keys of what was taken before its blank came."""
        blanked = set[bytes]()
        async for batch in reader.read(dict.fromkeys(self.next)):
            for record in batch:
                if record.value and record.key in left_out:
                    continue
                if self._office.read_back(record, self._realms[record.topic], at):
                    blanked.add(record.key or b"")
            self.next[TopicPartition(batch[0].topic, batch[0].partition)] = batch[-1].offset + 1
            await asyncio.sleep(0)  # /live answers meanwhile
        return blanked

    async def look(self, reader: LogReader, at: int) -> list[tuple[str, str]]:
        """Read on; (realm, desk) of each cover that a writer has published who is not meant to."""
        ends, writers = await reader.ends(self.next), []
        async for batch in reader.span(self.next, ends):
            for record in batch:
                realm = self._realms[record.topic]
                cover = self._office.follow(record, realm, at)
                if cover is not None and not self._writes_itself(cover.iss, realm, at):
                    writers.append((realm, short(cover.iss)))
        self._read_to(ends)
        return writers

    def _writes_itself(self, desk: str, realm: str, at: int) -> bool:
        """Whether it is a desk of the agency that keeps its own keys; no others come here."""
        agency = self._office.agency
        listed = agency.in_force(realm, at)[1].desks.get(desk)
        return (
            listed is not None and listed.agency == agency.name and short(desk) not in agency.desks
        )

    def _read_to(self, ends: Mapping[TopicPartition, int]) -> None:
        """Behind the last record stand markers, which are not read again and again."""
        self.next = {place: max(last, ends.get(place, 0)) for place, last in self.next.items()}

    async def follow(self, bus: Bus, clock: Clock, health: ServiceHealth) -> None:
        """Look for ever, on a connection of its own; Kafka away is told elsewhere."""
        pace = Pace(LOOK_S, CALM_S)
        async with bus.reader() as reader:
            while True:
                try:
                    for realm, desk in await self.look(reader, clock.now()):
                        log.warning(SECOND_WRITER, realm=realm, desk=desk)
                        health.warnings.add(SECOND_WRITER)
                except UnreachableError as error:
                    log.warning("outbox not read", code=error.code)
                await asyncio.sleep(pace.pause(self.next))
