"""What every route of a desk does alike: whose token it is, its body and key, how it publishes."""

# No `from __future__ import annotations` here: FastAPI could not resolve `Depends(caller)`, a local
# name, from a string, and would then leave the dependency out.

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final

import structlog
from fastapi import Depends, Path, Query, Request
from fastapi.responses import Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.datastructures import MutableHeaders

from services.agency.http.bearer_tokens import Tokens
from services.agency.http.interface.openapi import CREATED, MAX_KEY
from services.agency.http.json_body import parse_body, read_body
from services.agency.loops.inbox_reader import InboxReader
from services.agency.loops.incoming import Incoming
from services.agency.loops.publisher import Publisher
from services.agency.office.office import Office
from services.agency.office.requests.desk_request import DeskRequest, answerable
from services.agency.office.requests.entrusting import key_once
from services.agency.office.responses.sending import SendAnswer
from services.agency.record.record import Record
from services.agency.witness import LogWitness
from services.platform.http import problems
from services.platform.http.problems import ProblemError
from services.platform.http.responses import NO_STORE
from services.platform.process.clock import Clock
from services.platform.process.metrics import Metrics

if TYPE_CHECKING:
    from services.agency.webhooks.push import Webhooks

AN_EVENT: Final = "01939e3a-0000-7000-8000-000000000001"  # the example of all routes
EventPath = Annotated[
    str, Path(description="Id of an event, as an earlier answer told it.", examples=[AN_EVENT])
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
    witness: LogWitness | None = None
    webhooks: "Webhooks | None" = None
    kafka: str = "127.0.0.1:9092"  # as /asyncapi.json names it
    secure: bool = False  # whether Kafka asks for certificates

    def desk_of(self, request: Request, named: str | None) -> str:
        """The desk whose token came.

        Raises:
            ProblemError: those of `Tokens.check`; 403 `desk_has_heir`.
        """
        desk = self.tokens.check(request.headers.get("authorization"), named)
        structlog.contextvars.bind_contextvars(desk=desk)
        self.office.check_goes_on(desk)
        return desk


def caller_of(parts: Parts) -> Callable[..., Awaitable[str]]:
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
        own = parts.desk_of(request, desk)
        _check_parameters(request)
        response.headers.update(NO_STORE)
        return own

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
    own = frozenset(parameter.alias for parameter in dependant.query_params)
    return own.union(*(_parameters(below) for below in dependant.dependencies))


async def body_of(request: Request, *, optional: bool = False) -> dict[str, Any]:
    """The request's JSON object; with `optional`, empty if there is no body."""
    return parse_body(await read_body(request.headers, request.stream(), optional=optional))


def key_of(request: Request) -> str:
    """The Idempotency-Key, empty if none.

    Raises:
        ProblemError: 400 `bad_idempotency_key`.
    """
    key = request.headers.get("idempotency-key", "")
    if len(key) > MAX_KEY or not key.isprintable() or not key.isascii():
        expected = f"at most {MAX_KEY} printable ASCII characters"
        raise ProblemError(400, "bad_idempotency_key", "another text", expected)
    return f"key {key}" if key else ""


async def content_of(parts: Parts, desk: str, event: str) -> dict[str, dict[str, Any]]:
    """What an arrival holds, opened for this request: scope -> body; nothing of one that cannot be read.

    Raises:
        ProblemError: 404 `event_unknown`; 409 `id_of_two_events`; 503.
    """
    if parts.reader is None:
        raise problems.kafka_unreachable()
    view = parts.office.view(desk)
    chosen = (view.holder(event), answerable(view, event))
    (item,) = await parts.incoming.opened(parts.reader, desk, {}, [chosen])
    return dict(item.parts or {})


async def passing_on(
    parts: Parts, desk: str, event: str, body: Mapping[str, Any], key: str = ""
) -> DeskRequest:
    """The request that gives an arrival's case to an heir, with what the arrival holds.

    Args:
        key: the caller's own; empty: once (`entrusting.key_once`).

    Raises:
        ProblemError: as `content_of`.
    """
    content = await content_of(parts, desk, event)
    view = parts.office.view(desk)
    once = key_once(view, answerable(view, event).case, event, str(body.get("to", "")))
    return DeskRequest(desk, "entrust", body, event, key or once, content)


async def published(parts: Parts, asked: DeskRequest, headers: MutableHeaders) -> SendAnswer:
    """What the publisher answers; `Location` says where the first event stands.

    Raises:
        ProblemError: 503 `kafka_unreachable`: the service has not started yet.
    """
    sent = await sent_by(parts, asked)
    if sent.events:
        headers[CREATED] = f"/v1/referrals/{sent.events[0]}"
    return sent


async def sent_by(parts: Parts, asked: DeskRequest) -> SendAnswer:
    """What the publisher answers; raises as `published`."""
    if parts.publisher is None:
        raise problems.kafka_unreachable()
    return await parts.publisher.publish(asked)
