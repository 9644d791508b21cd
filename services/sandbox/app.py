"""The sandbox: one agency's service over a federation in memory, until it is asked to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, closing
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from starlette.routing import Mount

from contracts.encoding import rfc3339
from contracts.errors import UsageError
from services.agency.desk.routes import DeskPages
from services.agency.desk.way_in import DeskAccess
from services.agency.http.bearer_tokens import Tokens
from services.agency.http.desk_request import Parts
from services.agency.http.json_body import parse_body, read_body
from services.agency.http.routes import create_app
from services.agency.trade import trade_of
from services.agency.webhooks.push import Webhooks
from services.operate.home.home import Home
from services.platform.browser.access_log import AccessLog
from services.platform.http.health_endpoints import listen, serving
from services.platform.http.problems import ProblemError
from services.platform.http.receiver import Receiver
from services.platform.http.responses import answer
from services.platform.keys.keystore import token_hashes
from services.platform.process import clock as clocks
from services.platform.process.clock import FileClock
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth
from services.platform.process.side_by_side import until_one_ends
from services.sandbox.answering import MemoryKafka, SteeredPublisher
from services.sandbox.checklist import Checklist
from services.sandbox.prepared import WEEKS, made_ready
from services.sandbox.steering import words
from services.sandbox.webhooks import post_all, webhooks_of

HOST: Final = "127.0.0.1"
WEEK_S: Final = 7 * 86_400


async def serve(
    home: Home,
    agency: str,
    port: int,
    tell: Callable[[str, tuple[str, ...]], object],
    stop: asyncio.Event,
    receivers: Mapping[str, Receiver],
    *,
    empty: bool,
) -> None:
    """Run a sandbox until `stop` is set.

    Args:
        agency: whose desks the tested software plays.
        port: to listen on; 0: a free one.
        tell: is told its address and those desks, once it answers.
        receivers: of webhooks, by desk.
        empty: nothing lies in the inboxes yet.

    Raises:
        UsageError: `agency_unknown`, `desk_unknown`, `port_taken`.
    """
    _check_asked(home, agency, port, receivers)
    clock, metrics = FileClock(home.clock), Metrics(agency)
    federation = made_ready(home, clock, agency, empty=empty)
    desks, hashes = federation.offices[agency].agency.desks, token_hashes(home.path / "tokens.json")
    kafka, tokens = MemoryKafka(federation, clock), Tokens({desk: hashes[desk] for desk in desks})
    await kafka.round()
    async with AsyncExitStack() as stack:
        webhooks = webhooks_of(kafka.incoming, receivers, stack)
        parts = Parts(
            kafka.incoming.office, tokens, clock, metrics, kafka.incoming, trade_of(agency).kinds,
            SteeredPublisher(federation, kafka, clock), webhooks=webhooks,
        )  # fmt: skip
        looks = stack.enter_context(closing(AccessLog(home.path / "state" / "desk-accesses.jsonl")))
        access = DeskAccess(tokens, looks, play=True)
        routes = [DeskPages(parts, access), Mount("/", app=_app(parts, webhooks, clock, kafka))]
        bound = await stack.enter_async_context(
            serving(HOST, port, ServiceHealth(), metrics, routes)
        )
        url = f"http://{HOST}:{bound}"
        home.note_addresses({agency: url})
        tell(url, desks)
        loops = parts.publisher.run(), kafka.run(), webhooks.run(clock, metrics)
        await until_one_ends(*loops, stop.wait())


def _check_asked(home: Home, agency: str, port: int, receivers: Mapping[str, Receiver]) -> None:
    """Tell wrong use before keys are made."""
    desks = {name: [one.desk for one in rows] for name, rows in home.agencies.items() if rows}
    if agency not in desks:
        raise UsageError("agency_unknown", "another agency", ", ".join(sorted(desks)))
    if others := sorted(receivers.keys() - {*desks[agency]}):
        raise UsageError("desk_unknown", "another desk", ", ".join(desks[agency]), others[0])
    listen(HOST, port, "a free port; `--port` names one").close()


def _app(parts: Parts, webhooks: Webhooks, clock: FileClock, kafka: MemoryKafka) -> FastAPI:
    """The agency's HTTP, and what exists in a sandbox alone, without a token: words and clock."""
    app, end = create_app(parts), clock.now() + (WEEKS - 1) * WEEK_S
    agency = parts.office.agency

    def times() -> dict[str, str]:
        return {"now": rfc3339(clock.now()), "until": rfc3339(end)}

    @app.get("/sandbox", include_in_schema=False)
    async def table() -> Response:
        facts = {"agency": agency.name, "desks": agency.desks, "clock": times()}
        return answer({**facts, **words()})

    @app.post("/sandbox/clock", include_in_schema=False)
    async def move(request: Request) -> Response:
        body = parse_body(await read_body(request.headers, request.stream()))
        seconds, left = body.get("seconds"), end - clock.now()  # keys end then
        if body.keys() != {"seconds"} or type(seconds) is not int or not 0 <= seconds <= left:
            expected = f"0 to {left} s, and nothing else"
            raise ProblemError(422, "invalid_request", "another value", expected, "seconds")
        if seconds:
            clocks.set_to(clock.path, clock.now() + seconds)
        await kafka.round()  # what happens by the new time has happened when this returns
        return answer(times())

    _add_checklist(app, webhooks, Checklist(clock))
    return app


def _add_checklist(app: FastAPI, webhooks: Webhooks, checklist: Checklist) -> None:
    """GET and POST of /sandbox/checklist: what was seen; and post to the receivers of webhooks."""
    app.add_middleware(checklist.around)
    posts: list[dict[str, Any]] = []

    @app.get("/sandbox/checklist", include_in_schema=False)
    async def seen() -> Response:
        return answer({"habits": checklist.answer(), "webhook": posts})

    @app.post("/sandbox/checklist", include_in_schema=False)
    async def post() -> Response:
        posts[:] = await post_all(webhooks)
        return await seen()
