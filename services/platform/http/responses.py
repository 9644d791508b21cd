"""What a desk is answered with: JSON that no cache keeps, and any error as a problem document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import orjson
import structlog
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from contracts.decision.state.shelves import LostRowError
from contracts.errors import RelaisError
from services.platform.http import problems
from services.platform.http.problems import ProblemError
from services.platform.ports import random_bytes

BAD_REQUEST: Final = 400
NOT_FOUND: Final = 404
NOT_ALLOWED: Final = 405
SERVER: Final = 500  # from here on the fault is on our side
NO_STORE: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

log = structlog.get_logger("relais.http")


def answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer that no cache keeps."""
    return Response(
        orjson.dumps(body), status, dict(headers or {}) | NO_STORE, media_type="application/json"
    )


def not_routed(error: HTTPException, paths: str) -> ProblemError:
    """What Starlette refuses before any of our code is asked, as a problem.

    Args:
        paths: the paths that there are, in words.
    """
    status, headers = error.status_code, dict(error.headers or {})
    if status == NOT_FOUND:
        return ProblemError(status, "no_such_route", "another path", paths, headers=headers)
    if status == NOT_ALLOWED:
        allowed = " or ".join(sorted(headers.get("Allow", "").split(", ")))
        return ProblemError(
            status, "method_not_allowed", "another method", allowed, headers=headers
        )
    return ProblemError(status, "refused", headers=headers)


def problem_response(error: Exception) -> Response:
    """Any error as a problem document; one that we did not foresee tells nothing.

    Its `request_id` is made here, at random, and stands in the log beside code and status: whoever
    is refused can quote it, and it says nothing of the request.
    """
    problem, body = problem_told(error)
    return Response(
        body.model_dump_json(exclude_none=True),
        problem.status,
        problem.headers | NO_STORE,
        media_type=problems.MEDIA_TYPE,
    )


def problem_told(error: Exception) -> tuple[ProblemError, problems.Problem]:
    """Any error as a refusal and its document, which the log can be asked about."""
    problem, request_id = _problem(error), random_bytes(8).hex()
    _logged(problem, error, request_id)
    return problem, problems.Problem(**problem.document(), request_id=request_id)


def _problem(error: Exception) -> ProblemError:
    if isinstance(error, ProblemError | RelaisError | LostRowError):
        return problems.problem_of(error)
    if isinstance(error, HTTPException):
        return not_routed(error, "a path of /openapi.json")
    return ProblemError(500, "internal")


def _logged(problem: ProblemError, error: Exception, request_id: str) -> None:
    """Ours by its code, an unforeseen one by its class: never a text that quotes values."""
    told = {"request_id": request_id, "status": problem.status, "code": problem.code}
    if problem.status == SERVER:
        log.error("request failed", **told, error=type(error).__name__)
    else:
        log.info("request refused", **told)


async def answer_nobody(_request: Request, _error: Exception) -> Response:
    """For a caller that left before its request was whole: no fault of ours, no line in the log."""
    return Response(status_code=BAD_REQUEST)


class OneValueEach:
    """Refuses a query in which a parameter stands twice, before any route takes one of the two."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        query = QueryParams(scope.get("query_string", b""))
        names = Counter(name for name, _value in query.multi_items())
        twice = [name for name, number in names.items() if number > 1]
        app = problem_response(problems.parameter_twice(twice[0])) if twice else self._app
        await app(scope, receive, send)


class LateApp:
    """Refuses with 503 before the service has started and at its end; else asks its app."""

    def __init__(self) -> None:
        self.app: ASGIApp | None = None
        self._why = ("starting", "a service that starts")

    def close(self) -> None:
        """Refuse again: what the app works with is about to be closed."""
        self.app, self._why = None, ("stopping", "a service that ends")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if self.app is not None:
            await self.app(scope, receive, send)
            return
        problem = ProblemError(503, *self._why, "/ready")
        await problem_response(problem)(scope, receive, send)
