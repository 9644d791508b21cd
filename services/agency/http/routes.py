"""An agency's HTTP (use §2): routes that read a request, ask the office, and answer.

Every answer to a desk is `no-store`; every refusal is a problem document (`problems.py`); nothing
of a request is ever repeated. The handlers hold no rule of the convention.
"""

# No `from __future__ import annotations` here: FastAPI could not resolve `Depends(caller)`, a local
# name, from a string, and would then leave the dependency out.

import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache
from time import monotonic
from typing import Annotated, Any, Final, cast

from fastapi import Depends, FastAPI, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.exceptions import HTTPException
from starlette.routing import Route

from contracts.errors import RelaisError
from services.agency.http import asyncapi, docs_page, openapi
from services.agency.http.admission import Gate
from services.agency.http.bearer_tokens import Tokens
from services.agency.http.json_body import parse_body, read_body
from services.agency.http.openapi import CREATED, operation
from services.agency.loops.inbox_reader import PAGE, InboxReader, Incoming
from services.agency.loops.publisher import Publisher
from services.agency.office import cursor
from services.agency.office import office as offices
from services.agency.office.office import Office
from services.agency.office.responses.inbox import Inbox
from services.agency.office.responses.sending import SendAnswer
from services.agency.office.responses.standing import Duties, EventStatus, Referrals
from services.agency.record.record import Record
from services.platform.http import problems
from services.platform.http.problems import ProblemError
from services.platform.http.responses import (
    NO_STORE,
    NOT_ALLOWED,
    answer,
    problem_response,
)
from services.platform.kafka.subscription import Subscription
from services.platform.process.clock import Clock
from services.platform.process.metrics import Metrics

MAX_WAIT: Final = 30.0  # seconds of a long poll
MAX_KEY: Final = 200  # characters of an Idempotency-Key
METHODS: Final = frozenset({"GET", "HEAD", "POST"})  # that metrics tell apart
RECEIVED: Final = "received"  # the stage that an acknowledgement without a body means
EXPECTED: Final = {  # of query parameters, in words
    "dry_run": "true or false",
    "after": "the cursor of an earlier answer",
    "wait": f"0 to {MAX_WAIT:g} seconds",
    "limit": f"1 to {PAGE}",
}

_AN_EVENT: Final = "01939e3a-0000-7000-8000-000000000001"
_EVENT_OR_NONE: Final = "^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?$"
EventPath = Annotated[
    str, Path(description="Id of an event, as an earlier answer told it.", examples=[_AN_EVENT])
]

_DESCRIPTION: Final = (
    "Send the agency's own records, follow what becomes of them, read what other agencies send. "
    "Every answer is JSON, kept by no cache; every refusal is a problem document (RFC 9457) with a "
    "`request_id`. A member that does not apply is absent: nothing is ever null."
)
_TAGS: Final = [
    {"name": "referrals", "description": "What the desk sends, and what becomes of it."},
    {"name": "inbox", "description": "What the desk is sent, and what it owes."},
]

_BEARER = HTTPBearer(auto_error=False, description="One token a desk; it opens its own desk only.")


@dataclass(slots=True)
class Parts:
    """What the routes work with; what has a default comes once the service has started."""

    office: Office
    tokens: Tokens
    clock: Clock
    metrics: Metrics
    incoming: Incoming
    kinds: Mapping[str, type[Record]]
    publisher: Publisher | None = None
    reader: InboxReader | None = None
    subscription: Subscription | None = None


