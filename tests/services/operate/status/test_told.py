"""What an operator reads: what needs somebody on top, each part below, in French and in English."""

from __future__ import annotations

import pytest

from services.operate.status.alerts import alerts
from services.operate.status.ask import Answer, Samples
from services.operate.status.state import KafkaState, TopicState
from services.operate.status.told import as_json, lines
from services.platform.process.metrics import Metrics
from tests.services.operate.status.pages import AT, CALM, READY, answer, calm


def _audit(metrics: Metrics) -> None:
    metrics.audited.labels("civil").set(AT - 5)
    metrics.checkpoint.labels("civil", "0").set(AT - 1)
    metrics.quorum.labels("civil").set(4)
    metrics.cosignatures.labels("civil", "0").set(5)


def _busy(metrics: Metrics) -> None:
    metrics.quarantined.labels("civil", "signature_wrong", "police").inc(3)
    metrics.backlog.labels("civil", "2").set(3)
    metrics.duties.labels("civil", "CRIP").set(7)
    metrics.overdue.labels("civil", "CRIP").set(2)
    metrics.certificate.labels("own").set(AT + 3 * 86_400)
    metrics.last_progress.labels("inbox").set(AT - 7)


BUSY = calm(
    answer("education", _busy, ready=False, loops={"inbox": {"stalled": True, "lag": 4}}),
    answer("audit", _audit),
    Answer("police", "http://127.0.0.1:2", None, why="silent"),
    kafka=KafkaState(
        brokers=("a:1", "b:2"), silent=("c:3",), behind=2,
        topics=(TopicState("relais.civil.decisions", 6, 3, 2, 0),),
    ),
    right_extra=(1, AT - 3600),
)  # fmt: skip


BARE = (  # series without the labels that tell of what they are
    "lag", 'open_transaction_seconds{realm="civil"}', "last_progress_timestamp_seconds",
    "tls_expires_timestamp_seconds",
)  # fmt: skip


@pytest.mark.parametrize(
    ("page", "ready"),
    [
        *((f"relais_{series} 5\n", {}) for series in BARE),
        ("", {"loops": [1]}),
        ("", {"loops": {"inbox": 1}}),
        ("", {"warnings": 3}),
        ("", {"warnings": [{"a": 1}]}),
    ],
)
def test_a_service_that_answers_in_another_form_is_told_and_hides_nobody(
    page: str, ready: dict[str, object]
) -> None:
    """One that was taken over would else end the console and `relais status` for all."""
    liar = Answer("police", "http://127.0.0.1:1", {**READY, **ready}, Samples.read(page))
    now = calm(liar)

    assert [alert.name for alert in alerts(now)] == ["RelaisDown"]
    assert any("(RelaisDown)" in line for line in lines(now, alerts(now)))
    assert as_json(now, alerts(now))["good"] is False


@pytest.mark.parametrize("at", [-1, 2**53 - 1])
def test_an_instant_beyond_the_calendar_is_told(at: int) -> None:
    """A service may say any figure."""
    now = calm(answer("audit", lambda metrics: metrics.audited.labels("civil").set(at)))

    assert any("audited until" in line for line in lines(now, []))


def test_a_service_writes_nothing_on_a_terminal_but_its_words() -> None:
    """No control, no line of its own, no turned writing."""
    words = "\x1b[2J\nNothing needs anybody.\x9b\u202e"
    text = list(lines(calm(answer("police", warnings=[words])), []))

    spaces = str.maketrans("\xa0\u202f", "  ")  # of French and of times
    assert all(line.translate(spaces).isprintable() for line in text)
    assert sum(line.startswith("Nothing needs") for line in text) == 1


@pytest.mark.parametrize(
    ("kafka", "said"),
    [(CALM, ["Drift of topics: 0 differences, looked for 5 s ago"]), (KafkaState("refused"), [])],
)
def test_drift_is_told_of_what_brokers_were_asked_for(kafka: KafkaState, said: list[str]) -> None:
    """Without TLS they know no rights; brokers that are away are not said to agree."""
    now = calm(kafka=kafka, topic_missing=(0, AT - 5))

    assert [line.replace("\xa0", " ") for line in lines(now, []) if "Drift" in line] == said
