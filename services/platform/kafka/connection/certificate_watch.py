"""Watch our own certificate: take up a renewed one, say in time that it ends.

    relais_tls_expires_timestamp_seconds{kind="own"}        when brokers will refuse us
    relais_tls_expires_timestamp_seconds{kind="authority"}  when we will refuse brokers
    relais_tls_expires_timestamp_seconds{kind="broker"}     … the first of those that we met

The first two are of the files in use, the third of what brokers showed: they read theirs at start.
A renewed certificate needs no restart: connections that are open go on, new ones show it. `/ready`
names `certificate_expires` from `WARN` before the end; the service stays ready, since Kafka still
lets it in.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final

import structlog

from services.platform.kafka.connection.connection import ReloadingContext
from services.platform.ports import monotonic, now
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth
from services.platform.process.side_by_side import beside

WARN: Final = timedelta(days=14)  # half the spare of a certificate of 90 days
LOOK_S: Final = 30.0  # between two looks at the files
TELL_S: Final = 3600.0  # between two lines about the same certificate
EXPIRES: Final = "certificate_expires"

log = structlog.get_logger("relais.tls")


@asynccontextmanager
async def certificate_watched(
    client: Mapping[str, Any], metrics: Metrics, health: ServiceHealth, look_s: float = LOOK_S
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
    for kind, read in _READ.items():
        metrics.certificate.labels(kind).set_function(_reading(context, read))
    async with beside(_watch(context, health, look_s), "watch certificate"):
        yield


def _reading(context: ReloadingContext, read: Callable[[ReloadingContext], float]) -> Any:
    def expires() -> float:
        context.refresh()
        return read(context)

    return expires


_READ: Final[dict[str, Callable[[ReloadingContext], float]]] = {
    "own": lambda context: context.own.not_after,
    "authority": lambda context: context.authority_until,
    # While none was met, a number that is less than no limit.
    "broker": lambda context: min(tuple(context.brokers_until.values()), default=math.nan),
}


async def _watch(context: ReloadingContext, health: ServiceHealth, look_s: float) -> None:
    told: dict[str, float] = {}
    while True:
        context.refresh()
        _warn(context, health, told)
        await asyncio.sleep(look_s)


def _warn(context: ReloadingContext, health: ServiceHealth, told: dict[str, float]) -> None:
    """One line an hour and certificate; it says what to do."""
    own, left = context.own, context.own.not_after - now()
    if left > WARN.total_seconds():
        health.warnings.discard(EXPIRES)
        return
    health.warnings.add(EXPIRES)
    if monotonic() - told.get(own.serial, -TELL_S) < TELL_S:
        return
    told[own.serial] = monotonic()
    facts = {"principal": own.principal, "serial": own.serial, "days": round(left / 86400, 1)}
    if left > 0:
        log.warning("certificate expires", **facts, file=own.place)
    else:
        log.error("certificate has expired", **facts, file=own.place)
