"""One shard at work: batches and ticks become transactions, one at a time.

    lock → skip what was taken → clock → control to its end → decide (pure) → one transaction:
    records, notices, deliveries, evidence, quarantine → commit → state → store

Records say which inputs they settle: no offset is committed beside them.

A batch changes nothing before its transaction has committed. If it was aborted, its overlays are
dropped, the consumer is sought back and the shard pauses. Anything that leaves the outcome open
ends the process: the failure is kept, and the main task raises it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import structlog
from aiokafka import ConsumerRecord, TopicPartition

from contracts.decision.state.shelves import LostRowError
from contracts.envelope.wire import Inbound, Outbound
from contracts.errors import LogError, RelaisError, SignerError, UsageError
from contracts.keys.directory import Directory
from contracts.log.orders.layout import Layout
from contracts.log.orders.registry import Registry
from contracts.log.routing.batch import Batch
from contracts.log.routing.context import Salt
from contracts.log.routing.partition_router import PartitionRouter, Place, Released
from contracts.vocabulary import topics
from services.platform.kafka.bus import Bus
from services.platform.kafka.connection.missing_rights import ForbiddenError
from services.platform.kafka.orders.control import Control
from services.platform.kafka.reading.log_reader import inbound
from services.platform.kafka.writing.overwritten import Overwritten
from services.platform.kafka.writing.transactions import APPENDED, Transactions
from services.platform.ports import monotonic, now_ms, random_bytes
from services.platform.process.exit_codes import (
    FencedError,
    TransactionAbortedError,
    UnreachableError,
)
from services.platform.process.metrics import Metrics
from services.platform.settings import RoutingSettings
from services.routing.counted import count, count_delays
from services.routing.read_back import erasable, released
from services.routing.restart import check_in_force
from services.routing.store import ShardStore

SALT_BYTES: Final = 16
MAX_SKEW_MS: Final = 120_000  # between the system clock and the brokers' time stamps (log §8)
NO_RECORDS: Final = (LostRowError, FencedError, SignerError)  # fault: our disk's, or our signer's
PAUSES: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)  # seconds after aborted transactions in a row

Records: TypeAlias = Sequence[ConsumerRecord[Any, Any]]

log = structlog.get_logger("relais.routing")


class Shard:
    """The partitions of one shard.

    Attributes:
        next, taken: next offset of each input, as the log has it; of each that was ever one.
        seek: moves the consumer, after an aborted transaction.
        done: batches and ticks that went through.

    Args:
        store: where states are kept between two lives, besides the log.
    """

    def __init__(
        self,
        settings: RoutingSettings,
        layout: Layout,
        routers: Mapping[int, PartitionRouter],
        *,
        bus: Bus,
        control: Control,
        transactions: Transactions,
        metrics: Metrics,
        store: ShardStore | None = None,
    ) -> None:
        self.realm = settings.realm
        self.routers = dict(routers)
        self.bus = bus
        self.control = control
        self.metrics = metrics
        self.next: dict[TopicPartition, int] = {}
        self.taken: dict[TopicPartition, int] = {}
        self.clock = settings.clock()
        self.done = 0
        self._failure: Exception | None = None
        self.seek: Callable[[Mapping[TopicPartition, int]], None] = _nowhere
        self._layout = layout
        self._transactions = transactions
        self._store = store
        self._lock = asyncio.Lock()
        self._overwritten = Overwritten(settings.cleaned_s)
        self._aborted = 0

    def in_force(self) -> tuple[Directory, int]:
        """The directory in force, and the instant at which it is.

        Raises:
            LogError: `nothing_adopted`: the clock was moved before all.
        """
        registry, now = self.control.registry, self.clock.now()
        return registry.directories[registry.in_force(now)[1]], now

    def inputs(self) -> list[TopicPartition]:
        """The outboxes of the realm by the convention and directory in force, × own partitions.

        What an agency that has left had published, and no router had read, stays in its outbox.

        Raises:
            LogError: `convention_not_loaded`: the log is under a version that control did not
                bring.
        """
        registry, tail = self.control.registry, next(iter(self.routers.values())).state.tail
        if tail.convd not in registry.conventions:
            expected = "the version that the log is under"
            raise LogError("convention_not_loaded", "no order that adopts it", expected)
        agencies = set(registry.inboxes(tail.convd, tail.dird).values())
        names = sorted(topics.outbox(self.realm, agency) for agency in agencies)
        return [TopicPartition(name, number) for name in names for number in sorted(self.routers)]

    async def handle(self, records: Records = ()) -> None:
        """Route a batch, or write what is due without one.

        Never raises: what cannot be mended is left for `raise_failure`.
        """
        async with self._lock:
            if self._failure is not None:
                return
            try:
                await self._work(records)
            except SignerError as error:  # until what holds our key, or the directory, lets us
                await self._read_again("not signed", error, len(PAUSES))
            except Exception as error:  # noqa: BLE001  (raised in the main task)
                self._failure = error

    @property
    def next_due(self) -> int | None:
        """The earliest instant of which the log must speak, seconds."""
        return min((one.next_due or 2**60 for one in self.routers.values()), default=None)

    def keep(self, *, now: bool = False) -> None:
        """Let the store take over what has been committed, when it is time or `now`."""
        if self._store is not None:
            self._store.write(now=now)

    def raise_failure(self) -> None:
        """Raise what ended the shard, if anything did; to be looked at by the main task."""
        if self._failure is not None:
            raise self._failure

    async def _work(self, records: Records) -> None:
        """1. Skip what was taken. 2. Control to its end. 3. Decide. 4. Write."""
        # 1. After a seek the consumer may hand over what it had fetched before.
        fresh = [one for one in records if one.offset >= self.next[_place(one)]]
        if records and not fresh:
            return
        self._check_not_behind(fresh)
        now = self.clock.now()
        while fresh and self._due(now):  # what is due before any input, some at a time
            due = await self._decide((), now)
            if not any(batch.out for batch in due):
                break
            await self._write(due, ())
            if self._aborted:
                return
        if again := self._overwritten.due():
            await self._write_again(again)
        # 2, 3, 4.
        decided = await self._decide(fresh, now)
        if fresh or any(batch.out for batch in decided):
            await self._write(decided, fresh)
        self.keep()
        if not records and not self._aborted and not self._due(now):
            self.metrics.written_until.labels(self.realm).set(now)
        self.done += 1

    def _due(self, now: int) -> bool:
        """Whether the log must still speak of something by now."""
        return self.next_due is not None and self.next_due <= now

    async def _look_at_control(self) -> None:
        """Take what control says by now.

        Raises:
            ReplacedError: another layout was ordered.
        """
        for _ in await self.control.refresh():
            self.metrics.alarms.labels("order_rejected").inc()
        check_in_force(self._layout, self.control.registry)

    async def _decide(self, fresh: Records, now: int) -> list[Batch]:
        """What control says by now, then what it makes of the records, by partition."""
        await self._look_at_control()
        registry, inputs = self.control.registry, dict[int, list[Inbound]]()
        for record in fresh:
            inputs.setdefault(record.partition, []).append(inbound(record))
        routers = {number: self.routers[number] for number in sorted(inputs or self.routers)}
        wanted = {number: router.wanted for number, router in routers.items()}
        back = await released(self.bus, self.realm, wanted)
        named = {
            number: (router.to_erase(registry, now), router.state.tail.leaf)
            for number, router in routers.items()
        }
        evidence = await erasable(self.bus, registry, named)
        batches: list[Batch] = []
        try:
            for number, router in routers.items():
                given = back.get(number), evidence.get(number)
                records = inputs.get(number, [])
                batches.append(decide(router, records, registry, now, _salt, *given))
        except BaseException:
            _drop(batches)
            raise
        return batches

    async def _write(self, batches: Sequence[Batch], fresh: Records) -> None:
        """One transaction, of what was decided of fresh records."""
        began = monotonic()
        try:
            async with self._transactions.transaction() as transaction:
                for batch in batches:
                    await transaction.send(*batch.out)
        except TransactionAbortedError as error:
            _drop(batches)
            await self._back(error)
            return
        except BaseException as error:
            _drop(batches)
            # A desk that was just adopted, whose inbox or our right to it is not applied yet:
            # nothing is lost, and a new start finds it. Wrong use, which nobody starts again, it is
            # not.
            if isinstance(error, ForbiddenError):
                raise UnreachableError(error.code, error.got, error.expected) from error
            raise
        self.next |= {_place(one): one.offset + 1 for one in fresh}  # the last of each place wins
        for batch in batches:
            batch.view.merge()
            self._overwritten.put_off(batch.overwriting)
            if self._store is not None and batch.settled:
                number, state = batch.context.site.partition, batch.view.base
                self._store.took(number, state, transaction.last, self.taken | self.next)
        self._aborted = 0
        count(self.metrics, self.realm, batches, monotonic() - began)
        count_delays(self.metrics, self.realm, fresh, now_ms())
        self._check_clock(transaction.appended_ms)

    async def _write_again(self, records: Sequence[Outbound]) -> None:
        """What was overwritten, once more: where nothing is written, Kafka cleans nothing away."""
        try:
            await self._transactions.write(records)
        except TransactionAbortedError as error:
            self._overwritten.put_off(records)
            await self._back(error)

    async def _back(self, error: RelaisError) -> None:
        """A transaction was aborted, one of some in a row."""
        self._aborted += 1
        await self._read_again("transaction aborted", error, self._aborted)

    async def _read_again(self, why: str, error: RelaisError, times: int) -> None:
        """Nothing was written: read the same inputs again, after a pause.

        Args:
            times: in a row; the longer is the pause.

        Raises:
            UnreachableError: `always_aborted`.
        """
        log.warning(why, code=error.code, fault=error.describe())
        self.metrics.aborts.labels(self.realm, error.code).inc()
        self.seek(self.next)
        if times > len(PAUSES):
            raise UnreachableError("always_aborted", f"{times} in a row", "a commit")
        await asyncio.sleep(PAUSES[times - 1])

    def _check_clock(self, appended_ms: int | None) -> None:
        """A router whose system clock is 2 min off the brokers' stops (log §8).

        Raises:
            UsageError: `clock_off`.
        """
        if appended_ms is None:
            return
        skew = now_ms() - appended_ms
        self.metrics.skew.labels(self.realm).set(skew / 1000)
        if abs(skew) > MAX_SKEW_MS:
            raise UsageError("clock_off", f"{skew // 1000} s", "at most 120 s off the brokers'")

    def _check_not_behind(self, fresh: Records) -> None:
        """Before any decision: whoever is behind would put good events aside as ahead.

        By the brokers' own stamps alone: a publisher's might say anything.

        Raises:
            UsageError: `clock_off`.
        """
        stamps = [one.timestamp for one in fresh if one.timestamp_type == APPENDED]
        if stamps and max(stamps) - now_ms() > MAX_SKEW_MS:
            self._check_clock(max(stamps))


def decide(
    router: PartitionRouter,
    records: Sequence[Inbound],
    registry: Registry,
    now: int,
    salt: Salt,
    released: Released | None = None,
    erasable: Mapping[str, bytes] | None = None,
) -> Batch:
    """The batch of one partition, whatever its records are: a fault of ours in one stops nobody.

    The core promises not to raise for any input, and to write nothing that a topic would refuse.
    If it does all the same, it knows at which input: the batch is tried again without looking at
    that one, which is quarantined by name.

    Args:
        released, erasable: what orders released from quarantine or erase, as it was read there.

    Raises:
        LogError: `nothing_adopted`.
        LostRowError, FencedError: the state cannot be read, or is another process's by now.
        SignerError: the router's key cannot sign now.
        Exception: the core fails without any record, or at a record that it was told to pass by.
    """
    faulty = frozenset[Place]()
    while True:
        try:
            return router.batch(records, registry, now, salt, released, erasable, faulty)
        except NO_RECORDS:
            raise
        except Exception as error:
            place = router.in_hand
            if place is None or place in faulty:
                raise
            topic, offset = place
            log.exception(
                "record passed by", topic=topic, offset=offset, fault=type(error).__name__
            )
            faulty |= {place}


def _salt() -> bytes:
    return random_bytes(SALT_BYTES)


def _nowhere(_offsets: Mapping[TopicPartition, int]) -> None:
    """Nothing is subscribed yet."""


def _place(record: ConsumerRecord[Any, Any]) -> TopicPartition:
    return TopicPartition(record.topic, record.partition)


def _drop(batches: Iterable[Batch]) -> None:
    for batch in batches:
        batch.view.drop()
