"""Signing in by an identity provider: code with PKCE, state, nonce (OIDC Core 3.1)."""

from __future__ import annotations

from typing import Any, Final

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.platform.browser.answers import elsewhere, lang_of, origin_of
from services.platform.browser.sessions import Attempts
from services.platform.browser.sign_in.client import BACK
from services.platform.browser.sign_in.provider import (
    BEGUN,
    BEGUN_S,
    LEEWAY_S,
    BegunSignIn,
    Provider,
)
from services.platform.browser.sign_in.refusals import DENIED, NOT_BEGUN, SignInRefused
from services.platform.browser.sign_in.routes import SignInRoutes
from services.platform.ports import now

MOST_CHARS: Final = 2048  # of a code
# Refusals of nobody known that are written down of one address, until it pauses: nobody fills a
# disk by asking.
WRITTEN: Final = 20
WRITTEN_S: Final = 60.0
ENTRANCE: Final = "/sign-in/provider"

log = structlog.get_logger("relais.sign_in")


class ProviderSignIn(SignInRoutes):
    """A link to the provider, and the way back; there is no password here."""

    def __init__(self, provider: Provider, *given: Any) -> None:
        super().__init__(*given)
        base = self._place.base
        self._provider = provider
        self._refusals = Attempts(WRITTEN, WRITTEN_S)
        self.all += [
            Route(f"{base}/sign-in", self._sign_in),
            Route(base + ENTRANCE, self._leave),
            Route(base + BACK, self._come_back),
        ]

    async def _sign_in(self, request: Request) -> Response:
        return self._show(request, entrance=self._place.base + ENTRANCE)

    async def _leave(self, request: Request) -> Response:
        """Send a browser to the provider."""
        begun = BegunSignIn.new()
        try:
            answer = elsewhere(await self._provider.entrance(begun))
        except SignInRefused as refused:
            return self._refuse(request, refused)
        answer.set_cookie(
            BEGUN, begun.cookie, max_age=BEGUN_S, path=f"{self._place.base}/sign-in",
            # a browser comes back from another site
            httponly=True, samesite="lax", secure=self._place.secure,
        )  # fmt: skip
        return answer

    async def _come_back(self, request: Request) -> Response:
        """Receive a browser from the provider, with a code."""
        try:
            signed_in = await self._provider.redeem(_code(request), _begun_by(request))
        except SignInRefused as refused:
            return self._refuse(request, refused)
        # A redirect from here would still be another site's, to which a browser gives no strict
        # cookie.
        answer = self._show(request, entrance="", signed_in=signed_in.account)
        answer.headers["Refresh"] = f"0; url={self._place.home}"
        answer.delete_cookie(BEGUN, path=f"{self._place.base}/sign-in")
        ends = int(signed_in.ends) + LEEWAY_S - now()
        lasts_s = min(self._provider.client.settings.oidc_session_s, ends)
        return self._begin(request, answer, signed_in.account, signed_in.role, lasts_s)

    def _refuse(self, request: Request, refused: SignInRefused) -> Response:
        """Say so; an account that has lost its role at the provider is signed out everywhere."""
        origin = origin_of(request)
        if refused.account or self._refusals.may(f"from {origin}"):
            log.warning("nobody signed in", code=refused.code, got=refused.got)
            self._accesses.note("refused", refused.account, "", origin, why=refused.code)
        if refused.account:
            self._sessions.end_all(refused.account)
        words = refused.say(lang_of(request))
        return self._show(
            request, refused.status, entrance=self._place.base + ENTRANCE, refused=words
        )


def _code(request: Request) -> str:
    code = request.query_params.get("code", "")
    if not 0 < len(code) <= MOST_CHARS:
        raise SignInRefused(DENIED)
    return code


def _begun_by(request: Request) -> BegunSignIn:
    """The sign-in that this browser has begun.

    Raises:
        SignInRefused: `sign_in_not_begun`.
    """
    begun = BegunSignIn.of(request.cookies.get(BEGUN, ""), request.query_params.get("state", ""))
    if begun is None:
        raise SignInRefused(NOT_BEGUN)
    return begun
