"""One event's way through the services as a trace, where `RELAIS_OTLP` names a collector; else nothing.

    http → outbox → routing → inbox (of each institution that got something)

Nothing travels beside an event: the trace's id is the event's own (128 bits of its UUID), a span's id
follows from event and stage, so that each service says its own part and a collector puts them together.
A span has the event's id, service, stage, outcome code and times, and nothing else.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from services.platform.process.metrics import Metrics
    from services.platform.process.otlp import Exporter

Stage = Literal["http", "outbox", "routing", "inbox"]
RECENT_NS: Final = 300 * 10**9  # what a service reads anew when it starts is no arrival

_exporters: list[Exporter] = []  # of this process: one or none


def follow(url: str, service: str, metrics: Metrics) -> None:
    """Send from now on what `trace` is told; without an address nothing is even imported.

    Args:
        url: of a collector, OTLP over HTTP; `/v1/traces` is added. Empty: none.
    """
    _exporters.clear()
    if url:
        from services.platform.process.otlp import Exporter

        _exporters.append(Exporter(url, service, metrics))


def trace(event: str, stage: Stage, outcome: str, began_ns: int) -> None:
    """A stage that an event has behind it now; nothing is waited for.

    Args:
        outcome: a code.
        began_ns: nanoseconds since 1970, as `time.time_ns` has them.
    """
    for exporter in _exporters:
        ended_ns = time.time_ns()
        if ended_ns - began_ns < RECENT_NS:
            exporter.take(event, stage, outcome, min(began_ns, ended_ns), ended_ns)
