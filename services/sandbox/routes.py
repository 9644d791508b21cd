"""What exists in a sandbox alone: its references, its clock and its checklist, without a token."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from contracts.encoding import rfc3339
from contracts.vocabulary.schema import Closed
from services.agency.http.json_body import parse_body, read_body
from services.platform.http.problems import ProblemError, validated
from services.platform.http.responses import answer, problem_response
from services.platform.process import clock as clocks
from services.platform.process.clock import FileClock
from services.sandbox.answering import AnsweringFederation
from services.sandbox.checklist import Checklist
from services.sandbox.prepared import WEEKS
from services.sandbox.steering import words

if TYPE_CHECKING:
    from services.agency.webhooks.push import Webhooks

WEEK_S: Final = 7 * 86_400

Moved = Callable[[], Awaitable[object]]


class ClockMove(Closed):
    """How far the clock goes on."""

    seconds: int = Field(ge=0)


def sandbox_routes(
    federation: AnsweringFederation,
    clock: FileClock,
    moved: Moved,
    checklist: Checklist,
    webhooks: Callable[[], Webhooks | None],
) -> list[Route]:
    """GET /sandbox, POST /sandbox/clock, GET and POST of /sandbox/checklist.

    Args:
        moved: what befalls by the new time has befallen when it returns.
        webhooks: those that are sent, if any.
    """
    end = clock.now() + (WEEKS - 1) * WEEK_S

    def told() -> dict[str, str]:
        return {"now": rfc3339(clock.now()), "until": rfc3339(end)}

    async def table(_request: Request) -> Response:
        desks = federation.offices[federation.tested].agency.desks
        return answer({"agency": federation.tested, "desks": desks, "clock": told(), **words()})

    async def move(request: Request) -> Response:
        try:
            body = parse_body(await read_body(request.headers, request.stream()))
            clocks.advance(clock.path, _seconds(validated(ClockMove, body), end - clock.now()))
        except ProblemError as problem:
            return problem_response(problem)
        await moved()
        return answer(told())

    posts: list[dict[str, Any]] = []

    async def seen(_request: Request) -> Response:
        return answer({"habits": checklist.answer(), "webhook": posts})

    async def post(request: Request) -> Response:
        if (sending := webhooks()) is not None:
            from services.sandbox.hostile_posts import post_all  # and with it a client of HTTP

            posts[:] = await post_all(sending)
        return await seen(request)

    return [
        Route("/sandbox", table),
        Route("/sandbox/checklist", seen),
        Route("/sandbox/checklist", post, methods=["POST"]),
        Route("/sandbox/clock", move, methods=["POST"]),
    ]


def _seconds(move: ClockMove, left: int) -> int:
    """How far to go.

    Raises:
        ProblemError: 422 `invalid_request`: keys end before it.
    """
    if move.seconds > left:
        got, expected = f"{move.seconds} s", f"0 to {left} s"
        raise ProblemError(422, "invalid_request", got, expected, "seconds")
    return move.seconds
