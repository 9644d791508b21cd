"""What every answer to a browser carries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.pages import policy_of
from services.platform.browser.asked import LANG, lang_of
from services.platform.browser.sessions import SignInPlace

HEADERS: Final[Mapping[str, str]] = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",  # with none a browser names no origin of its own forms either
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def page_answer(
    request: Request, html: str, status: int = 200, *, place: SignInPlace | None = None, script: str = ""
) -> Response:  # fmt: skip
    """A page, kept by no cache and framed by nobody; the language that was asked for with it is remembered.

    Args:
        html: as `services.pages.render` makes it, of the same script.
        place: where the pages with forms lie that it is one of; None: it asks nothing.
    """
    answer = Response(html, status, media_type="text/html; charset=utf-8", headers=HEADERS)
    policy = policy_of(script, served=place is not None)
    answer.headers["Content-Security-Policy"] = f"{policy}; frame-ancestors 'none'"
    if place is not None and "lang" in request.query_params:
        lang = lang_of(request)
        answer.set_cookie(
            LANG, lang, samesite="lax", secure=place.secure, httponly=True, path=place.home
        )
    return answer


def elsewhere(address: str) -> RedirectResponse:
    """Sends a browser to another address, by GET."""
    return RedirectResponse(address, 303, headers=HEADERS)
