"""Paths of the last release, answered until their sunset as what they are called now (use §2.1).

The answer is the same and says by three headers that this will end: `Deprecation` and the `Link` to
where the new paths stand (RFC 9745), `Sunset` (RFC 8594). `/openapi.json` has them not.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

DEPRECATED: Final = datetime(2026, 11, 29, tzinfo=UTC)
SUNSET: Final = datetime(2027, 6, 1, tzinfo=UTC)  # the first release after it drops this module
_FORMER: Final = (["referrals"], ["inbox"], ["duties"], ["accesses"])  # what they began with
_PREFIX: Final = "/v1"
_TOLD: Final = {
    "Deprecation": f"@{DEPRECATED.timestamp():.0f}",
    "Sunset": format_datetime(SUNSET, usegmt=True),
    "Link": '</docs>; rel="deprecation"; type="text/html"',
}


class FormerPaths:
    """Hands a path of the last release on under its new name."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http" or scope["path"].split("/")[1:2] not in _FORMER:
            await self._app(scope, receive, send)
            return
        await self._app({**scope, "path": _PREFIX + scope["path"]}, receive, _telling(send))


def _telling(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(_TOLD)
        await send(message)

    return sending
