"""What exists in a sandbox alone: its table of references, and its clock. Neither needs a token."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final

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
from services.sandbox.faults import FaultyFederation
from services.sandbox.prepared import WEEKS
from services.sandbox.steering import PREFIX, REST, WORDS
from services.texts import Text

WEEK_S: Final = 7 * 86_400
LANGUAGES: Final = ("fr", "en")

Moved = Callable[[], Awaitable[object]]


class ClockMove(Closed):
    """Where the clock goes: so many seconds on, or to an instant that is to come."""

    seconds: int = Field(0, ge=0)
    to: str = Field("", max_length=40)


def sandbox_routes(federation: FaultyFederation, clock: FileClock, moved: Moved) -> list[Route]:
    """GET /sandbox, GET and POST /sandbox/clock.

    Args:
        moved: what befalls by the new time has befallen when it returns.
    """
    end = clock.now() + (WEEKS - 1) * WEEK_S

    def told() -> dict[str, str]:
        return {"now": rfc3339(clock.now()), "until": rfc3339(end)}

    async def table(_request: Request) -> Response:
        desks = federation.offices[federation.tested].agency.desks
        return answer({"agency": federation.tested, "desks": desks, "clock": told(), **words()})

    async def now(_request: Request) -> Response:
        return answer(told())

    async def move(request: Request) -> Response:
        try:
            body = parse_body(await read_body(request.headers, request.stream()))
            clocks.advance(clock.path, _seconds(validated(ClockMove, body), clock.now(), end))
        except ProblemError as problem:
            return problem_response(problem)
        await moved()
        return answer(told())

    return [
        Route("/sandbox", table),
        Route("/sandbox/clock", now),
        Route("/sandbox/clock", move, methods=["POST"]),
    ]


def words() -> dict[str, Any]:
    """The table of references, for machines and people."""
    rows = [
        {
            "word": name,
            **({"value": word.value} if word.value else {}),
            **({"values": sorted(word.known)} if word.known else {}),
            "means": _said(word.meaning),
            **(
                {"values_mean": {value: _said(text) for value, text in word.means.items()}}
                if word.means
                else {}
            ),
        }
        for name, word in WORDS.items()
    ]
    return {"reference": f"{PREFIX}WORD[=VALUE] ... [{REST} anything]", "words": rows}


def _said(text: Text) -> dict[str, str]:
    return {lang: text.say(lang) for lang in LANGUAGES}


def _seconds(move: ClockMove, now: int, end: int) -> int:
    """How far to go.

    Raises:
        ProblemError: 422 `invalid_request`: it has gone by, or keys end before it.
    """
    seconds = move.seconds
    if move.to:
        try:
            seconds = int(datetime.fromisoformat(move.to).timestamp()) - now
        except ValueError:
            raise ProblemError(422, "not_a_moment", "another text", "RFC 3339", "to") from None
    if not 0 <= seconds <= end - now:
        raise ProblemError(
            422,
            "invalid_request",
            f"{seconds} s",
            f"0 to {end - now} s",
            "to" if move.to else "seconds",
        )
    return seconds
