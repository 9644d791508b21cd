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


def figures(*rows: tuple[Any, ...]) -> Callable[[Metrics], None]:
    """What gives metrics these figures: of each the metric, its labels and its value."""

    def fill(metrics: Metrics) -> None:
        for name, *labels, value in rows:
            metric = getattr(metrics, name)
            (metric.labels(*labels) if labels else metric).inc(value)

    return fill


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
    cases = (("cases", realm, str(number), 1) for number in range(6))
    own = figures(("partitions", realm, 6), ("layout_shards", realm, 1), *cases)
    return answer(f"routing-{realm}-0", own)


def calm(*more: Answer, kafka: KafkaState = CALM, ahead: int = 0, **drift: Any) -> FederationState:
    """A federation in which nothing needs anybody, but for what is given."""
    answers = [router("civil"), router("criminal"), *more]
    return federation(AT, answers, kafka, drift, {"education": 2}, ahead)


_AUDIT: Final = figures(
    ("audited", "civil", AT - 5), ("checkpoint", "civil", "0", AT - 1),
    ("quorum", "civil", 4), ("cosignatures", "civil", "0", 5),
)  # fmt: skip
_BUSY: Final = figures(
    ("quarantined", "civil", "signature_wrong", "police", 3), ("backlog", "civil", "2", 3),
    ("duties", "civil", "CRIP", 7), ("overdue", "civil", "CRIP", 2),
    ("certificate", "own", AT + 3 * 86_400), ("last_progress", "inbox", AT - 7),
)  # fmt: skip
BUSY = calm(
    answer("education", _BUSY, ready=False, loops={"inbox": {"stalled": True, "lag": 4}}),
    answer("audit", _AUDIT),
    Answer("police", "http://127.0.0.1:2", None, why="silent"),
    kafka=KafkaState(
        brokers=("a:1", "b:2"), silent=("c:3",), behind=2,
        topics=(TopicState("relais.civil.decisions", 6, 3, 2, 0),),
    ),
    right_extra=(1, AT - 3600),
)  # fmt: skip
