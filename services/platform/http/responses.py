"""What a desk is answered with: JSON that no cache keeps, and any error as a problem document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson
from starlette.exceptions import HTTPException
from starlette.responses import Response

from contracts.errors import RelaisError
from services.platform.http import problems
from services.platform.http.problems import ProblemError

NOT_FOUND: Final = 404
NOT_ALLOWED: Final = 405
NO_STORE: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


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
    """Any error as a problem document; one that we did not foresee tells nothing."""
    if isinstance(error, ProblemError):
        found = error
    elif isinstance(error, RelaisError):
        found = problems.problem_of(error)
    elif isinstance(error, HTTPException):
        found = not_routed(error, "a path of /openapi.json")
    else:
        found = ProblemError(500, "internal")
    return Response(
        orjson.dumps(found.document()),
        found.status,
        found.headers | NO_STORE,
        media_type=problems.MEDIA_TYPE,
    )
