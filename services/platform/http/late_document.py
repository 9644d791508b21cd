"""A document that a service can show once it has started: until then 503, as everything else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.platform.http.problems import ProblemError
from services.platform.http.responses import answer, problem_response


class LateDocument:
    """A JSON document at one path, once somebody has given it."""

    def __init__(self, path: str) -> None:
        self.value: Mapping[str, Any] | None = None
        self.route = Route(path, self._get)

    async def _get(self, _request: Request) -> Response:
        if self.value is None:
            problem = ProblemError(503, "starting", "a service that starts", "/ready")
            return problem_response(problem)
        return answer(self.value)
