"""The console's service: it looks, keeps what it saw, and shows it to whoever has signed in."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from functools import partial
from ipaddress import ip_address
from typing import Final

import structlog
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from contracts.errors import UsageError
from services.console.access_log import AccessLog
from services.console.local_accounts import read_accounts
from services.console.routes import ConsoleRoutes
from services.console.settings import ConsoleSettings
from services.console.watch import ConsoleWatch
from services.operate.gauge import DRIFT_FILE
from services.operate.status.look import Where, look
from services.platform.http.health_endpoints import serving
from services.platform.process.exit_codes import GOOD
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth
from services.texts import Catalogue

ACCESSES: Final = "console-accesses.jsonl"

_ = Catalogue(__name__)

log = structlog.get_logger("relais.console")


async def serve(settings: ConsoleSettings, stop: asyncio.Event) -> int:
    """Look and answer until `stop` is set; its exit code.

    Raises:
        UsageError: accounts or targets are malformed, the port is taken, `console_open`.
    """
    _check_closed(settings)
    health, metrics = ServiceHealth(), Metrics("console")
    accounts = read_accounts(settings.accounts_file)
    drift = settings.drift_file or settings.home / DRIFT_FILE
    where = Where(settings.home, settings.targets, settings.kafka, settings.tls, drift)
    watch = ConsoleWatch(partial(look, where))
    health.expect("looks", settings.stalled_s)
    async with AsyncExitStack() as stack:
        accesses = AccessLog(settings.state_dir / ACCESSES)
        stack.callback(accesses.close)
        routes = ConsoleRoutes(settings, watch, accounts, accesses)
        hosts = Middleware(TrustedHostMiddleware, allowed_hosts=list(settings.hosts))
        port = await stack.enter_async_context(
            serving(settings.http_host, settings.http_port, health, metrics, routes.all, [hosts])
        )
        log.info("listening", port=port)
        looking = asyncio.create_task(watch.forever())
        stack.callback(looking.cancel)
        while not stop.is_set():
            if looking.done():
                await looking
            health.loops["looks"].report(watch.number, 0)
            await asyncio.wait([asyncio.create_task(stop.wait())], timeout=1)
    return GOOD


def _check_closed(settings: ConsoleSettings) -> None:
    """Whoever listens on a network would read passwords and cookies that go over it in clear."""
    host = settings.http_host
    try:
        is_own = ip_address(host).is_loopback
    except ValueError:
        is_own = host == "localhost"
    if not (is_own or settings.secure):
        expected = _("an address of this machine, or RELAIS_SECURE=true behind HTTPS")
        raise UsageError("console_open", host, expected)
