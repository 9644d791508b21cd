"""Kafka as one process reaches it: where the brokers are, and what its clients show of themselves.

Whoever reads or writes is handed a `Bus`, and knows neither addresses nor certificates.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from contracts.envelope.wire import Outbound
from contracts.errors import RelaisError
from contracts.vocabulary.topics import MAX_ORDER_BYTES
from services.platform.kafka.connection.clients import clients
from services.platform.kafka.connection.missing_rights import (
    DENIED,
    WRITE_TO,
    denied,
    wait_for_topics,
)
from services.platform.kafka.connection.wait import (
    WAIT_SECONDS,
    connected,
    unreachable,
    wait_for_kafka,
)
from services.platform.kafka.reading.log_reader import LogReader
from services.platform.kafka.writing.transactions import STOP_SECONDS, Transactions
from services.platform.patience import patient

if TYPE_CHECKING:
    from services.platform.kafka.reading.subscription import Handler, Subscription


@dataclass(frozen=True, slots=True)
class Bus:
    """Makes what reads and writes, which is started by whoever asked for it.

    Attributes:
        bootstrap: `host:port` of brokers, separated by commas.
        client: options of every client (`client_options`).
    """

    bootstrap: str
    client: Mapping[str, Any] = field(default_factory=dict, repr=False)

    async def wait(self, limit_s: float, topics: Sequence[str] = ()) -> None:
        """Wait until a broker answers, and then until we may see some topics.

        Raises:
            UnreachableError, UsageError: those of `wait_for_kafka` and `wait_for_topics`.
        """
        await wait_for_kafka(self.bootstrap, limit_s, **self.client)
        if topics:
            await wait_for_topics(self.bootstrap, topics, limit_s, self.client)

    def reader(self, **more: Any) -> LogReader:
        """What reads topics to their end; `more` as `LogReader` has it."""
        return LogReader(self.bootstrap, **self.client, **more)

    def transactions(self, ids: Sequence[str], wait: float | None = None) -> Transactions:
        """What writes in transactions; arguments as `Transactions` has them."""
        return Transactions(self.bootstrap, ids, wait=wait, **self.client)

    def subscription(
        self, places: Iterable[TopicPartition], handler: Handler, *, most: int
    ) -> Subscription:
        """What hands over records as they come; arguments as `Subscription` has them."""
        # late: FastStream is large, and commands have no use for it
        from services.platform.kafka.reading.subscription import Subscription

        return Subscription(self.bootstrap, places, handler, most=most, **self.client)

    async def write(self, records: Iterable[Outbound], limit_s: float | None = None) -> None:
        """Write records one after the other, outside any transaction, until the brokers have them.

        Args:
            limit_s: seconds for all of it; with the broker away a send waits for ever.

        Raises:
            KafkaError, TimeoutError: Kafka did not take all; `refusal` says why.
        """
        producer = clients().producer(
            bootstrap_servers=self.bootstrap, acks="all", enable_idempotence=True,
            max_request_size=MAX_ORDER_BYTES, **self.client,
        )  # fmt: skip
        try:
            async with asyncio.timeout(patient(WAIT_SECONDS) if limit_s is None else limit_s):
                await connected(producer.start())
                for record in records:
                    await producer.send_and_wait(
                        record.topic, record.value, record.key, record.partition,
                        headers=list(record.headers),  # aiokafka refuses a tuple
                    )  # fmt: skip
        finally:
            with suppress(TimeoutError, KafkaError):
                async with asyncio.timeout(STOP_SECONDS):
                    await producer.stop()

    async def refusal(self, error: BaseException) -> RelaisError:
        """What stands behind an error of `write`: a right that we lack, or Kafka is away."""
        if isinstance(error, DENIED):
            return denied(self.client, error, WRITE_TO)
        return await unreachable(self.bootstrap, self.client, error)
