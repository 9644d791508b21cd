"""The desks' pages of a sandbox: loaded when somebody opens them, for most software never does (2 MB).

A desk signs in by its short id, with its token for a password.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from services.agency.http.desk_request import Parts

if TYPE_CHECKING:
    from services.agency.desk.routes import DeskPages

PLACE: Final = "/desk"


class LatePages(BaseRoute):
    """What lies below `/desk`.

    Args:
        state: the folder in which looks are written.
    """

    def __init__(self, parts: Parts, state: Path) -> None:
        self.path = PLACE
        self._parts, self._state = parts, state
        self._pages: DeskPages | None = None
        self._close: Callable[[], None] = lambda: None

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As `DeskPages` does, which are asked again."""
        path = scope.get("path", "")
        if scope["type"] == "http" and (path == PLACE or path.startswith(f"{PLACE}/")):
            return Match.FULL, {"route": self}
        return Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if self._pages is None:
            self._pages = self._made()
        await self._pages.handle(scope, receive, send)

    def close(self) -> None:
        """Give back what is open."""
        self._close()

    def _made(self) -> DeskPages:
        from services.agency.desk.routes import DeskPages
        from services.sandbox.desk_accounts import sandbox_access

        access = sandbox_access(self._parts.tokens, self._state)
        self._close = access.accesses.close
        return DeskPages(self._parts, access)
