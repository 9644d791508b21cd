"""The page of topics: what was not told is not shown as nought."""

from __future__ import annotations

from services.console.topics_page import topics
from services.operate.status.state import FederationState, KafkaState, TopicState
from tests.services.operate.status.pages import answer, calm

OUTBOX = "relais.civil.outbox.police"


def _kafka(**told: int) -> KafkaState:
    return KafkaState(brokers=("a:1",), topics=(TopicState(OUTBOX, 6, 3, 0, 0, **told),))


def _row(state: FederationState) -> list[str]:
    (table,) = topics(state, "en")
    (row,) = table["rows"]
    return list(row)


def test_a_topic_has_its_end() -> None:
    """And what routing has left, no reader speaking."""
    row = _row(calm(kafka=_kafka(end=1060, left=7)))

    assert row == [OUTBOX, "6", "3", "0", "0", "1,060", "7", "–"]


def test_what_was_not_told_is_a_dash() -> None:
    """To a certificate without the right."""
    assert _row(calm(kafka=_kafka()))[5] == "–"


def test_what_readers_say_goes_before_what_kafka_knows_of_the_group() -> None:
    """Marks of transactions count in Kafka's own figure; readers count what is theirs to read."""
    reader = answer("routing-civil-0", lambda metrics: metrics.lag.labels(OUTBOX, "0").set(2))

    assert _row(calm(reader, kafka=_kafka(left=7)))[6] == "2"
