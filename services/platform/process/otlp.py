"""Spans to a collector: OTLP 1 over HTTP, in its JSON encoding; a bounded queue, a thread of its own.

A collector that is away, slow or wrong costs spans, which are counted (`relais_spans_dropped_total`),
and nothing else: what a service does never waits for it.
"""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Mapping, Sequence
from hashlib import sha256
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, Final
from urllib.request import ProxyHandler, Request, build_opener
from uuid import UUID

from prometheus_client import Counter

if TYPE_CHECKING:
    from services.platform.process.metrics import Metrics

MOST: Final = 2048  # spans that wait, some 300 bytes each
AT_ONCE: Final = 256
EVERY_S: Final = 1.0
ANSWER_S: Final = 2.0
AGAIN_S: Final = 5.0  # after a collector that did not take a batch
BEFORE: Final = {"outbox": "http", "routing": "outbox", "inbox": "routing"}
INTERNAL: Final = 1  # kind of a span

Span = Mapping[str, Any]


class Exporter:
    """Takes spans and sends them."""

    def __init__(self, url: str, service: str, metrics: Metrics) -> None:
        self._url, self._service = f"{url.rstrip('/')}/v1/traces", service
        self._dropped = Counter(
            "relais_spans_dropped", "Spans not sent, by cause", ["code"], registry=metrics.registry
        )
        self._waiting: queue.Queue[Span] = queue.Queue(MOST)
        self._opener = build_opener(ProxyHandler({}))
        threading.Thread(target=self._forever, name="otlp", daemon=True).start()

    def take(self, event: str, stage: str, outcome: str, began_ns: int, ended_ns: int) -> None:
        """A span, to be sent some time."""
        try:
            trace = UUID(event).hex
        except ValueError:
            return  # an id that no event of ours has
        span = {
            "traceId": trace, "spanId": self._id(trace, stage), "name": stage, "kind": INTERNAL,
            "startTimeUnixNano": str(began_ns), "endTimeUnixNano": str(ended_ns),
            "attributes": _attributes({"relais.event": event, "relais.outcome": outcome}),
        }  # fmt: skip
        if before := BEFORE.get(stage):
            span["parentSpanId"] = self._id(trace, before)
        try:
            self._waiting.put_nowait(span)
        except queue.Full:
            self._dropped.labels("queue_full").inc()

    def _id(self, trace: str, stage: str) -> str:
        """Of a stage that an event passes once; of its arrivals each has its own."""
        of = self._service if stage == "inbox" else ""
        return sha256(f"{trace} {stage} {of}".encode()).hexdigest()[:16]

    def _forever(self) -> None:
        while True:
            spans = [self._waiting.get()]
            time.sleep(EVERY_S)  # for those that come with it
            while len(spans) < AT_ONCE and not self._waiting.empty():
                spans.append(self._waiting.get())
            if not self._sent(spans):
                self._dropped.labels("not_sent").inc(len(spans))
                time.sleep(AGAIN_S)

    def _sent(self, spans: Sequence[Span]) -> bool:
        scope = {"scope": {"name": "relais"}, "spans": list(spans)}
        resource = {"attributes": _attributes({"service.name": self._service})}
        body = json.dumps({"resourceSpans": [{"resource": resource, "scopeSpans": [scope]}]})
        headers = {"Content-Type": "application/json"}
        try:
            asked = Request(self._url, body.encode(), headers)  # noqa: S310 (the setting is http or https)
            with self._opener.open(asked, timeout=ANSWER_S) as answer:
                return bool(200 <= answer.status < 300)
        except (OSError, ValueError, HTTPException):
            return False


def _attributes(values: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"key": key, "value": {"stringValue": value}} for key, value in values.items()]
