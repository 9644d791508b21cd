"""FastStream's lines are lines of the service, its parser would lose a batch, ours takes any."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator, Sequence

import pytest
import structlog
from aiokafka import ConsumerRecord, TopicPartition

from services.platform.kafka.reading.subscription import Record, Subscription, parse, raw
from services.platform.process import logs

pytestmark = pytest.mark.anyio

PLACE = TopicPartition("relais.notice.civil.education", 0)
SECRET = "Léa Marqueur-7731"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """What the service would write at level DEBUG; logging is put back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    text = io.StringIO()
    logs.configure("education", "DEBUG", text)
    yield text
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


async def test_a_header_that_is_not_utf8_is_handed_over() -> None:
    """Anyone who writes to a topic may write one; it must not cost its neighbours in the batch."""
    records = (_record(7, b"plain"), _record(8, b"\xff\xfe"))

    message = await parse(records)

    assert await raw(message) is records
    assert message.message_id == "7-8"


async def test_a_handler_that_fails_is_told_without_its_words(stream: io.StringIO) -> None:
    """FastStream puts the text of an exception into its line; ours hold class and place only."""
    subscription = _subscription(ValueError(f"cannot read {SECRET}"))

    with pytest.raises(ValueError, match="cannot read"):
        await _hand_over(subscription)

    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    (failed,) = [line for line in lines if line["level"] == "error"]
    assert (failed["event"], failed["error"]) == ("ValueError: …", "ValueError")
    assert "Marqueur" not in stream.getvalue()


def _record(offset: int, header: bytes) -> Record:
    return ConsumerRecord(
        topic=PLACE.topic,
        partition=PLACE.partition,
        offset=offset,
        timestamp=0,
        timestamp_type=0,
        key=None,
        value=b"{}",
        checksum=None,
        serialized_key_size=-1,
        serialized_value_size=2,
        headers=(("relais", header),),
    )


def _subscription(failure: Exception | None = None) -> Subscription:
    async def handler(_records: Sequence[Record]) -> None:
        if failure is not None:
            raise failure

    return Subscription(
        "localhost:1", [PLACE], handler, most=10, title="inbox", description="what came"
    )


async def _hand_over(subscription: Subscription) -> None:
    """A batch through FastStream's own stages, without Kafka."""
    await subscription.broker.connect()
    (subscriber,) = subscription.broker.subscribers
    subscriber._build_fastdepends_model()
    await subscriber.process_message((_record(7, SECRET.encode()), _record(8, b"\xff\xfe")))
