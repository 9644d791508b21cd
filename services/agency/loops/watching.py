"""Loops that watch: what control says, and how far the service is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Mapping
from typing import Final

import structlog

from services.agency.loops.incoming import Incoming
from services.agency.loops.publisher import Publisher
from services.agency.office.office import Office
from services.agency.office.passing_over import Count
from services.agency.office.sending.identity import Inboxes
from services.platform.kafka.orders.control import Control
from services.platform.kafka.reading.log_reader import LogReader
from services.platform.kafka.reading.subscription import Subscription
from services.platform.process.clock import Clock
from services.platform.process.exit_codes import UnreachableError
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth
from services.platform.settings import AgencySettings

LOOK_S: Final = 0.2  # between two reports
UNREADABLE: Final = "inbox_unreadable"
PASSED_OVER: Final = "record_passed_over"
CONTROL_S: Final = 1.0  # between two looks at control

log = structlog.get_logger("relais.agency")


def counting_passed_over(health: ServiceHealth, metrics: Metrics) -> Count:
    """What counts a record that was passed over, and warns of it until the next start."""

    def count(topic: str) -> None:
        metrics.passed_over.labels(topic).inc()
        health.warnings.add(PASSED_OVER)

    return count


async def following(
    controls: Mapping[str, Control],
    office: Office,
    inboxes: Inboxes,
    served: Callable[[], Collection[str]],
    clock: Clock,
    health: ServiceHealth,
) -> None:
    """Follow control; end when a new directory gives other desks or inboxes: start again.

    Kafka away is no reason to end: the loop stands still, and so the service is not ready.

    Args:
        served: urns of the desks that a new start would serve: one is new whose keys lay here first.

    Raises:
        UnreachableError: `inputs_changed`.
    """
    progress, looks = health.loops["control"], 0
    era, changed = tuple[object, ...](), False
    while True:
        if await read_control(controls):
            looks += 1
            progress.report(looks, 0)
        # Nothing here may grow with desks, second by second: only an adoption changes them.
        if (now := office.agency.eras(clock.now())) != era:
            office.succeed(clock.now())
            desks = office.agency.signers.keys()
            era, changed = now, (office.agency.inboxes(clock.now()) != inboxes or desks != served())
        if changed:
            raise UnreachableError("inputs_changed", "other inboxes", "a new start")
        await asyncio.sleep(CONTROL_S)


async def read_control(controls: Mapping[str, Control]) -> bool:
    """Read what control has by now, and say what was rejected; whether Kafka answered."""
    try:
        for control in controls.values():
            for code in await control.refresh():
                log.error("order rejected", code=code, why=control.registry.why[code])
    except UnreachableError as error:
        log.warning("control not read", code=error.code)
        return False
    return True


async def reporting(
    settings: AgencySettings,
    source: Subscription,
    incoming: Incoming,
    publisher: Publisher,
    health: ServiceHealth,
    metrics: Metrics,
) -> None:
    """Say how far the service is: readiness is what was done, not a ping."""
    # A connection of its own: nothing waits behind it.
    async with LogReader(settings.kafka, **settings.client()) as asking:
        while True:
            try:
                lag = await source.lag(await asking.ends(incoming.places))
            except UnreachableError as error:
                log.warning("lag not known", code=error.code)
                continue
            health.kafka_answered()
            await incoming.remember()
            for place, records in lag.items():
                metrics.lag.labels(place.topic, str(place.partition)).set(records)
            for place, seconds in source.held().items():
                metrics.open_transaction.labels(place.topic, str(place.partition)).set(seconds)
            health.loops["inbox"].report(incoming.taken, sum(lag.values()))
            health.loops["outbox"].report(publisher.transactions, publisher.waiting)
            metrics.last_progress.labels("inbox").set(time.time() - health.loops["inbox"].idle_s)
            if incoming.unreadable:
                health.warnings.add(UNREADABLE)
            if incoming.failure:
                health.fail("fold_failed")
            await asyncio.sleep(LOOK_S)
