"""The sandbox: one agency's service over a federation in memory, until it is asked to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, closing
from types import MappingProxyType
from typing import Final, NamedTuple

from starlette.middleware import Middleware
from starlette.routing import Mount

from contracts.errors import UsageError
from services.agency.desk.routes import DeskPages
from services.agency.desk.way_in import DeskAccess, TokenAccounts
from services.agency.http.bearer_tokens import Tokens
from services.agency.http.desk_request import Parts
from services.agency.http.routes import create_app
from services.agency.loops.inbox_reader import InboxReader
from services.agency.loops.incoming import Incoming
from services.agency.loops.watching import counting_passed_over
from services.agency.trade import trade_of
from services.operate.home.home import Home
from services.platform.browser.access_log import AccessLog
from services.platform.http.health_endpoints import listen, serving
from services.platform.http.receiver import Receiver
from services.platform.keys.keystore import token_hashes
from services.platform.process.clock import FileClock
from services.platform.process.exit_codes import GOOD
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth
from services.platform.process.side_by_side import until_one_ends
from services.sandbox.answering import AnsweringFederation, MemoryKafka, SteeredPublisher
from services.sandbox.checklist import Checklist
from services.sandbox.prepared import fill, made_ready
from services.sandbox.routes import sandbox_routes
from services.sandbox.webhooks import webhooks_of

HOST: Final = "127.0.0.1"


class Listening(NamedTuple):
    """A sandbox that answers.

    Attributes:
        desks: short ids of those that the tested software plays.
    """

    home: Home
    agency: str
    url: str
    desks: tuple[str, ...]


async def serve(
    home: Home,
    agency: str,
    port: int,
    tell: Callable[[Listening], None],
    stop: asyncio.Event,
    *,
    empty: bool = False,
    receivers: Mapping[str, Receiver] = MappingProxyType({}),
) -> int:
    """Run a sandbox until `stop` is set; its exit code.

    Args:
        agency: whose desks the tested software plays.
        port: to listen on; 0: a free one.
        tell: is told once it answers.
        empty: nothing lies in the inboxes yet.
        receivers: of webhooks, by desk.

    Raises:
        UsageError: `agency_unknown`, `desk_unknown`, `port_taken`.
    """
    _check_asked(home, agency, port, receivers)
    clock = FileClock(home.clock)
    federation = made_ready(home, clock)
    federation.tested, office = agency, federation.offices[agency]
    desks = office.agency.desks
    federation.settle()  # each partition's log begins
    if not empty:
        fill(federation, clock.now())
    health, metrics, kafka = ServiceHealth(), Metrics(agency), MemoryKafka(federation)
    for loop in ("control", "outbox", "inbox", "kafka"):
        health.expect(loop)
    office.count = counting_passed_over(health, metrics)
    parts = _parts(home, federation, kafka, clock, metrics)
    checklist = Checklist(clock)
    own = sandbox_routes(parts, clock, lambda: kafka.round(parts.incoming), checklist)
    async with AsyncExitStack() as stack:
        looks = stack.enter_context(closing(AccessLog(home.path / "state" / "desk-accesses.jsonl")))
        access = DeskAccess(TokenAccounts(parts.tokens), looks, play=True)
        routes = [*own, DeskPages(parts, access), Mount("/", app=create_app(parts))]
        bound = await stack.enter_async_context(
            serving(HOST, port, health, metrics, routes, [Middleware(checklist.around)])
        )
        url = f"http://{HOST}:{bound}"
        home.note_addresses({agency: url})
        await kafka.round(parts.incoming)
        loops = [parts.publisher.run(), kafka.run(parts.incoming, health), _stopped(stop)]
        if receivers:
            folder = home.path / "state" / "webhooks"
            parts.webhooks = webhooks_of(parts, receivers, folder, clock, stack)
            loops.append(parts.webhooks.run(clock, metrics))
        tell(Listening(home, agency, url, desks))
        await until_one_ends(*loops)
    return GOOD


def _check_asked(home: Home, agency: str, port: int, receivers: Mapping[str, Receiver]) -> None:
    """Tell wrong use before keys are made."""
    desks = {name: [one.desk for one in rows] for name, rows in home.agencies.items() if rows}
    if agency not in desks:
        raise UsageError("agency_unknown", "another agency", ", ".join(sorted(desks)))
    if others := sorted(receivers.keys() - {*desks[agency]}):
        raise UsageError("desk_unknown", "another desk", ", ".join(desks[agency]), others[0])
    listen(HOST, port).close()


def _parts(
    home: Home, federation: AnsweringFederation, kafka: MemoryKafka, clock: FileClock,
    metrics: Metrics,
) -> Parts:  # fmt: skip
    """What the agency's routes work with, as `services.agency.app` has it."""
    office = federation.offices[federation.tested]
    inboxes = office.agency.inboxes(clock.now())
    incoming = Incoming(office, clock, inboxes)
    incoming.begin(dict.fromkeys(incoming.places, 0))
    hashes = token_hashes(home.path / "tokens.json")
    tokens = Tokens({desk: hashes[desk] for desk in office.agency.desks})
    publisher = SteeredPublisher(federation, kafka, clock)
    publisher.ready = True
    return Parts(
        office, tokens, clock, metrics, incoming, trade_of(federation.tested).kinds, publisher,
        InboxReader(kafka, inboxes),
    )  # fmt: skip


async def _stopped(stop: asyncio.Event) -> None:
    await stop.wait()
