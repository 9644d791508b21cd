"""What every answer to a browser carries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from starlette.responses import RedirectResponse

HEADERS: Final[Mapping[str, str]] = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",  # with none a browser names no origin of its own forms either
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def elsewhere(address: str) -> RedirectResponse:
    """Sends a browser to another address, by GET."""
    return RedirectResponse(address, 303, headers=HEADERS)
