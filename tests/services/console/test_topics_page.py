"""The page of topics: what was not told is not shown as nought, and a log that was not seen did not grow."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from services.console.topics_page import topics
from services.console.watch import ConsoleWatch
from services.operate.status.state import FederationState, KafkaState, TopicState
from services.operate.status.topic_logs import TopicLog, logs_of
from tests.services.console.kit import OpenConsole
from tests.services.operate.status.pages import answer, calm

OUTBOX = "relais.civil.outbox.police"


def _seen(at: int, **told: int) -> FederationState:
    topic = TopicState(OUTBOX, 6, 3, 0, 0, **told)
    return replace(calm(kafka=KafkaState(brokers=("a:1",), topics=(topic,))), at=at)


def _row(watch: ConsoleWatch) -> list[str]:
    (table,) = topics(watch, "en")
    (row,) = table["rows"]
    return list(row)


def _console(folder: Path, *looks: FederationState) -> ConsoleWatch:
    console = OpenConsole(folder, None)
    for look in looks:
        console.watch.take(look)
    console.close()
    return console.watch


def test_a_topic_has_its_size_and_what_it_grows_a_minute(tmp_path: Path) -> None:
    """Three mebibytes a copy; sixty offsets in twelve seconds; what routing has left, no reader speaking."""
    looks = _seen(100, size=1, end=1000, left=9), _seen(112, size=3 << 20, end=1060, left=7)

    row = _row(_console(tmp_path, *looks))

    assert row == [OUTBOX, "6", "3", "0", "0", "3", "300", "7", "–"]


def test_what_was_not_told_is_a_dash_and_a_log_seen_late_did_not_grow(tmp_path: Path) -> None:
    """A certificate without the right sees a dash; a broker that was away makes no burst of its return."""
    blind = _row(_console(tmp_path, _seen(100)))
    late = _row(_console(tmp_path, _seen(100), _seen(104, end=5000)))

    assert blind[5:7] == ["–", "–"]
    assert late[5:7] == ["–", "0"]


def test_what_readers_say_goes_before_what_kafka_knows_of_the_group(tmp_path: Path) -> None:
    """Marks of transactions count in Kafka's own figure; readers count what is theirs to read."""
    reader = answer("routing-civil-0", lambda metrics: metrics.lag.labels(OUTBOX, "0").set(2))
    state = calm(reader, kafka=_seen(100, left=7).kafka)

    assert _row(_console(tmp_path, state))[7] == "2"


def test_a_sum_with_a_hole_is_not_told() -> None:
    """One broker that keeps silent must not make a topic look small."""
    parts = [("a", 0), ("a", 1), ("b", 0)]

    logs = logs_of(parts, {("a", 0): 5, ("b", 0): 6}, {("a", 0): 9, ("a", 1): 1}, {("a", 0): 4})

    assert logs == {"a": TopicLog(None, 10, 5), "b": TopicLog(6, None, None)}
