"""In Kafka's place: writes that are there at once, records read again, and what moves them on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import structlog

from contracts.envelope.wire import Inbound, Outbound
from services.agency.loops.incoming import Incoming
from services.agency.loops.publisher import Publisher
from services.agency.office.requests.desk_request import DeskRequest
from services.agency.office.responses.sending import SendAnswer
from services.platform.kafka.reading.log_place import LogPlace
from services.platform.process.clock import Clock
from services.platform.process.progress import ServiceHealth
from services.sandbox.answering import AnsweringFederation

LOOK_S: Final = 0.2  # until the next look at the clock, where nothing is written

log = structlog.get_logger("relais.sandbox")


class MemoryKafka:
    """The topics of a federation as an agency's service reads and writes them."""

    def __init__(self, federation: AnsweringFederation) -> None:
        self._federation = federation
        self._written = asyncio.Event()
        self._one = asyncio.Lock()

    async def write(self, records: Sequence[Outbound]) -> None:
        """All of it; nothing fails here."""
        for record in records:
            self._federation.write(record)
        self._written.set()

    async def begins(self, partitions: Iterable[LogPlace]) -> Mapping[LogPlace, int]:
        """The first offset that each partition still has."""
        return dict.fromkeys(partitions, 0)

    async def pick(
        self, wanted: Mapping[LogPlace, Iterable[int]]
    ) -> Mapping[tuple[LogPlace, int], Inbound]:
        """Single records by offset."""
        rows = self._federation.topics
        return {
            (place, offset): rows[place][offset]
            for place, offsets in wanted.items()
            for offset in offsets
        }

    async def run(self, incoming: Incoming, health: ServiceHealth) -> None:
        """Route, deliver and answer what is written and what is due, until cancelled."""
        while True:
            await self.round(incoming)
            for loop in health.loops.values():
                loop.report(incoming.taken, 0)
            self._written.clear()
            try:
                async with asyncio.timeout(LOOK_S):
                    await self._written.wait()
            except TimeoutError:
                continue

    async def round(self, incoming: Incoming) -> None:
        """Route what waits, let everybody read and answer, until nobody has more to say.

        A fault of ours in it is logged, and ends neither the sandbox nor a request.
        """
        async with self._one:
            try:
                while await self._step(incoming):
                    await asyncio.sleep(0)
            except Exception:
                log.exception("round broken off")

    async def _step(self, incoming: Incoming) -> bool:
        """Route, read, answer; whether anybody answered."""
        federation, tested = self._federation, self._federation.tested
        federation.route_due()
        for name in federation.offices:
            if name != tested:
                federation.read_inboxes(name)
        await incoming.take([record for _place, record in federation.arrived(tested)])
        return federation.act()


class SteeredPublisher(Publisher):
    """The tested agency's: the service's own, but for noting what a record's reference asks for."""

    def __init__(self, federation: AnsweringFederation, kafka: MemoryKafka, clock: Clock) -> None:
        super().__init__(federation.offices[federation.tested], kafka, clock)
        self._federation = federation

    async def publish(self, request: DeskRequest) -> SendAnswer:
        """As every agency's.

        Raises:
            ProblemError: `code_unknown`: the reference has a word that is in no table.
        """
        if request.kind == "record":
            self._federation.steer(request)
        return await super().publish(request)
