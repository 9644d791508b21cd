"""A document that a service can show once it has started: until then 503, as everything else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

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


class LateApp:
    """Refuses with 503 before the service has started and once it ends; else hands over to its app."""

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
        headers = {"Retry-After": "2"}
        problem = ProblemError(503, *self._why, "/ready", headers=headers)
        await problem_response(problem)(scope, receive, send)
