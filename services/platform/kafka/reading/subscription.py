"""The FastStream side of a service: one batch subscription over static partitions.

The broker produces, decodes and acknowledges nothing: a handler needs the bytes that were signed,
and keeps positions with what it made of them. FastStream's defaults are in kafka §4.1.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import chain
from typing import Any, Final, TypeAlias

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.kafka import TopicPartition as Assigned
from faststream.kafka.message import FAKE_CONSUMER
from faststream.security import BaseSecurity

from services.platform.kafka.connection.clients import clients
from services.platform.kafka.connection.wait import WAIT_SECONDS
from services.platform.kafka.reading import header_names
from services.platform.patience import patient
from services.platform.ports import monotonic
from services.platform.process.exit_codes import UnreachableError

Record: TypeAlias = ConsumerRecord[Any, Any]
Handler = Callable[[Sequence[Record]], Awaitable[None]]

# FastStream's lines take the way of all others: no handler, no level and no filter of its own.
LOG: Final = logging.getLogger(__name__)
# Of a bus whose topics the convention makes, and nobody by writing.
LOG.addFilter(lambda line: not line.getMessage().startswith("Auto create topics is disabled"))
WAIT_MS: Final = 1000  # of a poll without records; the first that comes ends it
FETCH_BYTES: Final = 8 << 20  # per partition and request: a burst at once
STOP_SECONDS: Final = 10.0  # for the batch in hand when asked to stop


class Subscription:
    """Reads the given partitions in batches and hands the raw records over.

    Args:
        places: none, of a realm or an agency that has no desks: then nothing comes.
        handler: gets each batch; it never raises, and seeks back what it did not take.
        most: records a batch.
        client: `client_options`, of which FastStream needs the TLS context alone.
    """

    def __init__(
        self,
        bootstrap: str,
        places: Iterable[TopicPartition],
        handler: Handler,
        *,
        most: int,
        **client: Any,
    ) -> None:
        header_names.install()
        own = [Assigned(place.topic, place.partition, declare=False) for place in places]
        self._idle = not own  # FastStream takes no empty list
        self.broker = KafkaBroker(
            bootstrap.split(","),  # FastStream takes one string as one address
            consumer_only=True,
            allow_auto_create_topics=False,
            apply_types=False,
            graceful_timeout=STOP_SECONDS,
            logger=LOG,
            log_level=logging.DEBUG,  # of its two lines a batch
            security=BaseSecurity(client.get("ssl_context")),
        )
        self._subscriber = self.broker.subscriber(
            partitions=own or [Assigned("none", 0, declare=False)],
            batch=True,
            max_records=most,
            batch_timeout_ms=WAIT_MS,
            consumer_timeout_ms=WAIT_MS,  # aiokafka's fetcher is woken by what comes
            ack_policy=AckPolicy.MANUAL,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            max_partition_fetch_bytes=FETCH_BYTES,
            parser=_parse,
            decoder=_decode,
        )
        # FastStream's own sleeps after each poll without records, which every event would wait for.
        self._subscriber.get_msg = partial(self._next_batch, most)  # type: ignore[method-assign]
        self._subscriber(handler)
        self._next: dict[TopicPartition, int] = {}  # behind what was sought or handed over
        self._held: dict[TopicPartition, tuple[int, float]] = {}  # stable offset, seen since
        self._served: set[TopicPartition] = set()  # that had a turn since one filled a batch

    async def start(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Start reading at `offsets`; what was fetched before the seek is for the handler to skip.

        Raises:
            UnreachableError: Kafka did not answer in time.
        """
        if self._idle:
            return
        try:
            async with asyncio.timeout(patient(WAIT_SECONDS)):
                await self.broker.connect()
                config = self.broker.config.broker_config
                options = config.builder.keywords  # type: ignore[attr-defined]  # a partial
                config.builder = partial(clients().consumer, **options)
                await self.broker.start()
        except (TimeoutError, KafkaError) as error:
            raise UnreachableError("kafka_unreachable", type(error).__name__) from error
        self.seek(offsets)

    def seek(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Read on at `offsets`; aiokafka's `seek_to_committed` would skip uncommitted ones."""
        for place, offset in offsets.items():
            self.consumer.seek(place, offset)
            self._next[place] = offset

    async def lag(self, ends: Mapping[TopicPartition, int]) -> dict[TopicPartition, int]:
        """Offsets that were not handed over yet (markers count until passed).

        Up to `ends`, the last stable offsets, or to the high watermark where the last answer of
        Kafka had a further one: what an open transaction holds up waits too.
        """
        return {
            place: max(0, end, self.consumer.highwater(place) or 0)
            - await self.consumer.position(place)
            for place, end in ends.items()
        }

    def held(self) -> dict[TopicPartition, float]:
        """Seconds for which each partition has been held up by its oldest open transaction, or 0.

        As far as it was seen here: from the first look at which Kafka's last stable offset stood
        where it stands now, below the high watermark. To be asked every second or so.
        """
        now, waiting = monotonic(), {}
        for place in () if self._idle else self.consumer.assignment():
            stable, high = self._consumer_ends(place)
            if stable >= high:
                self._held.pop(place, None)
                waiting[place] = 0.0
                continue
            if self._held.get(place, (-1, 0.0))[0] != stable:
                self._held[place] = stable, now
            waiting[place] = now - self._held[place][1]
        return waiting

    def _consumer_ends(self, place: TopicPartition) -> tuple[int, int]:
        """Last stable offset and high watermark, as Kafka's last answer had them; 0 before."""
        stable, high = self.consumer.last_stable_offset(place), self.consumer.highwater(place)
        return (0, 0) if stable is None or high is None else (stable, high)

    async def stop(self) -> None:
        """Let the batch in hand end, within a bound, and disconnect.

        aiokafka's consumer can swallow being asked to stop, and hangs: it is asked a second time,
        which is what the timeout does.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS + 2):
                await self.broker.stop()

    async def _next_batch(self, most: int, consumer: AIOKafkaConsumer) -> tuple[Record, ...]:
        """What has come, as soon as it has; nothing once a while, so that a stop is heard.

        aiokafka hands over all of one partition before any of the next. Who fills a batch waits
        until all others have had their turn: a flood in one outbox holds up no other.
        """
        found: dict[TopicPartition, list[Record]] = {}
        try:
            if others := self._served and consumer.assignment() - self._served:
                found = await consumer.getmany(*others, timeout_ms=0, max_records=most)
            if not found:
                self._served.clear()
                found = await consumer.getmany(timeout_ms=WAIT_MS, max_records=most)
        except Exception:  # at one partition, and what it took of others before is lost
            self.seek(self._next)
            raise
        self._next |= {place: records[-1].offset + 1 for place, records in found.items()}
        batch = tuple(chain(*found.values()))
        if self._served or len(batch) >= most:
            self._served |= found.keys()
        return batch

    @property
    def consumer(self) -> AIOKafkaConsumer:
        """The consumer below, while started."""
        consumer = self._subscriber.consumer
        if consumer is None:
            raise RuntimeError("the subscription is not started")
        return consumer


async def _parse(records: tuple[Record, ...]) -> KafkaMessage:
    """A batch as FastStream's message, nothing of it decoded, committed or sought.

    The default parser decodes every header and loses a batch with one that is not UTF-8.
    """
    return KafkaMessage(raw_message=records, body=b"", consumer=FAKE_CONSUMER)


async def _decode(message: KafkaMessage) -> Any:
    """The records; of a function that is not async FastStream makes a thread's work."""
    return message.raw_message
