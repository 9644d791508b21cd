"""An agency’s HTTP: its routes, its documents, its witness, and how it refuses and counts.

Every answer to a desk is `no-store`; every refusal is a problem document (`problems.py`); nothing
of a request is ever repeated. The handlers hold no rule of the convention.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Final, TypeVar, cast

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contracts.decision.state.shelves import LostRowError
from contracts.errors import ProofError, RelaisError
from contracts.proof.witness import (
    CONFLICT,
    GOOD,
    LINES_MEDIA,
    MAX_REQUEST_BYTES,
    UNKNOWN,
)
from contracts.vocabulary import topics
from services.agency.http.admission import Gate
from services.agency.http.desk_request import Parts
from services.agency.http.discovery_routes import add_check, add_discovery
from services.agency.http.inbox_routes import MAX_WAIT, add_inbox, add_webhook
from services.agency.http.interface import openapi
from services.agency.http.interface.problem_pages import (
    assets,
    problem_page,
    swagger_page,
)
from services.agency.http.json_body import bounded_body
from services.agency.http.referral_routes import add_accesses, add_referrals
from services.agency.loops.incoming import PAGE
from services.agency.witness import LogWitness
from services.platform.browser.answers import lang_of, page_answer
from services.platform.http import problems
from services.platform.http.problems import ProblemError
from services.platform.http.responses import (
    NO_STORE,
    NOT_ALLOWED,
    NOT_FOUND,
    answer,
    answer_nobody,
    problem_response,
)
from services.platform.ports import monotonic
from services.platform.process.metrics import Metrics

METHODS: Final = frozenset({"GET", "HEAD", "POST"})  # that metrics tell apart
EXPECTED: Final = {  # of query parameters, in words
    "dry_run": "true or false",
    "after": "the cursor of an earlier answer",
    "wait": f"0 to {MAX_WAIT:g} seconds",
    "limit": f"1 to {PAGE}",
}

_DESCRIPTION: Final = (
    "Send the agency's own records, follow what becomes of them, read what other agencies send. "
    "Every answer is JSON, kept by no cache; every refusal is a problem document (RFC 9457) with a "
    "`request_id`. A member that does not apply is absent: nothing is ever null.\n\n"
    "Kafka: [asyncapi.json](/asyncapi.json)."
)
_TAGS: Final = [
    {"name": "referrals", "description": "What the desk sends, and what becomes of it."},
    {"name": "inbox", "description": "What the desk is sent, and what it owes."},
    {"name": "discovery", "description": "What the desk may send, to whom, and in which words."},
    {"name": "accesses", "description": "Which desks take part in a case."},
    {"name": "webhooks", "description": "What the desk's own receiver is posted."},
]


def create_app(parts: Parts) -> FastAPI:
    """The agency's routes."""
    name = parts.office.agency.name
    app = FastAPI(
        title=f"Relais · {name}",
        version="1",
        summary="Signed, minimally scoped referrals between the agencies of child protection.",
        description=_DESCRIPTION,
        openapi_tags=_TAGS,
        servers=[openapi.SERVER],
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,  # behind a proxy it would lead from https to http
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.parts = parts
    _handle_errors(app)

    @cache
    def described() -> dict[str, Any]:
        return openapi.document(app, parts.kinds)

    add_referrals(app, parts)
    add_inbox(app)
    add_webhook(app)
    add_accesses(app)
    add_discovery(app, parts, described)
    add_witness(app, parts)
    add_check(app)
    _add_documents(app, parts, described)
    app.add_middleware(_Counted, metrics=parts.metrics)
    app.add_middleware(Gate, metrics=parts.metrics)  # added last: it stands before all others
    return app


def _add_documents(app: FastAPI, parts: Parts, described: Callable[[], dict[str, Any]]) -> None:
    """Each is made, and what makes it loaded, when somebody asks for it."""

    @app.get("/openapi.json", include_in_schema=False)
    async def get_openapi() -> Response:
        return answer(described())

    @cache
    def topics_described() -> dict[str, Any]:
        from services.platform.kafka import asyncapi  # and with it FastStream

        agency = parts.office.agency
        realms = {realm: agency.registries[realm].partitions for realm in agency.realms}
        writes = [topics.outbox(realm, agency.name) for realm in realms]
        inboxes = [topics.inbox(realm, agency.name) for realm in realms]
        reads = [*map(topics.control, realms), *inboxes, *writes]
        return asyncapi.document(
            parts.kafka, agency.name, realms, reads=reads, writes=writes, secure=parts.secure
        )

    @app.get("/asyncapi.json", include_in_schema=False)
    async def get_asyncapi() -> Response:
        return answer(topics_described())

    @app.get("/docs", include_in_schema=False)
    async def get_docs() -> Response:
        return swagger_page(app.title)

    app.router.routes.append(assets())

    @app.get("/problems", include_in_schema=False)
    @app.get("/problems/{code}", include_in_schema=False)
    async def get_problem(request: Request) -> Response:
        lang = lang_of(request)
        if not (html := problem_page(lang, request.path_params.get("code", ""))):
            raise HTTPException(NOT_FOUND)
        return page_answer(request, html)


def _handle_errors(app: FastAPI) -> None:
    async def problem(request: Request, error: Exception) -> Response:
        if isinstance(error, HTTPException) and error.status_code == NOT_ALLOWED:
            error.headers = {"Allow": ", ".join(_methods(app, request))}
        return problem_response(error)

    async def parameters(_request: Request, error: Exception) -> Response:
        faults = cast("RequestValidationError", error).errors()
        return problem_response(problems.bad_parameters(faults, EXPECTED))

    for kind in (ProblemError, RelaisError, LostRowError, HTTPException, Exception):
        app.add_exception_handler(kind, problem)
    app.add_exception_handler(RequestValidationError, parameters)
    app.add_exception_handler(ClientDisconnect, answer_nobody)


def _methods(app: FastAPI, request: Request) -> list[str]:
    """The methods of a path; of two routes with one path Starlette tells the first alone."""
    methods = {
        method
        for route in app.routes
        if isinstance(route, Route) and route.path_regex.match(request.url.path)
        for method in route.methods or ()
    }
    return sorted(methods)


class _Counted:
    """Counts answers and time by route template and known method: the rest is the caller's text."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = monotonic(), 0

        async def sending(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        await self._app(scope, receive, sending)
        route = getattr(scope.get("route"), "path", "") or "other"
        method = scope["method"] if scope["method"] in METHODS else "other"
        self._metrics.requests.labels(method, route, str(status)).inc()
        self._metrics.answer.labels(method, route).observe(monotonic() - began)


Answered = TypeVar("Answered")

log = structlog.get_logger("relais.agency")


def add_witness(app: FastAPI, parts: Parts) -> None:
    """POST /witness/add-checkpoint, GET /witness/contradictions, /witness/<log id>/checkpoint."""

    @app.post("/witness/add-checkpoint", include_in_schema=False)
    async def add_checkpoint(request: Request) -> Response:
        body = await bounded_body(request.headers, request.stream(), MAX_REQUEST_BYTES)
        answer = await _witnessed(parts, lambda witness: witness.add(body))
        if answer.status not in (GOOD, CONFLICT):
            raise ProblemError(answer.status, answer.code)
        # As a header: of a media type Starlette makes one with a charset, which the standard's has
        # not.
        return Response(answer.body, answer.status, {**NO_STORE, "Content-Type": answer.media})

    @app.get("/witness/contradictions", include_in_schema=False)
    async def get_contradictions() -> Response:
        shown = await _witnessed(parts, LogWitness.contradictions)
        notes = [
            {"cosigned": one.cosigned.decode(), "contradiction": one.contradiction.decode()}
            for one in shown
        ]
        return answer({"items": notes})

    @app.get("/witness/{name}/checkpoint", include_in_schema=False)
    async def get_checkpoint(name: str) -> Response:
        cosigned = await _witnessed(parts, lambda witness: witness.checkpoint(name))
        if cosigned is None:
            raise _unknown()
        return Response(cosigned, headers=dict(NO_STORE), media_type=LINES_MEDIA)


async def _witnessed(parts: Parts, ask: Callable[[LogWitness], Answered]) -> Answered:
    """What the agency's witness answers; one that has no key or no policy knows no log."""
    if (witness := parts.witness) is None:
        raise _unknown()
    try:
        return await witness.memory.aside(ask, witness)
    except (OSError, ProofError) as error:  # whoever cannot remember must not cosign
        log.exception("witness cannot remember", kind=type(error).__name__)
        raise ProblemError(503, "witness_unavailable") from None


def _unknown() -> ProblemError:
    return ProblemError(UNKNOWN, "origin_unknown", "another log", "one of the trust policy")
