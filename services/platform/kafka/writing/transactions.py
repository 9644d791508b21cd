"""Exactly once, or not at all: transactional producers used in turn (kafka §2).

Two transactional ids remove the wait for the coordinator's markers; commits stay serial, so the
order of records and of state is that of one id. `start` initialises, and so fences, every id; do
it before anything is read that a predecessor may still be writing.

A transaction ends in one of these ways, and each asks something else of the caller:

    returned                  all records are committed
    TransactionAbortedError   nothing is committed; this process may do the same work again
    FencedError               another process owns the id now: end, exit code 4
    UnreachableError          Kafka did not answer in time; nothing is committed: end, exit code 3
    ├── OutcomeUnknownError   a commit was asked for and never answered: the next start finds out
    └── RefusedError          the broker refused a record; the producer is of no more use
    UsageError                `kafka_forbidden`: we lack a right; nothing is committed: end, exit
    code 2

Producers are never initialised a second time in one process: whoever did that after being fenced
would fence the rightful owner, with a stale state in hand.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import Any, Final, Self

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import (
    IllegalOperation,
    InvalidProducerEpoch,
    KafkaConnectionError,
    KafkaError,
    NodeNotReadyError,
    ProducerFenced,
)
from aiokafka.producer.message_accumulator import BatchBuilder

from contracts.envelope.wire import Outbound
from contracts.errors import RelaisError
from services.platform.kafka.connection.clients import clients
from services.platform.kafka.connection.missing_rights import DENIED, WRITE_BY, WRITE_TO, denied
from services.platform.kafka.connection.wait import WAIT_SECONDS, connected, unreachable
from services.platform.patience import patient
from services.platform.ports import now_ms
from services.platform.process.exit_codes import (
    FencedError,
    TransactionAbortedError,
    UnreachableError,
)

STOP_SECONDS: Final = 5.0  # a stop hangs for ever with a pending send and the broker down
# The coordinator aborts what a dead process left open; brokers let nobody ask for more.
TRANSACTION_TIMEOUT_MS: Final = 60_000
MAX_BATCH_BYTES: Final = 256 * 1024  # one produce request a partition is in flight: not too small
APPENDED: Final = 1  # Kafka's timestamp type "log append time": the broker's own clock


class OutcomeUnknownError(UnreachableError):
    """A commit was asked for and not answered: this process must end, the next start finds out."""


class RefusedError(UnreachableError):
    """The broker refused a record; nothing was committed, and this process must end."""


class Transaction:
    """One open transaction. Made by `Transactions.transaction`; not to be kept."""

    def __init__(self, producer: AIOKafkaProducer, wait: float) -> None:
        self._producer = producer
        self._until = asyncio.get_running_loop().time() + wait
        self._futures: list[tuple[asyncio.Future[Any], int]] = []  # of batches, with their records
        self.appended_ms: int | None = None
        self.last: dict[TopicPartition, int] = {}  # offset of the last record of each place

    async def send(self, *records: Outbound) -> None:
        """Write records; whether the broker took them is seen before the commit.

        Each partition's go as whole batches: aiokafka makes a future of each record that it is
        given alone, which cost a router a twentieth of all its time.

        Raises:
            KafkaError, TimeoutError, TransactionAbortedError: the transaction will be aborted.
        """
        places = dict[TopicPartition, list[Outbound]]()
        for record in records:
            place = TopicPartition(record.topic, record.partition)
            places.setdefault(place, []).append(record)
        topics = {place.topic for place in places}
        for topic in topics:
            # aiokafka forgets the leaders of all that it was not told of, once a topic is new to it
            self._producer.client.add_topic(topic)
        try:
            async with asyncio.timeout_at(self._until):
                for place, own in places.items():
                    for batch in self._batches(own):
                        future = await self._producer.send_batch(
                            batch, place.topic, partition=place.partition
                        )
                        self._futures.append((future, batch.record_count()))
        except TimeoutError:
            if missing := topics - self._producer.client.cluster.topics():
                expected = "topics that `relais kafka apply` makes"
                raise TransactionAbortedError(
                    "topic_missing", ", ".join(sorted(missing)), expected
                ) from None
            raise

    def _batches(self, records: Sequence[Outbound]) -> Iterator[BatchBuilder]:
        """Records of one partition, as few batches as they fit in; a large one is its own."""
        batch, at = self._producer.create_batch(), now_ms()
        for record in records:
            headers = list(record.headers)  # aiokafka refuses a tuple
            given = {"timestamp": at, "key": record.key, "value": record.value, "headers": headers}
            if batch.append(**given) is None:
                yield batch
                batch = self._producer.create_batch()
                batch.append(**given)
        yield batch

    async def settle(self) -> list[BaseException]:
        """Wait for every send; the failures, if any.

        aiokafka commits a transaction although a send in it failed: this wait is what prevents it.
        """
        async with asyncio.timeout_at(self._until):
            for future, _ in self._futures:
                if not future.done():
                    await asyncio.wait((future,))
            if failures := [error for sent, _ in self._futures if (error := sent.exception())]:
                return failures
            results = [(future.result(), count) for future, count in self._futures]
            stamps = [one.timestamp for one, _ in results if one.timestamp_type == APPENDED]
            self.appended_ms = max(stamps, default=None)
            for first, count in results:
                self.last[first.topic_partition] = first.offset + count - 1
        return []

    def forget(self) -> None:
        """Wait for nothing any more: the transaction ends otherwise."""
        for future, _ in self._futures:
            future.add_done_callback(_noted)


class Transactions:
    """Plain aiokafka producers, one a transactional id, used in turn.

    Args:
        bootstrap: Kafka's addresses.
        ids: the transactional ids; in turn they hide the wait for markers.
        wait: bound in seconds of everything that Kafka is asked for.
        client: further options of `AIOKafkaProducer` (security, client id).
    """

    def __init__(
        self, bootstrap: str, ids: Sequence[str], *, wait: float | None = None, **client: Any
    ) -> None:
        self._bootstrap = bootstrap
        self._ids = tuple(ids)
        self._wait = patient(WAIT_SECONDS) if wait is None else wait
        self._client = client
        self._producers: list[AIOKafkaProducer] = []
        self._turn = 0
        self._serial = asyncio.Lock()
        self._fatal: RelaisError | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Initialise every id: a predecessor is fenced, what it left open is aborted.

        Raises:
            UnreachableError: Kafka did not answer in time.
            UsageError: it does not let us in (`connection/wait.py`), or the id is not ours to use.
        """
        try:
            async with asyncio.timeout(self._wait):
                for name in self._ids:
                    producer = self._producer(name)
                    self._producers.append(producer)
                    await connected(producer.start())
        except DENIED as error:
            await self.stop()
            raise denied(self._client, error, WRITE_BY) from error
        except (TimeoutError, KafkaError) as error:  # aiokafka tells a lost coordinator so
            await self.stop()
            raise await unreachable(self._bootstrap, self._client, error) from error
        except BaseException:  # cancelled: nobody else knows of it
            await self.stop()
            raise

    def _producer(self, transactional_id: str) -> AIOKafkaProducer:
        options: dict[str, Any] = {
            "acks": "all",
            "enable_idempotence": True,
            "max_batch_size": MAX_BATCH_BYTES,
            "retry_backoff_ms": 50,
            "transaction_timeout_ms": TRANSACTION_TIMEOUT_MS,
            **self._client,
        }
        producer = clients().producer(
            bootstrap_servers=self._bootstrap, transactional_id=transactional_id, **options
        )
        producer.client.coordinator_lookup = _asked_again(producer.client.coordinator_lookup)
        return producer

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """One transaction: committed when the body ends, aborted when it raises.

        Raises:
            TransactionAbortedError: nothing is committed; may be tried again.
            FencedError, UnreachableError: the process must end (see the module's docstring).
        """
        async with self._serial:
            if self._fatal is not None:
                raise self._fatal
            producer = self._producers[self._turn]
            self._turn = (self._turn + 1) % len(self._producers)
            await self._begin(producer)
            transaction = Transaction(producer, self._wait)
            try:
                yield transaction
                failures = await transaction.settle()
            except BaseException as error:
                transaction.forget()
                await self._abandon(producer, error)
                raise
            if failures:
                transaction.forget()
                await self._abandon(producer, failures[0], spent=True)
            await self._commit(producer)

    async def write(self, records: Sequence[Outbound]) -> None:
        """Write records in one transaction; raises as `transaction`."""
        async with self.transaction() as transaction:
            await transaction.send(*records)

    async def _begin(self, producer: AIOKafkaProducer) -> None:
        try:
            async with asyncio.timeout(self._wait):
                await producer.begin_transaction()
        except TimeoutError:
            raise self._end(UnreachableError("kafka_unreachable", "no transaction")) from None
        except AssertionError:  # state FATAL_ERROR: fenced, or refused for good
            raise self._end(FencedError("fenced", "a producer that is of no more use")) from None

    async def _abandon(
        self, producer: AIOKafkaProducer, cause: BaseException, *, spent: bool = False
    ) -> None:
        """Abort, then raise what the caller must know; return if `cause` itself says it.

        After the broker refused a batch the sequence numbers of its partition have a hole, and
        every later batch of this producer would be refused too: `spent`.
        """
        if isinstance(cause, ProducerFenced | InvalidProducerEpoch):
            raise self._end(FencedError("fenced", type(cause).__name__)) from cause
        try:
            async with asyncio.timeout(self._wait):
                await producer.abort_transaction()
        except TimeoutError:
            raise self._end(UnreachableError("kafka_unreachable", "no abort")) from cause
        except (AssertionError, KafkaError) as error:
            raise self._end(FencedError("fenced", type(error).__name__)) from cause
        if isinstance(cause, DENIED):
            raise self._end(denied(self._client, cause, WRITE_TO)) from cause
        if spent:
            raise self._end(RefusedError("refused", type(cause).__name__)) from cause
        if isinstance(cause, KafkaError | IllegalOperation | TimeoutError):
            raise TransactionAbortedError("aborted", type(cause).__name__) from cause

    async def _commit(self, producer: AIOKafkaProducer) -> None:
        try:
            async with asyncio.timeout(self._wait):
                await producer.commit_transaction()
        except (ProducerFenced, InvalidProducerEpoch) as error:
            raise self._end(FencedError("fenced", type(error).__name__)) from error
        except BaseException as error:  # also a cancelled wait: the request may be on its way
            unknown = self._end(OutcomeUnknownError("outcome_unknown", type(error).__name__))
            if isinstance(error, Exception):
                raise unknown from error
            raise

    def _end(self, error: RelaisError) -> RelaisError:
        self._fatal = error
        return error

    async def stop(self) -> None:
        """Close the producers, within a bound, whatever state they are in."""
        producers, self._producers = self._producers, []
        for producer in producers:
            _forget(producer)
            for close in (producer.stop, producer.client.close):
                with contextlib.suppress(TimeoutError, KafkaError, AssertionError):
                    async with asyncio.timeout(STOP_SECONDS):
                        await close()


def _asked_again(lookup: Callable[..., Awaitable[int]]) -> Callable[..., Awaitable[int]]:
    """Ask for the coordinator again where a broker ends meanwhile, within the bound.

    aiokafka's sender does so after three other errors; after this one it ends, and its producer for
    good.
    """

    async def asked(*what: object) -> int:
        try:
            return await lookup(*what)
        except KafkaConnectionError as error:
            raise NodeNotReadyError(str(error)) from error

    return asked


def _noted(future: asyncio.Future[Any]) -> None:
    """Take note of a failed send: one that nobody waits for any more is told by its transaction."""
    if not future.cancelled():
        future.exception()


def _forget(producer: AIOKafkaProducer) -> None:
    """Take note of a failed transaction, so that asyncio does not report it as never retrieved."""
    waiter = producer._txn_manager.wait_for_transaction_end()  # noqa: SLF001  (no public way)
    if waiter is not None and waiter.done() and not waiter.cancelled():
        waiter.exception()
