"""Loops that watch: what control says, and how far the service is."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from typing import Final

import structlog

from services.agency.loops.incoming import Incoming
from services.agency.loops.publisher import Publisher
from services.agency.office.office import Office
from services.agency.office.passing_over import Count
from services.agency.office.sending.identity import Inboxes
from services.platform.http.problems import ProblemError
from services.platform.kafka.orders.control import Control
from services.platform.kafka.reading.subscription import Subscription
from services.platform.ports import now
from services.platform.process.clock import Clock
from services.platform.process.exit_codes import UnreachableError
from services.platform.process.metrics import Metrics
from services.platform.process.progress import Pace, ServiceHealth
from services.platform.settings import AgencySettings

OWED_S: Final = 2.0  # between two counts; of 100,000 duties one takes 5 ms
Key = tuple[str, str]  # realm, role
LOOK_S: Final = 0.2  # between two reports
CALM_S: Final = 1.0  # while nothing comes or goes
UNREADABLE: Final = "inbox_unreadable"
PASSED_OVER: Final = "record_passed_over"
CONTROL_S: Final = 1.0  # between two looks at control

log = structlog.get_logger("relais.agency")


async def counting(office: Office, clock: Clock, metrics: Metrics) -> None:
    """Count for ever."""
    while True:
        with suppress(ProblemError):  # the clock was moved back, before any directory
            count(office, clock.now(), metrics)
        await asyncio.sleep(OWED_S)


def count(office: Office, now: int, metrics: Metrics) -> None:
    """Count once."""
    owed: Counter[Key] = Counter()
    late: Counter[Key] = Counter()
    missing: Counter[Key] = Counter()
    book = office.agency.book(now)
    for desk, fold in office.fold.desks.items():
        for realm in office.agency.realms:
            if (role := book.role_of(realm, desk)) is None:
                continue
            mine = [duty for duty in fold.owed() if duty.realm == realm]
            key = realm, role
            owed[key] += len(mine)
            late[key] += sum(duty.is_overdue(now) for duty in mine)
            gaps = (gap for gap in fold.numbers.gaps if gap.realm == realm)
            missing[key] += sum(gap.last - gap.first + 1 for gap in gaps)
    for gauge, counts in ((metrics.duties, owed), (metrics.overdue, late), (metrics.gaps, missing)):
        for (realm, role), number in counts.items():
            gauge.labels(realm, role).set(number)
    _count_opened(office, now, metrics)
    newest = (fold.own[fold.order[-1]].issued for fold in office.fold.desks.values() if fold.order)
    if sent := max(newest, default=0):
        metrics.sent.labels(office.agency.name).set(sent)


def _count_opened(office: Office, now: int, metrics: Metrics) -> None:
    """Tell the desks that have opened as many cases in this hour as they may."""
    office.fold.move_to(now)
    metrics.cases_opened.clear()
    for (realm, desk), opened in office.fold.opened.items():
        if desk in office.fold.desks and 0 < office.hourly_cases <= opened:
            metrics.cases_opened.labels(realm, desk).set(opened)


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
        served: urns of the desks that a new start would serve: one is new whose keys lay here
            first.

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
            desks = office.agency.signers.keys()
            era, changed = now, (office.agency.inboxes(clock.now()) != inboxes or desks != served())
        if changed:
            raise UnreachableError("inputs_changed", "other inboxes", "a new start")
        await asyncio.sleep(CONTROL_S)


async def read_control(controls: Mapping[str, Control]) -> bool:
    """Read what control has by now; whether Kafka answered."""
    try:
        for control in controls.values():
            await control.refresh()
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
    pace = Pace(LOOK_S, CALM_S)
    # A connection of its own: nothing waits behind it.
    async with settings.bus().reader() as asking:
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
            metrics.last_progress.labels("inbox").set(now() - health.loops["inbox"].idle_s)
            if incoming.unreadable:
                health.warnings.add(UNREADABLE)
            if incoming.failure:
                health.fail("fold_failed")
            seen = incoming.taken, publisher.transactions, sum(lag.values())
            await asyncio.sleep(pace.pause(seen))
