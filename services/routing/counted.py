"""What a shard counts of what it committed: by realm, agency, kind, code; no case."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
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
    counted = Counter[tuple[Any, ...]]()  # a label looked up once a transaction costs little
    for batch in batches:
        for settled in batch.settled:
            counted.update(_counted(metrics, realm, settled))
        for code in batch.alarms:
            log.error("alarm", code=code)
            metrics.alarms.labels(code).inc()
    for (counter, *labels), number in counted.items():
        counter.labels(*labels).inc(number)


def count_delays(
    metrics: Metrics, realm: str, fresh: Sequence[ConsumerRecord[Any, Any]], now_ms: int
) -> None:
    """Seconds from the broker's stamp to deliverable, by whose event it is."""
    if fresh:
        metrics.batch.labels(realm).observe(len(fresh))
    for record in fresh:
        delay = metrics.delay.labels(realm, record.topic.rpartition(".")[2])
        delay.observe(max(0, now_ms - record.timestamp) / 1000)


def _counted(metrics: Metrics, realm: str, settled: Settled) -> Iterator[tuple[Any, ...]]:
    """Each counter that goes up by one, with its labels."""
    yield metrics.records, realm, settled.entry.kind
    for message in settled.entry.messages:
        if message.typ == RECEIPT:
            yield metrics.delivered, realm, message.agency
        elif message.payload.get("kind") == "decided":
            outcome = "refused" if message.payload.get("refused") else "decided"
            yield metrics.routed, realm, message.agency, outcome
    for code in settled.entry.refusals:
        yield metrics.refused, realm, code
    if settled.entry.kind == "quarantined" and settled.seen and settled.seen.raw:
        agency = settled.seen.raw.topic.rpartition(".")[2]  # in whose outbox it lay
        yield metrics.quarantined, realm, settled.code, agency
