"""What the service of every agency runs: it starts by `start.py` until asked to stop."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING, Final

import structlog
from starlette.routing import Mount
from starlette.types import ASGIApp

from services.agency.agency_keys import kept_desks
from services.agency.http.bearer_tokens import Tokens
from services.agency.loops.forgetting import Forgetting
from services.agency.loops.key_ends import ending_keys
from services.agency.loops.log_check import log_check_of
from services.agency.loops.publisher import Publisher
from services.agency.loops.watching import counting, following, reporting
from services.agency.start import Started, started
from services.agency.trade import Trade, trade_of
from services.agency.webhooks.post import Poster
from services.agency.webhooks.push import Webhooks
from services.agency.witness import witness_of
from services.platform.http.health_endpoints import serving
from services.platform.http.responses import LateApp
from services.platform.keys import keystore
from services.platform.process.exit_codes import GOOD, check_not_cancelled
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth
from services.platform.process.side_by_side import ended, until_one_ends
from services.platform.service import run_service
from services.platform.settings import AgencySettings
from services.platform.store.memory import Memory, memory_path

if TYPE_CHECKING:
    from services.agency.http.desk_request import Parts

DRAIN_S: Final = 5.0  # for the requests in hand when asked to stop

log = structlog.get_logger("relais.agency")


def run_agency(**given: object) -> int:
    """Run an agency's service as a process until SIGTERM; its exit code.

    Args:
        given: settings that win over the environment.
    """
    return run_service(
        "agency",
        AgencySettings,
        lambda settings: partial(serve, settings, trade_of(settings.agency)),
        **given,
    )


async def serve(settings: AgencySettings, trade: Trade, stop: asyncio.Event) -> int:
    """Run one agency's service until `stop` is set; its exit code.

    Raises:
        UnreachableError, FencedError: exit codes 3 and 4.
        UsageError: keys, tokens or owners cannot be read.
    """
    health, metrics, late = ServiceHealth(), Metrics(settings.agency), LateApp()
    for loop in ("control", "outbox", "inbox"):
        health.expect(loop)
    health.expect_kafka()
    mount = Mount("/", app=late)
    host, port = settings.http_host, settings.http_port
    async with serving(host, port, health, metrics, [mount]) as bound:
        log.info("listening", port=bound)
        work = asyncio.create_task(_work(settings, trade, health, metrics, late, stop))
        asked = asyncio.create_task(stop.wait())
        await asyncio.wait((work, asked), return_when=asyncio.FIRST_COMPLETED)
        check_not_cancelled(work)
        asked.cancel()
        await asyncio.wait((work,), timeout=DRAIN_S if late.app is not None else 0)
        await ended(work)
        if not work.cancelled() and (error := work.exception()):
            raise error
    return GOOD


async def _work(
    settings: AgencySettings,
    trade: Trade,
    health: ServiceHealth,
    metrics: Metrics,
    late: LateApp,
    stop: asyncio.Event,
) -> None:
    """Start, take requests (step 8), and run until `stop` or until something ends the process."""
    from services.agency.http.desk_request import Parts  # late: starting fails without it too

    async with AsyncExitStack() as stack:
        check = log_check_of(settings, metrics, health)
        stack.callback(check.close)
        run = await started(settings, trade, health, metrics, stack, check.awaited)
        registries = run.office.agency.registries
        check.partitions = {realm: each.partitions for realm, each in registries.items()}
        run.publisher.ready = True
        if settings.silent_days:
            metrics.silence.labels(settings.agency).set(86_400 * settings.silent_days)
        memory = Memory(memory_path(settings.state_dir, settings.agency))
        stack.callback(memory.close)
        memory.watch(metrics, health)
        witness = witness_of(settings, memory, run.clock, metrics, health)
        hashes = keystore.token_hashes(settings.tokens_file)
        tokens = Tokens({one: hashes[one] for one in run.office.agency.desks if one in hashes})
        post = Poster()
        stack.push_async_callback(post.close)
        webhooks = Webhooks(settings.webhooks, run.office, run.incoming, memory, post)
        parts = Parts(
            run.office, tokens, run.clock, metrics, run.incoming, trade.kinds, run.publisher,
            witness, webhooks, settings.kafka, settings.tls is not None,
        )  # fmt: skip
        late.app = _app(parts, settings, stack)
        stack.callback(late.close)
        forgetting = Forgetting(
            run.office, run.incoming, health, settings.bus(), settings.cleaned_s
        )
        log.info("ready", desks=len(run.office.agency.desks), own=len(run.office.outbox.chain))
        await until_one_ends(
            run.publisher.run(),
            following(
                run.controls,
                run.office,
                run.inboxes,
                partial(_served, settings, run),
                run.clock,
                health,
            ),
            counting(run.office, run.clock, metrics),
            check.run(),
            ending_keys(run.office, run.clock, metrics, memory),
            forgetting.run(),
            webhooks.run(run.clock, metrics),
            run.outboxes.follow(settings.bus(), run.clock, health),
            reporting(settings, run.source, run.incoming, run.publisher, health, metrics),
            _drained(run.publisher, stop),
        )


def _app(parts: Parts, settings: AgencySettings, stack: AsyncExitStack) -> ASGIApp:
    """The agency's HTTP, with the pages of its desks where somebody may open them."""
    from services.agency.desk.way_in import desk_access
    from services.agency.http.routes import create_app

    app = create_app(parts)
    access = desk_access(settings, parts.office.agency.desks, parts.tokens, stack)
    if access is not None:
        from services.agency.desk.routes import DeskPages  # and with it forms and templates

        app.router.routes.append(DeskPages(parts, access))
    return app


def _served(settings: AgencySettings, run: Started) -> frozenset[str]:
    """Urns of the desks that a new start would serve."""
    registries = run.office.agency.registries
    return kept_desks(settings.keys_dir, settings.agency, registries, run.clock.now())


async def _drained(publisher: Publisher, stop: asyncio.Event) -> None:
    """Once asked to stop, take nothing more and let what was taken be answered."""
    await stop.wait()
    publisher.ready = False
    await publisher.drained()
