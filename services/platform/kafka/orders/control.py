"""Control: signed orders, read by all, written by the convention's and the directory's owners.

`Control` follows a realm's control topic and feeds the registry; a shard refreshes it before each
batch, which costs one round trip when nothing is new. `publish_orders` is the only writer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError, KafkaError

from contracts.decision.state.shelves import LostRowError
from contracts.encoding import digest
from contracts.envelope.wire import Outbound
from contracts.errors import LogError, RelaisError, UsageError
from contracts.log.orders.order import Order, Owners
from contracts.log.orders.registry import Registry
from contracts.vocabulary import topics
from services.platform.kafka.bus import Bus
from services.platform.kafka.connection.missing_rights import DENIED
from services.platform.kafka.orders.new_orders import NewOrder, signed_values
from services.platform.kafka.reading.topic_reader import TopicReader
from services.platform.process.exit_codes import UnreachableError

CONTROL_PARTITION: Final = 0  # control has one

log = structlog.get_logger("relais.control")


class Control:
    """What control has said, up to its last stable offset.

    Attributes:
        registry: what it brought.
        reader: what reads it.

    Args:
        reader: of Kafka, or of a log that lies elsewhere.
        owners: whose signatures each kind of order needs.
        pinned: reads the owners anew; asked whenever there is a new order, so that a party whose
            key was pinned meanwhile is known without a restart.
        whole: read the desks of old directories too. Who writes the next order does: it must not
            follow one that running routers have refused.
    """

    def __init__(
        self,
        reader: TopicReader,
        realm: str,
        owners: Owners,
        *,
        pinned: Callable[[], Owners] | None = None,
        whole: bool = False,
    ) -> None:
        self._pinned = pinned
        self.registry = Registry(realm, owners, self._value)
        self.reader = reader
        self._place = TopicPartition(topics.control(realm), CONTROL_PARTITION)
        self._past = 0 if whole else None  # the end of control at the start
        self._away: RelaisError | None = None  # why a value was not read since Kafka answered
        self._tell: Callable[..., None] = partial(log.warning, "order rejected before")
        self._one = asyncio.Lock()  # whoever waits finds it read

    async def start(self) -> list[str]:
        """Connect and read to the end; the codes of the orders that were rejected.

        Raises:
            UnreachableError: Kafka did not answer in time.
        """
        await self.reader.start()
        rejected = await self.refresh()
        self._tell = partial(log.error, "order rejected")
        return rejected

    async def refresh(self) -> list[str]:
        """Read what is new; the codes of the orders that were rejected.

        Raises:
            UnreachableError: Kafka did not answer in time.
        """
        async with self._one:
            return await self._refresh()

    async def _refresh(self) -> list[str]:
        end = (await self.reader.ends([self._place]))[self._place]
        self._away = None
        if self._past is None:
            self._past = end
        if end <= self.position and not self.registry.unpinned:
            return []
        rejected = await self._look_at_owners()
        if self.position < end:
            rejected += await self._read(self.registry, self._past)
            self.registry.position = max(self.position, end)  # markers occupy offsets too
        return rejected

    @property
    def position(self) -> int:
        """The offset behind all that was read."""
        return self.registry.position

    async def stop(self) -> None:
        """Disconnect."""
        await self.reader.stop()

    async def _look_at_owners(self) -> list[str]:
        """Read all again if they are others; the codes of what is new and rejected.

        Orders that were taken stay taken; a file that cannot be read changes nothing.
        """
        if self._pinned is None:
            return []
        try:
            owners = self._pinned()
        except UsageError as error:
            log.warning("owners not read", code=error.code, error=error.describe())
            return []
        if owners == self.registry.owners:
            return []
        fresh = Registry(self.registry.realm, owners, self._value)
        rejected = await self._read(fresh, self.position)
        if self.registry.take_over(fresh):
            return rejected
        log.error("owners changed", code="orders_untaken", expected="the keys of orders taken")
        return []

    async def _read(self, registry: Registry, past: int) -> list[str]:
        """Let a registry read on to the end; the codes of what is new and rejected.

        Args:
            past: offset up to which directories are read without their desks.
        """
        start, known, rejected = registry.position, self.position, list[str]()
        try:
            async for batch in self.reader.read({self._place: start}):
                for record in batch:
                    is_past = record.offset < past
                    codes = registry.take(record.value or b"", record.offset, past=is_past)
                    if record.offset >= known:
                        rejected += self._told(registry, codes, offset=record.offset)
            rejected += self._told(registry, registry.check_last()) if start < past else ()
            if registry is not self.registry:  # what was refused as it came is not taken now
                registry.check_unrecorded({order.n for order in self.registry.orders})
        except LostRowError as error:
            raise UnreachableError("kafka_unreachable", str(error), "control") from error
        return rejected

    def _told(self, registry: Registry, codes: list[str], **place: int) -> list[str]:
        """Log each rejection at once: its words stand under its code until the next such one."""
        for code in codes:
            self._tell(realm=registry.realm, code=code, why=registry.why[code], **place)
        return codes

    def _value(self, offset: int) -> bytes:
        """What stands on control, read again for who is deciding and cannot wait.

        Whatever befalls the reading, it says nothing of the directory that is read. It blocks: so
        it is not tried twice before Kafka has answered something.
        """
        if self._away is not None:
            raise LostRowError(self._away.describe()) from self._away
        try:
            return self.reader.value(self._place, offset)
        except Exception as error:  # noqa: BLE001  (told by its name)
            other = UnreachableError("kafka_unreachable", type(error).__name__)
            self._away = error if isinstance(error, RelaisError) else other
            raise LostRowError(self._away.describe()) from self._away


async def read_registry(reader: TopicReader, realm: str, owners: Owners) -> Registry:
    """What control holds now, by a reader that was not started yet.

    Raises:
        UnreachableError: Kafka did not answer in time.
    """
    control = Control(reader, realm, owners)
    try:
        await control.start()
    finally:
        await control.stop()
    return control.registry


async def publish_orders(
    bus: Bus, realm: str, owners: Owners, orders: Sequence[NewOrder], *, start: int
) -> list[Order]:
    """Sign orders, check that the registry takes them, and write them to control.

    Args:
        start: instant from which they hold, seconds.

    Returns:
        The orders as control now holds them.

    Raises:
        LogError: `order_rejected`: the registry would not take one, or another order came first;
            `party_not_pinned`: the last order is one that others may have taken and we cannot
                judge.
        UnreachableError: Kafka did not answer in time; whether they were written is to be looked
            up.
    """
    control = Control(bus.reader(), realm, owners, whole=True)
    try:
        await control.start()
        if control.registry.unpinned:  # with the same number, ours would part control in two
            got = "an order whose party's key is not pinned here"
            raise LogError("party_not_pinned", got, "its key in owners.json first")
        trial = control.registry.copy()
        for new in orders:
            values = signed_values(trial, new, start)
            await _write(bus, topics.control(realm), values)
        await control.refresh()
        made = trial.orders[len(trial.orders) - len(orders) :]
        if not {order.digest for order in made} <= {
            order.digest for order in control.registry.orders
        }:
            got, expected = "another order came first", "the next number"
            raise LogError("order_rejected", got, expected)
        return made
    finally:
        await control.stop()


async def _write(bus: Bus, topic: str, values: Sequence[bytes]) -> None:
    try:
        await bus.write(
            Outbound(topic, CONTROL_PARTITION, digest(value).encode(), value) for value in values
        )
    except (TimeoutError, KafkaConnectionError, *DENIED) as error:
        raise await bus.refusal(error) from error
    except KafkaError as error:
        got, expected = type(error).__name__, "a record that Kafka takes"
        raise LogError("order_rejected", got, expected) from error
