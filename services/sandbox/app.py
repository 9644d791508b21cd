"""The sandbox: one agency's service over a federation in memory, until it is asked to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import AsyncExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import product
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from starlette.routing import Mount

from contracts.encoding import rfc3339
from contracts.errors import RelaisError, UsageError
from contracts.log.orders.registry import Registry
from contracts.vocabulary.schema import short
from contracts.vocabulary.scopes import REALMS
from services.agency.agency_keys import build_agency
from services.agency.desk.routes import DeskPages
from services.agency.desk.situations import has_clause
from services.agency.desk.way_in import DeskAccess
from services.agency.http.bearer_tokens import Tokens
from services.agency.http.desk_request import Parts
from services.agency.http.json_body import parse_body, read_body
from services.agency.http.routes import create_app
from services.agency.office.office import Office
from services.agency.office.requests.desk_request import DeskRequest
from services.agency.trade import trade_of
from services.agency.webhooks.push import Webhooks
from services.operate.home.first_orders import new_orders
from services.operate.home.home import Home
from services.operate.home.keys import write_secret
from services.operate.home.lock import MARK
from services.platform.browser.access_log import AccessLog
from services.platform.http.health_endpoints import listen, serving
from services.platform.http.problems import ProblemError
from services.platform.http.receiver import Receiver
from services.platform.http.responses import answer
from services.platform.kafka.orders.new_orders import signed_values
from services.platform.keys.keystore import router_keys, token_hashes
from services.platform.ports import now, random_bytes
from services.platform.process.clock import FileClock, set_to
from services.platform.process.metrics import Metrics
from services.platform.process.paris_time import paris_offset
from services.platform.process.progress import ServiceHealth
from services.platform.process.side_by_side import until_one_ends
from services.sandbox.answering import AnsweringFederation, MemoryKafka, SteeredPublisher
from services.sandbox.checklist import Checklist
from services.sandbox.records import synthetic_record
from services.sandbox.steering import words
from services.sandbox.webhooks import post_all, webhooks_of

HOST: Final = "127.0.0.1"
WEEK_S: Final = 7 * 86_400
WEEKS: Final = 9  # that keys last, and so how far the clock can be moved
ALERTS: Final = ("information_preoccupante", "minor_information")
CALLED_S: Final = 3600  # before it was written: the call that came first


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
            set_to(clock.path, clock.now() + seconds)
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


def made_ready(home: Home, clock: FileClock, tested: str, *, empty: bool) -> AnsweringFederation:
    """Every agency of a home over topics in which nothing lies but, if not empty, first arrivals.

    The home's keys and tokens stay from one sandbox to the next; its clock begins anew.
    """
    write_secret(home.path / MARK, b"")
    clock.path.unlink(missing_ok=True)
    at = set_to(clock.path, now())
    home.prepare(at, WEEKS)
    registries = {realm: Registry(realm, home.owners) for realm in REALMS}
    for registry in registries.values():
        for new in new_orders(home, registry, shards=1):
            signed_values(registry, new, at)
    keys = partial(router_keys, home.keys)
    federation = AnsweringFederation(tested, registries, keys, clock.now, random_bytes)
    run = random_bytes(8).hex()  # no cursor and no id of a webhook is taken for an earlier run's
    served = {partner.desk for partner in home.partners}
    for name, partners in home.agencies.items():
        roles = [home.convention.roles[partner.role] for partner in partners]
        own = {realm: registries[realm] for role in roles for realm in role.realms}
        if partners:
            trade = trade_of(name)
            agency = build_agency(home.keys, name, trade, own, at, served)
            federation.join(Office(replace(agency, run=run)))
    federation.settle()  # each partition's log begins
    if not empty:
        _fill(federation, at)
    return federation


def _fill(federation: AnsweringFederation, at: int) -> None:
    """File an alert of each tested desk, then what others may send it, in a case that they know."""
    own = federation.offices[federation.tested].agency
    today = datetime.fromtimestamp(at, UTC).date()

    def file(agency: str, desk: str, kind: str, **more: str) -> bool:
        record = synthetic_record(agency, kind, "Exemple", today) | more
        if kind == "contribution_request":
            del record["due"]  # whoever answers reads one day: the convention's
        if "call" in record:
            wall, offset = paris_offset(at - CALLED_S)
            record["call"]["at"] = wall.isoformat() + offset
        try:
            return bool(federation.request(DeskRequest(desk, "record", record)).events)
        except (RelaisError, ProblemError):
            return False  # it answers something that never was

    kinds = trade_of(own.name).kinds
    alerts = [
        (desk, kind)
        for desk, kind in product(own.desks, ALERTS)
        if kind in kinds and has_clause(kinds[kind], own.book(at).role(desk), own, at)
    ]
    for number, (desk, kind) in enumerate(alerts, 1):
        file(own.name, desk, kind, reference=f"EXEMPLE-{number}")
    federation.route_all()
    roles = {own.book(at).role(desk) for desk in own.desks}
    for name in federation.others:
        federation.read_inboxes(name)
        office = federation.offices[name]
        for desk, kind in _unasked(office, roles, at):
            came = office.view(desk).names.events.values()
            cases = {one.case for one in came if short(one.iss) in own.desks}
            filed = [file(name, desk, kind, case=one, reference=f"{kind} {one}") for one in cases]
            if not any(filed):
                file(name, desk, kind)


def _unasked(office: Office, roles: set[str], at: int) -> Iterator[tuple[str, str]]:
    """A desk and a kind of record, for each kind that becomes an event for one of the roles."""
    desks = {office.agency.book(at).role(desk): desk for desk in reversed(office.agency.desks)}
    for kind, model in trade_of(office.agency.name).kinds.items():
        if any(roles & set(event.to) for event in model.events_of_kind()):
            senders = [desks[role] for role in desks if not model.roles or role in model.roles]
            yield from ((desk, kind) for desk in senders[:1])
