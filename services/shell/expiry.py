"""Watch our own certificate: take up a renewed one, say in time that it ends.

    relais_tls_expires_timestamp_seconds{kind="own"}        when brokers will refuse us
    relais_tls_expires_timestamp_seconds{kind="authority"}  when we will refuse brokers

Both are of the files in use. A renewed certificate needs no restart: connections that are open go
on, new ones show it. `/ready` names `certificate_expires` from `WARN` before the end; the service
stays ready, since Kafka still lets it in.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any, Final

import structlog

from services.shell.connection import ReloadingContext
from services.shell.health import Health
from services.shell.metrics import Metrics

WARN: Final = timedelta(days=14)  # half the spare of a certificate of 90 days
LOOK_S: Final = 30.0  # between two looks at the files
TELL_S: Final = 3600.0  # between two lines about the same certificate
EXPIRES: Final = "certificate_expires"

log = structlog.get_logger("relais.tls")


@asynccontextmanager
async def certificate_watched(
    client: Mapping[str, Any], metrics: Metrics, health: Health, look_s: float = LOOK_S
) -> AsyncIterator[None]:
    """Watch while the block lasts; nothing to do without TLS.

    Args:
        client: as `client_options` makes it.
        look_s: seconds between two looks.
    """
    context = client.get("ssl_context")
    if not isinstance(context, ReloadingContext):
        yield
        return
    for kind in ("own", "authority"):
        metrics.certificate.labels(kind).set_function(_read(context, kind))
    watching = asyncio.create_task(_watch(context, health, look_s), name="watch certificate")
    try:
        yield
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


def _read(context: ReloadingContext, kind: str) -> Any:
    def expires() -> float:
        context.refresh()
        return context.own.not_after if kind == "own" else context.authority_until

    return expires


async def _watch(context: ReloadingContext, health: Health, look_s: float) -> None:
    told: dict[str, float] = {}
    while True:
        context.refresh()
        _warn(context, health, told)
        await asyncio.sleep(look_s)


def _warn(context: ReloadingContext, health: Health, told: dict[str, float]) -> None:
    """One line an hour and certificate; it says what to do."""
    own, left = context.own, context.own.not_after - time.time()
    if left > WARN.total_seconds():
        health.warnings.discard(EXPIRES)
        return
    health.warnings.add(EXPIRES)
    if time.monotonic() - told.get(own.serial, -TELL_S) < TELL_S:
        return
    told[own.serial] = time.monotonic()
    facts = {"principal": own.principal, "serial": own.serial, "days": round(left / 86400, 1)}
    if left > 0:
        log.warning("certificate expires", **facts, file=own.place)
    else:
        log.error("certificate has expired", **facts, file=own.place)
