"""The page of topics: what was not told is not shown as nought."""

from __future__ import annotations

from typing import Final

import pytest

from services.console.topics_page import topics
from services.operate.status.ask import Answer
from services.operate.status.state import KafkaState, TopicState
from tests.services.operate.status.pages import answer, calm

OUTBOX: Final = "relais.civil.outbox.police"
READER: Final = answer("routing-civil-0", lambda metrics: metrics.lag.labels(OUTBOX, "0").set(2))


@pytest.mark.parametrize(
    ("told", "readers", "end", "left"),
    [
        ({"end": 1060, "left": 7}, [], "1,060", "7"),
        ({}, [], "–", "0"),  # to a certificate without the right
        ({"left": 7}, [READER], "–", "2"),  # readers count what is theirs, Kafka markers too
    ],
)
def test_a_topic_has_its_end_and_what_is_left_of_it(
    told: dict[str, int], readers: list[Answer], end: str, left: str
) -> None:
    """A dash for what nobody has said; readers go before Kafka's own figure of the group."""
    kafka = KafkaState(brokers=("a:1",), topics=(TopicState(OUTBOX, 6, 3, 0, 0, **told),))

    (table,) = topics(calm(*readers, kafka=kafka), "en")

    assert [*table["rows"][0]][:7] == [OUTBOX, "6", "3", "0", "0", end, left]
