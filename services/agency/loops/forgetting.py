"""Overwrites, in the agency's topics and store, what the owners' orders erase (log §11.6).

An order is heeded a little after it came, so that routing's own overwriting lies before ours. Each
start looks for what is left to do of all orders: what was done is known by what lies there.
`/ready` warns until nothing is left.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Final

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from contracts.envelope.wire import Inbound, Outbound
from contracts.log.erasing.forgetting import Overwriting
from contracts.vocabulary import topics
from services.agency.loops.incoming import Incoming
from services.agency.office.office import Office
from services.agency.office.passing_over import PassingOver
from services.platform.http.problems import ProblemError
from services.platform.kafka.bus import Bus
from services.platform.kafka.writing.overwritten import Overwritten
from services.platform.process.exit_codes import UnreachableError
from services.platform.process.progress import ServiceHealth

HEEDED_S: Final = 15  # after an order's instant; routing heeds it within ten
LOOK_S: Final = 1.0
WRITE_S: Final = 60.0  # for all that orders name at once
AGAIN_S: Final = 60.0  # after Kafka did not take what was to be written
NOT_FORGOTTEN: Final = "not_forgotten"

Place = tuple[str, int]  # realm, partition

log = structlog.get_logger("relais.agency")


class Forgetting:
    """What of an agency's topics is to be overwritten, and what of it Kafka still has.

    Args:
        cleaned_s: after which Kafka may clean away what was overwritten.
    """

    def __init__(
        self, office: Office, incoming: Incoming, health: ServiceHealth, bus: Bus, cleaned_s: int
    ) -> None:
        self._office, self._incoming, self._health = office, incoming, health
        self._bus = bus
        self._overwritten = Overwritten(cleaned_s)
        self._heeded: list[int] = []  # instants of the orders that were looked at
        self._unread = False  # whether a record was passed over at the last look
        self._names_erased = False  # whether what was folded may name an erased case still

    async def run(self) -> None:
        """Look for ever.

        Raises:
            UnreachableError: `case_erased`: what was folded names it still, a new start does not.
        """
        while True:
            try:
                if (orders := self._orders()) != self._heeded:
                    self._health.warnings.add(NOT_FORGOTTEN)
                    await asyncio.sleep(
                        max(orders, default=0) + HEEDED_S - self._incoming.clock.now()
                    )
                    await self.heed()
                elif self._overwritten.due():
                    await self.heed()
            except (
                KafkaError,
                TimeoutError,
                ProblemError,
            ) as error:  # nothing in force: the clock was moved
                await self._failed(type(error).__name__)
            except UnreachableError as error:
                if error.code == "case_erased":
                    raise
                await self._failed(error.code)
            await asyncio.sleep(LOOK_S)

    async def heed(self) -> None:
        """Overwrite what all orders that are in force erase; errors as `run`, and those of Kafka.

        Where something is left its blank is written once more: Kafka cleans it away only then.
        """
        orders, places = self._orders(), self._named()
        self._names_erased |= await self._incoming.forget({self._inbox(*place) for place in places})
        self._unread = False
        blanks, left = await self._look(places)
        self._names_erased |= bool(blanks)
        again = list({(row.topic, row.partition): row for row in left}.values())
        if blanks or again:
            await self._bus.write([*blanks, *again], WRITE_S)  # each blank stands for itself
            self._overwritten.put_off([*blanks, *again])
            log.info("erased", records=len(blanks), left=len(left))
        elif not self._unread:  # what was passed over may be what is to go
            self._health.warnings.discard(NOT_FORGOTTEN)
        self._heeded = orders
        if self._names_erased:
            raise UnreachableError("case_erased", "a case that is erased", "a new start")

    def _orders(self) -> list[int]:
        """The instants of all orders to erase that are in force."""
        now, registries = self._incoming.clock.now(), self._office.agency.registries.values()
        orders = (order for registry in registries for order in registry.orders)
        return [order.start for order in orders if order.kind == "erase" and order.start <= now]

    def _named(self) -> dict[Place, Overwriting]:
        """What orders in force name, by partition."""
        agency, now = self._office.agency, self._incoming.clock.now()
        places: dict[Place, Overwriting] = {}
        for realm in agency.realms:
            leaves = defaultdict[int, set[str]](set)
            for (partition, leaf), start in self._office.erased.of(realm).items():
                if start <= now:
                    leaves[partition].add(leaf)
            for partition, of in leaves.items():
                places[realm, partition] = Overwriting(
                    frozenset(of), agency.blanking(realm), agency.in_force(realm, now)[1]
                )
        return places

    async def _look(
        self, places: Mapping[Place, Overwriting]
    ) -> tuple[list[Outbound], list[Outbound]]:
        """What is to be written, and what was written while what it replaces is there still."""
        blanks, left, name = list[Outbound](), list[Outbound](), self._office.agency.name
        if not places:
            return blanks, left
        async with self._bus.reader() as reader:
            for (realm, partition), found in places.items():
                inbox = self._inbox(realm, partition)
                outbox = TopicPartition(topics.outbox(realm, name), partition)
                if inbox.topic in self._incoming.inboxes:
                    async for rows in reader.read({inbox: None}):
                        await self._each(rows, found.take_inbox)
                for take in (found.take_blanked, found.take_outbox):
                    async for rows in reader.read({outbox: None}):
                        await self._each(rows, take)
                blanks += found.blanks
                left += found.left
        return blanks, left

    def _inbox(self, realm: str, partition: int) -> TopicPartition:
        return TopicPartition(topics.inbox(realm, self._office.agency.name), partition)

    async def _failed(self, why: str) -> None:
        log.warning(NOT_FORGOTTEN, why=why)
        self._heeded = []  # all once more: what was done is not done twice
        self._health.warnings.add(NOT_FORGOTTEN)
        await asyncio.sleep(AGAIN_S)

    def _passed_over(self, topic: str) -> None:
        self._unread = True
        self._office.count(topic)

    async def _each(self, rows: Iterable[Inbound], take: Callable[[Inbound], None]) -> None:
        for row in rows:
            with PassingOver(row, self._passed_over):
                take(row)
        await asyncio.sleep(0)  # /live answers meanwhile
