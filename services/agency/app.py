"""An agency's service: wiring and the order of starting, the same for all five.

    1. listen: /live at once, /ready when all is done      5. read the own outboxes to their end
    2. wait for Kafka                                      6. subscribe to the inboxes
    3. control, until a convention and directory are       7. read them to their end: the fold
       in force                                            8. take requests
    4. fence both transactional ids

Before 4 a predecessor may still publish; after it nothing that 5 reads can change but by us.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Final

import structlog
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from contracts.vocabulary import topics
from services.agency.http.bearer_tokens import Tokens
from services.agency.loops.duty_gauges import counting
from services.agency.loops.inbox_reader import InboxReader, Incoming, subscription
from services.agency.loops.publisher import Publisher
from services.agency.office.office import Office
from services.agency.start_steps import (
    build_agency,
    controls_of,
    fenced,
    inboxes_of,
    read_outboxes,
    subscribe,
)
from services.agency.trade import Trade, trade_of
from services.platform.http.health_endpoints import serving
from services.platform.kafka.certificate_watch import certificate_watched
from services.platform.kafka.control import Control
from services.platform.kafka.log_reader import LogReader
from services.platform.kafka.missing_rights import wait_for_topics
from services.platform.kafka.subscription import Subscription
from services.platform.kafka.wait import wait_for_kafka
from services.platform.keys import keystore
from services.platform.process.exit_codes import GOOD, UnreachableError, check_not_cancelled
from services.platform.process.metrics import Metrics
from services.platform.process.progress import Health
from services.platform.process.side_by_side import until_one_ends
from services.platform.settings import AgencySettings

if TYPE_CHECKING:
    from services.platform.process.clock import Clock

LOOK_S: Final = 0.2  # between two reports
CONTROL_S: Final = 1.0  # between two looks at control
DRAIN_S: Final = 5.0  # for the requests in hand when asked to stop

log = structlog.get_logger("relais.agency")


async def serve(settings: AgencySettings, stop: asyncio.Event) -> int:
    """Run one agency's service until `stop` is set; its exit code.

    Which agency, the settings say; its records and words are found by its name (`trade.py`).

    Raises:
        UnreachableError, FencedError: exit codes 3 and 4.
        UsageError: keys, tokens or owners cannot be read.
    """
    health, metrics, late = Health(), Metrics(settings.agency), LateApp()
    trade = trade_of(settings.agency)
    for loop in ("control", "outbox", "inbox"):
        health.expect(loop, settings.stalled_s)
    health.expect_kafka()
    mount = Mount("/", app=late)
    host, port = settings.http_host, settings.http_port
    async with serving(host, port, health, metrics, [mount]) as bound:
        log.info("listening", port=bound, agency=settings.agency)
        work = asyncio.create_task(_work(settings, trade, health, metrics, late, stop))
        asked = asyncio.create_task(stop.wait())
        await asyncio.wait((work, asked), return_when=asyncio.FIRST_COMPLETED)
        check_not_cancelled(work)
        asked.cancel()
        await asyncio.wait((work,), timeout=DRAIN_S if late.app is not None else 0)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        if not work.cancelled() and (error := work.exception()):
            raise error
    return GOOD


class LateApp:
    """Refuses with 503 before the service has started and once it ends; else hands over to its app."""

    def __init__(self) -> None:
        self.app: ASGIApp | None = None
        self._why = ("starting", "a service that starts")

    def close(self) -> None:
        """Refuse again: what the app works with is about to be closed."""
        self.app, self._why = None, ("stopping", "a service that ends")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        from services.platform.http.problems import ProblemError
        from services.platform.http.responses import problem_response

        if self.app is not None:
            await self.app(scope, receive, send)
            return
        headers = {"Retry-After": "2"}
        problem = ProblemError(503, *self._why, "/ready", headers=headers)
        await problem_response(problem)(scope, receive, send)


async def _work(
    settings: AgencySettings,
    trade: Trade,
    health: Health,
    metrics: Metrics,
    late: LateApp,
    stop: asyncio.Event,
) -> None:
    """Steps 2 to 8, then run until `stop` or until something ends the process."""
    async with AsyncExitStack() as stack:
        # 2, 3.
        client = settings.client()
        await stack.enter_async_context(certificate_watched(client, metrics, health))
        await wait_for_kafka(settings.kafka, settings.kafka_wait_s, **client)
        names = [topics.control(realm) for realm in settings.realms]
        await wait_for_topics(settings.kafka, names, settings.kafka_wait_s, client)
        clock = settings.clock()
        controls = await controls_of(settings, clock, stack)
        office = Office(build_agency(settings, trade, controls, clock.now()))
        inboxes = inboxes_of(office.agency, clock.now())
        incoming = Incoming(office, clock, inboxes)
        metrics.follow(lambda: incoming.taken_to)
        metrics.follow_undecided(lambda: office.fold.undecided)
        # 4, 5.
        reader = await stack.enter_async_context(LogReader(settings.kafka, **client))
        publisher = Publisher(office, await fenced(settings, stack), clock)
        await read_outboxes(reader, office, clock.now())
        # 6, 7.
        source = subscription(settings.kafka, incoming, **client)
        await subscribe(reader, source, incoming, stack)
        # 8.
        publisher.ready = True
        late.app = _app(settings, trade, office, incoming, metrics, clock, publisher, reader)
        stack.callback(late.close)
        log.info("ready", desks=len(office.agency.desks), own=len(office.outbox.chain))
        await until_one_ends(
            publisher.run(),
            _following(controls, office, inboxes, clock, health),
            counting(office, clock, metrics),
            _reporting(settings, source, incoming, publisher, health, metrics),
            _drained(publisher, stop),
        )


def _app(
    settings: AgencySettings,
    trade: Trade,
    office: Office,
    incoming: Incoming,
    metrics: Metrics,
    clock: Clock,
    publisher: Publisher,
    reader: LogReader,
) -> ASGIApp:
    from services.agency.http.routes import Parts, create_app

    hashes = keystore.token_hashes(settings.tokens_file)
    own = {desk: hashes[desk] for desk in office.agency.desks if desk in hashes}
    inbox_reader = InboxReader(reader, incoming.inboxes)
    tokens = Tokens(own)
    parts = Parts(office, tokens, clock, metrics, incoming, trade.kinds, publisher, inbox_reader)
    return create_app(parts)


async def _drained(publisher: Publisher, stop: asyncio.Event) -> None:
    """Once asked to stop, take nothing more and let what was taken be answered."""
    await stop.wait()
    publisher.ready = False
    await publisher.drained()


async def _following(
    controls: Mapping[str, Control],
    office: Office,
    inboxes: Mapping[str, tuple[str, str]],
    clock: Clock,
    health: Health,
) -> None:
    """Follow control; end when a new directory gives other desks or inboxes: start again.

    Kafka away is no reason to end: the loop stands still, and so the service is not ready.

    Raises:
        UnreachableError: `inputs_changed`.
    """
    progress, looks = health.loops["control"], 0
    while True:
        try:
            for control in controls.values():
                for code in await control.refresh():
                    log.error("order rejected", code=code, why=control.registry.why[code])
            looks += 1
            progress.report(looks, 0)
        except UnreachableError as error:
            log.warning("control not read", code=error.code)
        if inboxes_of(office.agency, clock.now()) != inboxes:
            raise UnreachableError("inputs_changed", "other inboxes", "a new start")
        await asyncio.sleep(CONTROL_S)


async def _reporting(
    settings: AgencySettings,
    source: Subscription,
    incoming: Incoming,
    publisher: Publisher,
    health: Health,
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
            for place, records in lag.items():
                metrics.lag.labels(place.topic, str(place.partition)).set(records)
            for place, seconds in source.held().items():
                metrics.open_transaction.labels(place.topic, str(place.partition)).set(seconds)
            health.loops["inbox"].report(incoming.taken, sum(lag.values()))
            health.loops["outbox"].report(publisher.transactions, publisher.waiting)
            metrics.last_progress.labels("inbox").set(time.time() - health.loops["inbox"].idle_s)
            if incoming.failure:
                health.fail("fold_failed")
            await asyncio.sleep(LOOK_S)
