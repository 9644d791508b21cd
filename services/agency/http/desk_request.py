"""One request of a desk: whose token it is, its body and key, how it publishes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final

import structlog
from fastapi import Depends, Path, Query, Request
from fastapi.responses import Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from services.agency.http.bearer_tokens import Tokens
from services.agency.http.interface.openapi import CREATED, MAX_KEY
from services.agency.http.json_body import parse_body, read_body
from services.agency.loops.incoming import PAGE, Incoming
from services.agency.loops.publisher import Publisher
from services.agency.office.fold.desk_fold import DeskFold
from services.agency.office.office import Office
from services.agency.office.requests.desk_request import DeskRequest
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
Limit = Annotated[int, Query(ge=1, le=PAGE, description="Rows in the answer.", examples=[20])]
log = structlog.get_logger("relais.agency")
_BEARER = HTTPBearer(
    auto_error=False,
    description="One token a desk; it opens its own desk, and one that ends and that it follows.",
)


@dataclass(slots=True)
class Parts:
    """What the routes work with, once the service has started."""

    office: Office
    tokens: Tokens
    clock: Clock
    metrics: Metrics
    incoming: Incoming
    kinds: Mapping[str, type[Record]]
    publisher: Publisher
    witness: LogWitness | None = None
    webhooks: Webhooks | None = None
    kafka: str = "127.0.0.1:9092"  # as /asyncapi.json names it
    secure: bool = False  # whether Kafka asks for certificates


@dataclass(frozen=True, slots=True)
class Call:
    """A request of a desk whose token was known."""

    parts: Parts
    desk: str
    request: Request
    response: Response

    @property
    def view(self) -> DeskFold:
        """The desk's fold."""
        return self.parts.office.view(self.desk)

    @property
    def now(self) -> int:
        """This instant, seconds."""
        return self.parts.clock.now()

    @property
    def key(self) -> str:
        """The Idempotency-Key, empty if none."""
        if (key := self.request.headers.get("idempotency-key")) is None:
            return ""
        if not 0 < len(key) <= MAX_KEY or not key.isprintable() or not key.isascii():
            expected = f"1 to {MAX_KEY} printable ASCII characters"
            raise ProblemError(400, "bad_idempotency_key", "another text", expected)
        return f"key {key}"

    async def body(self, *, optional: bool = False) -> dict[str, Any]:
        """The JSON object; with `optional`, empty if there is no body."""
        request = self.request
        return parse_body(await read_body(request.headers, request.stream(), optional=optional))

    async def publish(
        self, kind: str, body: Mapping[str, Any], event: str = "", key: str = ""
    ) -> SendAnswer:
        """What the publisher answers; `Location` says where the first event stands."""
        request = DeskRequest(self.desk, kind, body, event, key or self.key)
        sent = await self.parts.publisher.publish(request)
        if sent.events:
            self.response.headers[CREATED] = f"/v1/referrals/{sent.events[0]}"
        return sent


async def call_of(
    request: Request,
    response: Response,
    desk: Annotated[
        str | None,
        Query(
            description="Short id of the desk: the token's own, or one that ends and that it "
            "follows.",
            examples=["crip"],
        ),
    ] = None,
    _: HTTPAuthorizationCredentials | None = Depends(_BEARER),
) -> Call:
    """The desk for which a request is: its token's, or the one that `desk` names.

    Every route of a desk asks for it first, so parameters that it does not have end here too.
    """
    parts: Parts = request.app.state.parts
    own = parts.tokens.check(request.headers.get("authorization"))
    desk = (desk or own).lower()
    structlog.contextvars.bind_contextvars(desk=desk)
    if desk != own:
        _act_for(parts, desk, own, request)
    known = _parameters(request.scope["route"].dependant)
    for name in request.query_params:
        if name not in known:  # with `dryrun=true` left aside a record would be sent
            raise problems.parameter_unknown(name, known)
    response.headers.update(NO_STORE)
    return Call(parts, desk, request, response)


def _act_for(parts: Parts, desk: str, successor: str, request: Request) -> None:
    """Let a successor act for a desk that ends, by the owners' order; each request is logged."""
    if not parts.office.agency.may_act_for(successor, desk, parts.clock.now()):
        expected = "the token's own desk, or one that it follows"
        raise ProblemError(403, "other_desk", "another desk", expected)
    route = request.scope["route"].path
    log.info("acts for a desk that ends", by=successor, method=request.method, route=route)


Caller = Annotated[Call, Depends(call_of)]


def _parameters(dependant: Any) -> frozenset[str]:
    """The query parameters of a route, as FastAPI has read them off its signature."""
    own = frozenset(parameter.alias for parameter in dependant.query_params)
    return own.union(*(_parameters(below) for below in dependant.dependencies))
