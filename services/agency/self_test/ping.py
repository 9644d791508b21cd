"""The rows that a PING gives (rules §8): that an event goes through the router and back, how soon, and the clocks.

It is an event like any other, so it costs a record in the log and one of the desk's new cases. Whoever may
ask for it cannot make it oftener than `runner.PING_S` lets him.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

from contracts.errors import RelaisError
from services.agency.office.fold.own_events import PUBLISHED
from services.agency.office.requests.desk_request import DeskRequest
from services.platform.http.problems import ProblemError
from services.platform.self_test.rows import SKEW_S, SelfTestRow, cannot, worked

if TYPE_CHECKING:
    from services.agency.loops.publisher import Publisher
    from services.platform.process.clock import Clock

WAIT_S: Final = 10.0  # for the router
LOOK_S: Final = 0.01  # between two looks at what was told

_CODES: Final = {"too_many_new_cases": "too_many", "too_much_on_case": "too_many"}


async def ping_rows(
    publisher: Publisher, clock: Clock, desk: str, realm: str, wait_s: float = WAIT_S
) -> tuple[SelfTestRow, SelfTestRow]:
    """Publish one and wait for the router's notice: the rows `ping` and `clock`. Nothing is raised."""
    at, began, sent = time.time(), time.monotonic(), clock.now()
    try:
        answer = await publisher.publish(DeskRequest(desk, "ping", {"realm": realm}))
    except (ProblemError, RelaisError) as error:
        code = _CODES.get(error.code, "not_published")
        return cannot("ping", at, code), SelfTestRow("clock")
    (event,) = answer.events
    state = await _told(publisher, desk, event, wait_s)
    seconds = time.monotonic() - began
    if state == PUBLISHED:
        return cannot("ping", at, "no_answer", seconds=seconds), SelfTestRow("clock")
    clocks = clock_row(publisher.office.fold.witnessed, sent, clock.now(), at)
    if state != "decided":
        return cannot("ping", at, "ping_refused", seconds=seconds), clocks
    return worked("ping", at, seconds=seconds), clocks


def clock_row(signed: int, sent: int, told: int, at: float) -> SelfTestRow:
    """The router signed its notice between two instants of ours, if clocks agree; to the second.

    Args:
        signed: by the router's clock, seconds.
        sent, told: by ours.
    """
    differs = float(max(signed - told, sent - signed, 0))
    if differs > SKEW_S:
        return cannot("clock", at, "clock_differs", seconds=differs)
    return worked("clock", at, seconds=differs)


async def _told(publisher: Publisher, desk: str, event: str, wait_s: float) -> str:
    until = time.monotonic() + wait_s
    while True:
        own = publisher.office.view(desk).own.get(event)
        if own is not None and own.state != PUBLISHED:
            return own.state
        if time.monotonic() > until:
            return PUBLISHED
        await asyncio.sleep(LOOK_S)
