"""The console's service: it looks, keeps what it saw, and shows it to whoever has signed in."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING, Final

import structlog
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from contracts.errors import UsageError
from contracts.vocabulary.scopes import REALMS
from services.console.auditor.client import AuditClient
from services.console.roles import ROLES
from services.console.routes import ConsoleRoutes
from services.console.settings import ACCOUNTS, ConsoleSettings
from services.console.watch import ConsoleWatch, DriftSeen
from services.operate.gauge import DRIFT_FILE
from services.operate.status.look import Where, look, services_of
from services.platform.browser.access_log import AccessLog
from services.platform.browser.sign_in.client import is_here, read_client
from services.platform.browser.sign_in.local_accounts import LocalAccounts
from services.platform.http.health_endpoints import serving
from services.platform.keys.keystore import projection_secrets, token_hashes
from services.platform.process.exit_codes import GOOD
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth

if TYPE_CHECKING:
    from services.platform.browser.sign_in.provider import Provider

ACCESSES: Final = "console-accesses.jsonl"

log = structlog.get_logger("relais.console")


async def serve(settings: ConsoleSettings, stop: asyncio.Event) -> int:
    """Look and answer until `stop` is set; its exit code.

    Raises:
        UsageError: accounts or targets are malformed, the port is taken, `console_open`.
    """
    if not (is_here(settings.http_host) or settings.secure):
        # Whoever listens on a network would read passwords and cookies that go over it in clear.
        expected = "an address of this machine, or RELAIS_SECURE=true behind HTTPS"
        raise UsageError("console_open", settings.http_host, expected)
    health, metrics = ServiceHealth(), Metrics("console")
    drift = settings.drift_file or settings.home / DRIFT_FILE
    secrets = projection_secrets(settings.keys_dir, REALMS)
    where = Where(settings.home, settings.targets, settings.kafka, settings.tls, drift, secrets)
    watch = ConsoleWatch(partial(look, where))
    metrics.registry.register(DriftSeen(watch))
    health.expect("looks")
    async with AsyncExitStack() as stack:
        accesses = AccessLog(settings.state_dir / ACCESSES)
        stack.callback(accesses.close)
        way = await _way_in(settings, stack)
        services = partial(services_of, settings.home, settings.targets)
        auditors = AuditClient(services, secrets)
        routes = ConsoleRoutes(settings, watch, way, accesses, auditors)
        hosts = Middleware(TrustedHostMiddleware, allowed_hosts=list(settings.hosts))
        address = settings.http_host, settings.http_port
        port = await stack.enter_async_context(
            serving(*address, health, metrics, routes.all, [hosts])
        )
        log.info("listening", port=port)
        looking = asyncio.create_task(watch.forever())
        stack.callback(looking.cancel)
        stopping = asyncio.create_task(stop.wait())
        while not stop.is_set():
            if looking.done():
                await looking
            health.loops["looks"].report(watch.number, 0)
            await asyncio.wait([stopping], timeout=1)
    return GOOD


async def _way_in(settings: ConsoleSettings, stack: AsyncExitStack) -> LocalAccounts | Provider:
    """By the provider where there is one; accounts in a file are for those who play."""
    if not settings.oidc_issuer:
        if not settings.play:
            expected = "RELAIS_OIDC_ISSUER: an identity provider signs people in"
            raise UsageError("oidc_setting_missing", "accounts in a file", expected)
        hashes = token_hashes(settings.home / ACCOUNTS)
        return LocalAccounts({role: hashes[role] for role in ROLES if role in hashes})
    from services.platform.browser.sign_in.provider import Provider

    provider = Provider(read_client(settings, ROLES))
    stack.push_async_callback(provider.close)
    return provider
