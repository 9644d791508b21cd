"""What a shard counts of what it committed: by realm, agency, kind, code; no case."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import structlog
from aiokafka import ConsumerRecord

from contracts.log.entry import RECEIPT
from contracts.log.routing.batch import Batch
from contracts.log.routing.step import Settled
from services.platform.process.metrics import Metrics

log = structlog.get_logger("relais.routing")


def count(metrics: Metrics, realm: str, batches: Iterable[Batch], seconds: float) -> None:
    """One transaction: its entries, by what became of each.

    Args:
        seconds: from begin to committed.
    """
    metrics.transaction.labels(realm).observe(seconds)
    for batch in batches:
        for settled in batch.settled:
            _count(metrics, realm, settled)
        for code in batch.alarms:
            log.error("alarm", code=code)
            metrics.alarms.labels(code).inc()


def count_delays(
    metrics: Metrics, realm: str, fresh: Sequence[ConsumerRecord[Any, Any]], now_ms: int
) -> None:
    """Seconds from the broker's stamp to deliverable, by whose event it is."""
    if fresh:
        metrics.batch.labels(realm).observe(len(fresh))
    for record in fresh:
        delay = metrics.delay.labels(realm, record.topic.rpartition(".")[2])
        delay.observe(max(0, now_ms - record.timestamp) / 1000)


def _count(metrics: Metrics, realm: str, settled: Settled) -> None:
    metrics.records.labels(realm, settled.entry.kind).inc()
    for message in settled.entry.messages:
        if message.typ == RECEIPT:
            metrics.delivered.labels(realm, message.agency).inc()
        elif message.payload.get("kind") == "decided":
            outcome = "refused" if message.payload.get("refused") else "decided"
            metrics.routed.labels(realm, message.agency, outcome).inc()
    for code in settled.entry.refusals:
        metrics.refused.labels(realm, code).inc()
    if settled.entry.kind == "quarantined" and settled.seen and settled.seen.raw:
        agency = settled.seen.raw.topic.rpartition(".")[2]  # in whose outbox it lay
        metrics.quarantined.labels(realm, settled.code, agency).inc()
