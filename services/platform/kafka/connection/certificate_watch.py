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

from services.platform.kafka.connection.connection import ReloadingContext
from services.platform.ports import now
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth
from services.platform.process.side_by_side import beside

WARN: Final = timedelta(days=14)  # half the spare of a certificate of 90 days
LOOK_S: Final = 30.0  # between two looks at the files
EXPIRES: Final = "certificate_expires"


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
    while True:
        context.refresh()
        ends_soon = context.own.not_after - now() <= WARN.total_seconds()
        (health.warnings.add if ends_soon else health.warnings.discard)(EXPIRES)
        await asyncio.sleep(look_s)
