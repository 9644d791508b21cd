"""The audit service: follows the log of each realm, and says of what it found code and place.

What was read once may be altered later: the whole log is read again from time to time. Alarms are in
metrics, in the service's log lines and, as warnings, in `/ready`; nothing of a case is.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack, suppress
from functools import partial
from typing import Any, Final

import structlog
from aiokafka import TopicPartition

from contracts.log.finding import AuditFinding
from contracts.log.orders import Owners
from contracts.vocabulary import topics
from services.audit.replay import IDLE_S, RealmAudit
from services.platform.http.health_endpoints import serving
from services.platform.http.late_document import LateDocument
from services.platform.kafka import asyncapi
from services.platform.kafka.certificate_watch import certificate_watched
from services.platform.kafka.log_reader import LogReader
from services.platform.kafka.missing_rights import wait_for_topics
from services.platform.kafka.wait import wait_for_kafka
from services.platform.keys.owners import read_owners
from services.platform.process.exit_codes import GOOD, UnreachableError
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth
from services.platform.settings import AuditSettings

LOOK_S: Final = 1.0  # between two readings

log = structlog.get_logger("relais.audit")


def interface(settings: AuditSettings, partitions: Mapping[str, int]) -> dict[str, Any]:
    """`/asyncapi.json`: what an auditor reads by offset; it writes nothing.

    Args:
        partitions: realm -> how many its topics have.
    """
    kinds = (topics.control, topics.decisions, topics.evidence)
    base = asyncapi.by_offset(settings.kafka, secure="ssl_context" in settings.client())
    reads = [name(realm) for realm in settings.realms for name in kinds]
    return asyncapi.document(base, "audit", partitions, reads=reads)


async def serve(settings: AuditSettings, owners: Owners, stop: asyncio.Event) -> int:
    """Follow until `stop` is set; its exit code.

    Raises:
        UnreachableError: Kafka did not answer in time.
    """
    health, metrics = ServiceHealth(), Metrics("audit")
    health.expect("replay", settings.stalled_s)
    health.expect_kafka()
    shown = LateDocument("/asyncapi.json")
    async with AsyncExitStack() as stack:
        port = await stack.enter_async_context(
            serving(settings.http_host, settings.http_port, health, metrics, [shown.route])
        )
        log.info("listening", port=port, realms=list(settings.realms))
        client = settings.client()
        await stack.enter_async_context(certificate_watched(client, metrics, health))
        await wait_for_kafka(settings.kafka, settings.kafka_wait_s, **client)
        names = [topics.control(realm) for realm in settings.realms]
        await wait_for_topics(settings.kafka, names, settings.kafka_wait_s, client)
        pinned = partial(read_owners, settings.home)
        audits = [
            RealmAudit(settings.kafka, realm, owners, pinned=pinned, **client)
            for realm in settings.realms
        ]
        for audit in audits:
            stack.push_async_callback(audit.stop)
            await audit.start()
        following = [Following(audit, metrics, health) for audit in audits]
        again = asyncio.create_task(_looking_again(settings, owners, following))
        asking = asyncio.create_task(_asking(settings, health))
        for task in (again, asking):
            stack.callback(task.cancel)
        clock, told = settings.clock(), dict[str, int]()
        while not stop.is_set():
            for followed in following:
                await followed.look(clock.now())
            partitions = {audit.realm: audit.control.registry.partitions for audit in audits}
            if partitions != told:
                told, shown.value = partitions, interface(settings, partitions)
            progress = health.loops["replay"]
            progress.report(sum(audit.records for audit in audits), 0)
            metrics.last_progress.labels("replay").set(time.time() - progress.idle_s)
            try:
                await asyncio.wait_for(stop.wait(), LOOK_S)
            except TimeoutError:
                continue
    return GOOD


async def _asking(settings: AuditSettings, health: ServiceHealth) -> None:
    """Ask Kafka something every second, on a connection of its own: a replay may take minutes."""
    places = [TopicPartition(topics.control(realm), 0) for realm in settings.realms]
    async with LogReader(settings.kafka, **settings.client()) as reader:
        while True:
            with suppress(UnreachableError):
                await reader.ends(places)
                health.kafka_answered()
            await asyncio.sleep(LOOK_S)


async def _looking_again(
    settings: AuditSettings, owners: Owners, following: Iterable[Following]
) -> None:
    """Replay each realm from its beginning, again and again, for ever."""
    while True:
        await asyncio.sleep(settings.look_again_s)
        for followed in following:
            whole = RealmAudit(settings.kafka, followed.realm, owners, **settings.client())
            try:
                await whole.start()
                await whole.read_whole()
            except UnreachableError as error:
                log.warning("not looked again", realm=followed.realm, code=error.code)
                continue
            finally:
                await whole.stop()
            followed.tell(whole.findings)
            log.info("looked again", realm=followed.realm, records=whole.records)


class Following:
    """One realm's audit as it is told: each alarm is logged, counted and warned of once."""

    def __init__(self, audit: RealmAudit, metrics: Metrics, health: ServiceHealth) -> None:
        self.realm = audit.realm
        self._audit = audit
        self._metrics = metrics
        self._health = health
        self._told: set[AuditFinding] = set()
        self._since: dict[AuditFinding, float] = {}  # of what may yet be written, by real time
        self._kinds: dict[str, int] = {}

    async def look(self, now: int) -> None:
        """Replay what is new; what only an end shows is an alarm once it has stood for a while.

        Args:
            now: instant of the routers' clock, seconds. It may have been moved a moment ago.

        Raises:
            UnreachableError: Kafka did not answer in time.
        """
        audit = self._audit
        await audit.read_whole()
        ends = audit.close(now)[len(audit.findings) :]
        self._since = {finding: self._since.get(finding, time.monotonic()) for finding in ends}
        stood = [finding for finding, at in self._since.items() if time.monotonic() - at > IDLE_S]
        self.tell((*audit.findings, *stood))
        for kind, number in audit.tally()["kinds"].items():
            self._metrics.records.labels(audit.realm, kind).inc(number - self._kinds.get(kind, 0))
            self._kinds[kind] = number

    def tell(self, findings: Iterable[AuditFinding]) -> None:
        """Tell of alarms that were not told of before."""
        for finding in findings:
            if finding.alarm and finding not in self._told:
                self._told.add(finding)
                self._tell(finding)

    def _tell(self, finding: AuditFinding) -> None:
        self._metrics.alarms.labels(finding.code).inc()
        self._health.warnings.add(finding.code)
        log.error(
            "divergence",
            realm=self.realm,
            partition=finding.partition,
            index=finding.index,
            code=finding.code,
            topic=finding.topic,
            offset=finding.offset,
            at=finding.at,
        )
