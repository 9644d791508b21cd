"""What services would answer, made by the metrics that they have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from prometheus_client import CollectorRegistry

from services.operate.status.ask import Answer, Samples
from services.operate.status.state import FederationState, KafkaState, TopicState, federation
from services.platform.process.metrics import Metrics

AT: Final = 1_800_000_000
READY: Final[Mapping[str, Any]] = {"ready": True, "failure": "", "warnings": [], "loops": {}}
CALM: Final = KafkaState(brokers=("127.0.0.1:9092",))


def answer(
    name: str, fill: Callable[[Metrics], object] = lambda _: None, **ready: object
) -> Answer:
    """A service that answers, with these metrics; what `/ready` says differently is named."""
    metrics = Metrics(name, CollectorRegistry())
    fill(metrics)
    samples = Samples.read(metrics.page().decode())
    return Answer(name, "http://127.0.0.1:1", {**READY, **ready}, samples)


def router(realm: str) -> Answer:
    """A shard that owns all six partitions of a realm."""

    def fill(metrics: Metrics) -> None:
        metrics.partitions.labels(realm).set(6)
        metrics.layout_shards.labels(realm).set(1)
        for number in range(6):
            metrics.cases.labels(realm, str(number)).set(1)

    return answer(f"routing-{realm}-0", fill)


def calm(*more: Answer, kafka: KafkaState = CALM, ahead: int = 0, **drift: Any) -> FederationState:
    """A federation in which nothing needs anybody, but for what is given."""
    answers = [router("civil"), router("criminal"), *more]
    return federation(AT, answers, kafka, drift, {"education": 2}, ahead)


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
