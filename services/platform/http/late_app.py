"""What a service answers before it has started and once it ends."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from services.platform.http.problems import ProblemError
from services.platform.http.responses import problem_response


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
