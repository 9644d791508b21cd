"""What exists in a sandbox alone: its references, its clock and its checklist, without a token."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from contracts.encoding import rfc3339
from contracts.vocabulary.schema import Closed
from services.agency.http.desk_request import Parts
from services.agency.http.json_body import parse_body, read_body
from services.platform.http.problems import ProblemError, validated
from services.platform.http.responses import answer, problem_response
from services.platform.process import clock as clocks
from services.platform.process.clock import FileClock
from services.sandbox.checklist import Checklist
from services.sandbox.prepared import WEEKS
from services.sandbox.steering import words

WEEK_S: Final = 7 * 86_400


class ClockMove(Closed):
    """How far the clock goes on."""

    seconds: int = Field(ge=0)


def sandbox_routes(
    parts: Parts, clock: FileClock, moved: Callable[[], Awaitable[object]], checklist: Checklist
) -> list[Route]:
    """GET /sandbox, POST /sandbox/clock, GET and POST of /sandbox/checklist.

    Args:
        moved: what befalls by the new time has befallen when it returns.
    """
    agency, end = parts.office.agency, clock.now() + (WEEKS - 1) * WEEK_S
    posts: list[dict[str, Any]] = []

    def times() -> dict[str, str]:
        return {"now": rfc3339(clock.now()), "until": rfc3339(end)}

    async def table(_request: Request) -> Response:
        facts = {"agency": agency.name, "desks": agency.desks, "clock": times()}
        return answer({**facts, **words()})

    async def move(request: Request) -> Response:
        try:
            body = parse_body(await read_body(request.headers, request.stream()))
            seconds = validated(ClockMove, body).seconds
        except ProblemError as problem:
            return problem_response(problem)
        if seconds > (left := end - clock.now()):  # keys end then
            got, expected = f"{seconds} s", f"0 to {left} s"
            return problem_response(ProblemError(422, "invalid_request", got, expected, "seconds"))
        clocks.advance(clock.path, seconds)
        await moved()
        return answer(times())

    async def seen(_request: Request) -> Response:
        return answer({"habits": checklist.answer(), "webhook": posts})

    async def post(request: Request) -> Response:
        if parts.webhooks is not None:
            from services.sandbox.hostile_posts import post_all  # and with it a client of HTTP

            posts[:] = await post_all(parts.webhooks)
        return await seen(request)

    return [
        Route("/sandbox", table),
        Route("/sandbox/checklist", seen),
        Route("/sandbox/checklist", post, methods=["POST"]),
        Route("/sandbox/clock", move, methods=["POST"]),
    ]