def create_app(parts: Parts) -> FastAPI:
    """The agency's routes."""
    name = parts.office.agency.name
    app = FastAPI(
        title=f"Relais · {name}",
        version="1",
        summary="Signed, minimally scoped referrals between the agencies of child protection.",
        description=_DESCRIPTION,
        openapi_tags=_TAGS,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    _handle_errors(app)
    _add_referrals(app, parts)
    _add_inbox(app, parts)
    _add_documents(app, parts)
    app.middleware("http")(_counted(parts.metrics))
    app.add_middleware(Gate, metrics=parts.metrics)  # added last: it stands before all others
    return app


def _caller(parts: Parts) -> Callable[..., Awaitable[str]]:
    """The desk that calls: its token's, and the one named in `desk`, if any.

    Every route of a desk asks for it first, so parameters that it does not have end here too.
    """

    async def caller(
        request: Request,
        response: Response,
        desk: Annotated[
            str | None,
            Query(description="Short id of the token's desk.", examples=["crip"]),
        ] = None,
        _: HTTPAuthorizationCredentials | None = Depends(_BEARER),
    ) -> str:
        found = parts.tokens.check(request.headers.get("authorization"), desk)
        _check_parameters(request)
        response.headers.update(NO_STORE)
        return found

    return caller


def _check_parameters(request: Request) -> None:
    """Refuse what the route does not know: with `dryrun=true` left aside a record would be sent.

    Raises:
        ProblemError: 422 `parameter_unknown`.
    """
    known = _parameters(request.scope["route"].dependant)
    for name in request.query_params:
        if name not in known:
            raise problems.parameter_unknown(name, known)


def _parameters(dependant: Any) -> frozenset[str]:
    """The query parameters of a route, as FastAPI has read them off its signature."""
    own = frozenset(one.alias for one in dependant.query_params)
    return own.union(*(_parameters(one) for one in dependant.dependencies))


def _add_referrals(app: FastAPI, parts: Parts) -> None:
    office, caller = parts.office, _caller(parts)

    @app.post(
        "/referrals",
        status_code=202,
        tags=["referrals"],
        **operation(
            "post_referral",
            "Send a record",
            ("publish", "body", "record"),
            success="Published: what became of it, desk by desk",
            kinds=parts.kinds,
        ),
    )
    async def post_referral(
        request: Request,
        response: Response,
        desk: Annotated[str, Depends(caller)],
        dry_run: Annotated[
            bool,
            Query(description="The verdict alone, with 200; publish nothing.", examples=[True]),
        ] = False,
    ) -> SendAnswer:
        """Take the agency's own record: 202 with event ids, or with `dry_run` the verdict alone."""
        record = await _body(request)
        asked = offices.Request(desk, "record", record, key=_key(request))
        if dry_run:
            response.status_code = 200
            return office.try_out(asked, parts.clock.now_ms(), secrets.token_bytes)
        return await _published(parts, asked, response)

    @app.get(
        "/referrals",
        tags=["referrals"],
        **operation(
            "get_referrals",
            "Follow all own events",
            (),
            success="Own events and where each stands, a page of them",
        ),
    )
    async def get_referrals(
        desk: Annotated[str, Depends(caller)],
        after: Annotated[
            str,
            Query(
                pattern=_EVENT_OR_NONE,
                description="Cursor of the last answer: the last event that it told.",
                examples=[_AN_EVENT],
            ),
        ] = "",
        limit: Annotated[
            int, Query(ge=1, le=PAGE, description="Events in the answer.", examples=[20])
        ] = PAGE,
    ) -> Referrals:
        """Own events in the order of time, with where each stands."""
        return office.referrals(desk, after, limit, parts.clock.now())

    @app.get(
        "/referrals/{event_id}",
        tags=["referrals"],
        **operation(
            "get_referral", "Follow an event", ("event",), success="Where the event stands"
        ),
    )
    async def get_referral(
        event_id: EventPath, desk: Annotated[str, Depends(caller)]
    ) -> EventStatus:
        """Where an own event stands: published, delivered, withheld or refused, acknowledged."""
        return office.status(desk, event_id, parts.clock.now())

    @app.post(
        "/referrals/{event_id}/withdraw",
        status_code=202,
        tags=["referrals"],
        **operation(
            "withdraw",
            "Withdraw an event",
            ("publish", "event", "withdraw"),
            success="Published: the withdrawal",
        ),
    )
    async def withdraw(
        event_id: EventPath,
        request: Request,
        response: Response,
        desk: Annotated[str, Depends(caller)],
    ) -> SendAnswer:
        """Take an own event back from every desk that has it."""
        key = _key(request) or f"withdraw {event_id}"
        asked = offices.Request(desk, "withdraw", {}, event_id, key)
        return await _published(parts, asked, response)


def _add_inbox(app: FastAPI, parts: Parts) -> None:
    office, caller = parts.office, _caller(parts)

    @app.get(
        "/inbox",
        tags=["inbox"],
        **operation(
            "get_inbox", "Read the inbox", ("inbox",), success="Arrivals with their content, a page"
        ),
    )
    async def get_inbox(
        desk: Annotated[str, Depends(caller)],
        after: Annotated[
            str,
            Query(
                max_length=4096,
                description="Cursor of the last answer; none: from the oldest that is kept.",
                examples=["eyJjaXZpbCI6eyIwIjo0Mn19.2Yh0k3v0uQz1m0s8c7bQfA"],
            ),
        ] = "",
        wait: Annotated[
            float,
            Query(
                ge=0, le=MAX_WAIT, description="Seconds to wait for a first arrival.", examples=[20]
            ),
        ] = 0,
        limit: Annotated[
            int, Query(ge=1, le=PAGE, description="Arrivals in the answer.", examples=[20])
        ] = PAGE,
    ) -> Inbox:
        """Arrivals in order, opened for this answer and stored nowhere; long poll."""
        if parts.reader is None:
            raise problems.kafka_unreachable()
        secret = office.agency.secret
        start = cursor.read(secret, desk, after) if after else {}
        items, end, more = await parts.incoming.page(parts.reader, desk, start, wait, limit)
        return Inbox(
            desk=desk,
            items=tuple(items),
            cursor=cursor.write(secret, desk, end),
            more=more,
            missing=tuple(gap.told() for gap in office.view(desk).gaps),
        )

    @app.post(
        "/inbox/{event_id}/acknowledge",
        status_code=202,
        tags=["inbox"],
        **operation(
            "acknowledge",
            "Acknowledge an arrival",
            ("publish", "body", "event"),
            success="Published: the acknowledgement",
        ),
    )
    async def acknowledge(
        event_id: EventPath,
        request: Request,
        response: Response,
        desk: Annotated[str, Depends(caller)],
    ) -> SendAnswer:
        """The receipt that the convention asks for, as a signed event; once a stage."""
        body = await _body(request, optional=True)
        if body == {"stage": RECEIVED}:
            body = {}  # they mean the same, and so are the same request
        key = _key(request) or f"acknowledge {event_id} {body.get('stage', RECEIVED)}"
        asked = offices.Request(desk, "acknowledge", body, event_id, key)
        return await _published(parts, asked, response)

    @app.post(
        "/inbox/{event_id}/outcome",
        status_code=202,
        tags=["inbox"],
        **operation(
            "outcome",
            "Give an arrival's outcome",
            ("publish", "body", "event", "outcome"),
            success="Published: the outcome",
        ),
    )
    async def outcome(
        event_id: EventPath,
        request: Request,
        response: Response,
        desk: Annotated[str, Depends(caller)],
    ) -> SendAnswer:
        """Feedback to the author of an arrival, by code (clauses R39 to R41)."""
        asked = offices.Request(desk, "outcome", await _body(request), event_id, _key(request))
        return await _published(parts, asked, response)

    @app.get(
        "/duties",
        tags=["inbox"],
        **operation("get_duties", "See what is owed", (), success="Open duties of the desk"),
    )
    async def get_duties(desk: Annotated[str, Depends(caller)]) -> Duties:
        """What the desk owes and by when, overdue first."""
        return office.duties(desk, parts.clock.now())


def _add_documents(app: FastAPI, parts: Parts) -> None:
    @cache
    def described() -> dict[str, Any]:
        return openapi.document(app, parts.kinds)

    @app.get("/openapi.json", include_in_schema=False)
    async def get_openapi() -> Response:
        return answer(described())

    @app.get("/asyncapi.json", include_in_schema=False)
    async def get_asyncapi() -> Response:
        agency = parts.office.agency
        if parts.subscription is None:
            raise problems.kafka_unreachable()
        return answer(asyncapi.document(agency.name, agency.realms, parts.subscription))

    @app.get("/docs", include_in_schema=False)
    async def get_docs() -> Response:
        page = docs_page.page(described())
        return Response(page, headers=NO_STORE | docs_page.HEADERS, media_type="text/html")


async def _body(request: Request, *, optional: bool = False) -> dict[str, Any]:
    return parse_body(await read_body(request.headers, request.stream(), optional=optional))


def _key(request: Request) -> str:
    """The Idempotency-Key, empty if none.

    Raises:
        ProblemError: 400 `bad_idempotency_key`.
    """
    key = request.headers.get("idempotency-key", "")
    if len(key) > MAX_KEY or not key.isprintable() or not key.isascii():
        expected = f"at most {MAX_KEY} printable ASCII characters"
        raise ProblemError(400, "bad_idempotency_key", "another text", expected)
    return f"key {key}" if key else ""


async def _published(parts: Parts, asked: offices.Request, response: Response) -> SendAnswer:
    if parts.publisher is None:
        raise problems.kafka_unreachable()
    found = await parts.publisher.publish(asked)
    if found.events:
        response.headers[CREATED] = f"/referrals/{found.events[0]}"
    return found


def _handle_errors(app: FastAPI) -> None:
    async def problem(request: Request, error: Exception) -> Response:
        if isinstance(error, HTTPException) and error.status_code == NOT_ALLOWED:
            error.headers = {"Allow": ", ".join(_methods(app, request))}
        return problem_response(error)

    async def parameters(_request: Request, error: Exception) -> Response:
        found = cast("RequestValidationError", error).errors()
        return problem_response(problems.bad_parameters(found, EXPECTED))

    for kind in (ProblemError, RelaisError, HTTPException, Exception):
        app.add_exception_handler(kind, problem)
    app.add_exception_handler(RequestValidationError, parameters)


def _methods(app: FastAPI, request: Request) -> list[str]:
    """The methods of a path; of two routes with one path Starlette tells the first alone."""
    found = {
        method
        for route in app.routes
        if isinstance(route, Route) and route.path_regex.match(request.url.path)
        for method in route.methods or ()
    }
    return sorted(found)


def _counted(metrics: Metrics) -> Callable[..., Awaitable[Response]]:
    """Count answers and time by route template and known method: the rest is the caller's text."""

    async def counted(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        began = monotonic()
        response = await call_next(request)
        route = getattr(request.scope.get("route"), "path", "") or "other"
        method = request.method if request.method in METHODS else "other"
        metrics.requests.labels(method, route, str(response.status_code)).inc()
        metrics.answer.labels(method, route).observe(monotonic() - began)
        return response

    return counted
