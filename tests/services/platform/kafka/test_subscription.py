"""FastStream's lines are lines of the service, its parser would lose a batch, ours takes any."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Iterator, Sequence
from typing import Any, cast

import pytest
import structlog
from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaConnectionError
from faststream.kafka import KafkaMessage
from faststream.kafka.parser import AioKafkaBatchParser

from services.platform.kafka import subscription as reading
from services.platform.kafka.subscription import Record, Subscription, parse, raw
from services.platform.process import logs

pytestmark = pytest.mark.anyio

PLACE = TopicPartition("relais.notice.civil.education", 0)
SPEAKER = "services.platform.kafka.subscription"
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


async def test_faststream_s_own_parser_would_lose_the_batch() -> None:
    """Why there is one of ours; when this fails, ours may go (DECISIONS 102)."""
    parser = AioKafkaBatchParser(msg_class=KafkaMessage, regex=None)

    with pytest.raises(UnicodeDecodeError):
        await parser.parse_batch((_record(7, b"plain"), _record(8, b"\xff\xfe")))


async def test_faststream_speaks_through_the_lines_of_the_service(stream: io.StringIO) -> None:
    """At DEBUG its two lines a batch: JSON, with topic and offsets as fields, nothing of a record."""
    subscription = _subscription()

    await _hand_over(subscription)

    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    told = {line["event"]: line for line in lines if line["logger"] == SPEAKER}
    assert told["Received"]["level"] == told["Processed"]["level"] == "debug"
    assert (told["Processed"]["topic"], told["Processed"]["message_id"]) == (PLACE.topic, "7-8")
    assert all(line["service"] == "education" for line in lines)
    assert "Marqueur" not in stream.getvalue()


async def test_a_handler_that_fails_is_told_without_its_words(stream: io.StringIO) -> None:
    """FastStream puts the text of an exception into its line; ours hold class and place only."""
    subscription = _subscription(ValueError(f"cannot read {SECRET}"))

    with pytest.raises(ValueError, match="cannot read"):
        await _hand_over(subscription)

    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    (failed,) = [line for line in lines if line["level"] == "error"]
    assert (failed["event"], failed["error"]) == ("ValueError: …", "ValueError")
    assert "Marqueur" not in stream.getvalue()


class Answers:
    """A consumer whose answers are said beforehand; then it waits for ever."""

    def __init__(self, *answers: Sequence[int] | Exception) -> None:
        self.most: list[int] = []
        self._answers: asyncio.Queue[Sequence[int] | Exception] = asyncio.Queue()
        self.say(*answers)

    def say(self, *answers: Sequence[int] | Exception) -> None:
        """Offsets that the next questions are answered with, or how they fail."""
        for answer in answers:
            self._answers.put_nowait(answer)

    async def getmany(self, *, timeout_ms: int, max_records: int) -> dict[TopicPartition, Any]:
        """The next answer."""
        assert timeout_ms > 0
        self.most.append(max_records)
        await asyncio.sleep(0)
        answer = await self._answers.get()
        if isinstance(answer, Exception):
            raise answer
        return {PLACE: [_record(offset, b"") for offset in answer]}

    def seek(self, _place: TopicPartition, _offset: int) -> None:
        """From there."""

    async def position(self, _place: TopicPartition) -> int:
        """Behind all that it has answered."""
        return 20


async def test_what_comes_while_the_handler_is_at_work_is_one_batch() -> None:
    """aiokafka alone would hand over its first answer, and keep the rest for the batch after it."""
    subscription, answers = _answered([1], [2], [3, 4])

    first = await _batch(subscription, answers)
    await _at_work()
    waiting = await subscription.position(PLACE)

    assert (first, waiting, await _batch(subscription, answers)) == ([1], 2, [2, 3, 4])


async def test_no_more_is_read_ahead_than_a_batch() -> None:
    """Who is behind holds one batch in memory besides the one at work."""
    subscription, answers = _answered([1], range(2, 9), [9, 10, 11], [12])

    await _batch(subscription, answers)
    await _at_work()

    assert answers.most == [10, 9, 3]
    assert await _batch(subscription, answers) == list(range(2, 12))
    assert await _batch(subscription, answers) == [12]


async def test_large_records_are_not_read_ahead_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """A flood of the largest events would else fill a service's memory."""
    monkeypatch.setattr(reading, "FETCH_BYTES", 3)
    subscription, answers = _answered([1], [2], [3], [4])  # two bytes each

    await _batch(subscription, answers)
    await _at_work()

    assert await _batch(subscription, answers) == [2, 3]


async def test_a_seek_forgets_what_was_read_ahead() -> None:
    """After an aborted batch nothing may be routed that lies behind it."""
    subscription, answers = _answered([1], [2, 3])

    await _batch(subscription, answers)
    await _at_work()
    subscription.seek({PLACE: 1})
    answers.say([1, 2, 3])

    assert await _batch(subscription, answers) == [1, 2, 3]


async def test_a_seek_elsewhere_loses_nothing() -> None:
    """A place that nobody sought in is read on where it was: what was read of it is still due."""
    subscription, answers = _answered([1], [2, 3])

    await _batch(subscription, answers)
    await _at_work()
    subscription.seek({TopicPartition(PLACE.topic, 1): 7})

    assert await _batch(subscription, answers) == [2, 3]


async def test_why_reading_ended_is_told_after_what_came_before_it() -> None:
    """FastStream says it in a line and asks again."""
    subscription, answers = _answered([1], [2], KafkaConnectionError(), [3])

    assert await _batch(subscription, answers) == [1]
    await _at_work()
    assert await _batch(subscription, answers) == [2]
    with pytest.raises(KafkaConnectionError):
        await _batch(subscription, answers)
    assert await _batch(subscription, answers) == [3]


async def _at_work() -> None:
    """A handler's time: others get on."""
    for _ in range(20):
        await asyncio.sleep(0)


def _answered(*answers: Sequence[int] | Exception) -> tuple[Subscription, Answers]:
    subscription, consumer = _subscription(), Answers(*answers)
    cast("Any", subscription)._subscriber.consumer = consumer
    return subscription, consumer


async def _batch(subscription: Subscription, answers: Answers) -> list[int]:
    return [one.offset for one in await subscription._next_batch(cast("Any", answers))]


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
