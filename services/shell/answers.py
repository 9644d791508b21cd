"""What a desk is answered with: JSON that no cache keeps, and any error as a problem document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from contracts.errors import RelaisError
from services.shell import problems
from services.shell.problems import ProblemError

NO_STORE: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer that no cache keeps."""
    return Response(
        orjson.dumps(body), status, dict(headers or {}) | NO_STORE, media_type="application/json"
    )


def problem_response(error: Exception) -> Response:
    """Any error as a problem document; one that we did not foresee tells nothing."""
    if isinstance(error, ProblemError):
        found = error
    elif isinstance(error, RelaisError):
        found = problems.problem_of(error)
    elif isinstance(error, RequestValidationError):
        found = problems.invalid(error.errors())
    elif isinstance(error, HTTPException):
        code = {404: "no_such_route", 405: "method_not_allowed"}.get(error.status_code, "refused")
        found = ProblemError(error.status_code, code, headers=error.headers)
    else:
        found = ProblemError(500, "internal")
    return Response(
        orjson.dumps(found.document()),
        found.status,
        found.headers | NO_STORE,
        media_type=problems.MEDIA_TYPE,
    )
