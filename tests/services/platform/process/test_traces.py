"""Traces: an event's stages under its own id; off costs nothing, and a collector that fails costs spans alone."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler

import pytest
from prometheus_client import CollectorRegistry

from services.platform.process import otlp, traces
from services.platform.process.metrics import Metrics
from tests.collector import Collector

EVENT = "01998f2e-7c4b-7d21-8f60-3b5c5a1d9e77"


@pytest.fixture
def metrics() -> Metrics:
    """Of a service of its own."""
    return Metrics("police", CollectorRegistry())


@pytest.fixture
def collector() -> Iterator[Collector]:
    """A collector; afterwards nobody sends any more."""
    with Collector() as opened:
        yield opened
    traces.follow("", "", Metrics("nobody", CollectorRegistry()))


def dropped(metrics: Metrics) -> float:
    """Spans that were not sent."""
    lines = metrics.page().decode().splitlines()
    rows = [line for line in lines if line.startswith("relais_spans_dropped_total{")]
    return sum(float(line.split()[-1]) for line in rows)


def until(holds: Callable[[], bool]) -> None:
    """Wait until it holds."""
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_an_event_s_stages_are_one_trace_under_its_own_id(
    metrics: Metrics, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each after the one before, with id, service, stage, outcome and times, and nothing else."""
    monkeypatch.setattr(otlp, "EVERY_S", 0.05)
    traces.follow(collector.url, "police", metrics)
    now = time.time_ns()

    for stage in ("http", "outbox", "routing", "inbox"):
        traces.trace(EVENT, stage, "good", now - 1_000_000)
    traces.trace("no event's id", "http", "good", now)
    traces.trace(EVENT, "inbox", "good", now - 2 * traces.RECENT_NS)
    until(lambda: len(collector.spans) >= 4)

    services, spans = zip(*collector.spans, strict=True)
    assert [span["name"] for span in spans] == ["http", "outbox", "routing", "inbox"]
    assert {span["traceId"] for span in spans} == {EVENT.replace("-", "")}
    assert [span.get("parentSpanId") for span in spans] == [
        None, *(span["spanId"] for span in spans[:-1]),
    ]  # fmt: skip
    assert {key for span in spans for key in span["attributes"]} == {
        "relais.event", "relais.outcome",
    }  # fmt: skip
    assert set(services) == {"police"}
    assert dropped(metrics) == 0


@pytest.mark.parametrize("how", ["away", "hangs", "refuses"])
def test_a_collector_that_fails_is_not_waited_for(
    metrics: Metrics, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """10,000 spans are told at once: at most the queue is kept, the others are counted."""
    monkeypatch.setattr(otlp, "EVERY_S", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as listener, Collector(status=503) as refusing:
        port = listener.getsockname()[1]
        url = {
            "away": "http://127.0.0.1:1", "hangs": f"http://127.0.0.1:{port}", "refuses": refusing.url,
        }[how]  # fmt: skip
        traces.follow(url, "police", metrics)
        began = time.monotonic()
        for _ in range(10_000):
            traces.trace(EVENT, "http", "good", time.time_ns())
        took = time.monotonic() - began
        traces.follow("", "police", metrics)

        assert took < 5
        assert 10_000 - otlp.MOST - 2 * otlp.AT_ONCE <= dropped(metrics) <= 10_000


def test_a_collector_that_answers_in_no_http_is_sent_the_next_spans_too(
    metrics: Metrics, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it answered ends nothing: spans that it was sent are counted as not sent."""
    for pause in ("EVERY_S", "AGAIN_S"):
        monkeypatch.setattr(otlp, pause, 0.05)
    monkeypatch.setattr(BaseHTTPRequestHandler, "protocol_version", "SSH/2.0")
    traces.follow(collector.url, "police", metrics)

    traces.trace(EVENT, "http", "good", time.time_ns())
    until(lambda: dropped(metrics) == 1)
    traces.trace(EVENT, "outbox", "good", time.time_ns())
    until(lambda: dropped(metrics) == 2)

    assert [span["name"] for _, span in collector.spans] == ["http", "outbox"]


def test_where_no_collector_is_named_nothing_is_imported() -> None:
    """Not even what would send."""
    code = (
        "import sys, services.agency.app, services.routing.app\n"
        "from services.platform.process import traces\n"
        "traces.follow('', 'police', None)\n"
        "traces.trace('x', 'http', 'good', 0)\n"
        "sys.exit('services.platform.process.otlp' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
