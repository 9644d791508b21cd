"""What a browser's request says of itself, if believed, and what every answer carries."""

from __future__ import annotations

import asyncio
import hmac
import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.pages import policy_of
from services.platform.browser.sessions import Session, SignInPlace

LANG: Final = "relais-lang"
MOST_BYTES: Final = 4096  # of a small form ...
MOST_FIELDS: Final = 8  # ... and its fields
FORM_S: Final = 10.0  # until all of it has come
_ACCEPTED: Final = re.compile(  # of `Accept-Language` what we speak, with its weight
    r"(?<![\w-])(fr|en)\b[^,;]*(?:;\s*q=([01](?:\.[0-9]{1,3})?))?", re.IGNORECASE
)


def lang_of(request: Request) -> str:
    """As asked, as asked before, as the program or browser prefers, else French."""
    asked = request.query_params.get("lang", request.cookies.get(LANG, ""))
    if asked in ("fr", "en"):
        return asked
    accepted = _ACCEPTED.findall(request.headers.get("accept-language", ""))
    wanted = [(float(weight or 1), lang.lower()) for lang, weight in accepted]
    weight, lang = max(wanted, key=lambda one: one[0], default=(0.0, ""))
    return str(lang) if weight else "fr"  # weight 0: not acceptable


def origin_of(request: Request) -> str:
    """The address from which it was asked; empty where a proxy names what is none."""
    try:
        return str(ip_address(request.client.host)) if request.client else ""
    except ValueError:
        return ""


def is_own(request: Request) -> bool:
    """Whether a form was sent from a page of ours, as far as the browser says."""
    origin = request.headers.get("origin")
    site = request.headers.get("sec-fetch-site", "same-origin")
    host = request.headers.get("host", "")
    return site in ("same-origin", "none") and (
        origin is None or origin.partition("://")[2] == host
    )


def is_own_form(request: Request, session: Session, form: Mapping[str, str]) -> bool:
    """Whether a form was this session's, and sent from a page of ours (CSRF)."""
    given = form.get("form", "").partition(" ")[0].encode("utf-8", "surrogateescape")
    return is_own(request) and hmac.compare_digest(session.form.encode(), given)


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form, each once; none of what is too long, too slow or no form."""
    fields: dict[str, str] = {}
    for name, value in await fields_of(request) or ():
        fields.setdefault(name, value)
    return fields


async def fields_of(
    request: Request, most_bytes: int = MOST_BYTES, most_fields: int = MOST_FIELDS
) -> list[tuple[str, str]] | None:
    """The fields of a form that are not empty, in order; None: too long, too slow or no form."""
    body = bytearray()
    try:
        async with asyncio.timeout(FORM_S):
            async for piece in request.stream():
                body += piece
                if len(body) > most_bytes:
                    return None
        return parse_qsl(body.decode("ascii"), max_num_fields=most_fields)
    except (TimeoutError, UnicodeDecodeError, ValueError):
        return None


HEADERS: Final[Mapping[str, str]] = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",  # with none a browser names no origin of its own forms either
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def page_answer(
    request: Request, html: str, status: int = 200, *, place: SignInPlace | None = None,
    script: str = ""
) -> Response:  # fmt: skip
    """A page, kept by no cache, framed by nobody; its language is remembered.

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
