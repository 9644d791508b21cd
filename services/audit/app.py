"""The audit service: follows the log of each realm and says what it found, in metrics alone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Final

import structlog

from contracts.log.orders import Owners
from services.audit.replay import RealmAudit
from services.shell.health import Health
from services.shell.metrics import Metrics
from services.shell.probes import serving
from services.shell.settings import AuditSettings
from services.shell.startup import GOOD, wait_for_kafka

LOOK_S: Final = 1.0  # between two readings

log = structlog.get_logger("relais.audit")


async def serve(settings: AuditSettings, owners: Owners, stop: asyncio.Event) -> int:
    """Follow until `stop` is set; its exit code.

    Raises:
        UnreachableError: Kafka did not answer in time.
    """
    health, metrics = Health(), Metrics("audit")
    health.expect("replay", settings.stalled_s)
    async with AsyncExitStack() as stack:
        port = await stack.enter_async_context(
            serving(settings.http_host, settings.http_port, health, metrics)
        )
        log.info("listening", port=port, realms=list(settings.realms))
        await wait_for_kafka(settings.kafka, settings.kafka_wait_s)
        audits = [RealmAudit(settings.kafka, realm, owners) for realm in settings.realms]
        for audit in audits:
            stack.push_async_callback(audit.stop)
            await audit.start()
        while not stop.is_set():
            await _look(audits, health, metrics)
            try:
                await asyncio.wait_for(stop.wait(), LOOK_S)
            except TimeoutError:
                continue
    return GOOD


async def _look(audits: Sequence[RealmAudit], health: Health, metrics: Metrics) -> None:
    """One reading of every realm; each new alarm is logged and counted once."""
    for audit in audits:
        known, before = len(audit.findings), audit.tally()["kinds"]
        await audit.read_on()
        for finding in audit.findings[known:]:
            if finding.alarm:
                metrics.alarms.labels(finding.code).inc()
                log.error(
                    "divergence",
                    realm=audit.realm,
                    partition=finding.partition,
                    index=finding.index,
                    code=finding.code,
                )
        for kind, number in audit.tally()["kinds"].items():
            metrics.records.labels(audit.realm, kind).inc(number - before.get(kind, 0))
    progress = health.loops["replay"]
    progress.report(sum(audit.records for audit in audits), -1)
    metrics.last_progress.labels("replay").set(time.time() - progress.idle_s)
