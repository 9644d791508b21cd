"""What both ways to sign in share: a session that begins, and signing out."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.platform.browser.access_log import AccessLog
from services.platform.browser.answers import elsewhere, form_of, is_own_form, origin_of
from services.platform.browser.sessions import Sessions, SignInPlace
from services.platform.settings import LASTS_S

ShowPage = Callable[
    ..., Response
]  # a request, the sign-in page's status, and what it is filled with


class SignInRoutes:
    """Addresses by which somebody signs in and out.

    Attributes:
        all: the routes.
    """

    def __init__(
        self, sessions: Sessions, accesses: AccessLog, show: ShowPage, place: SignInPlace
    ) -> None:
        self._sessions, self._accesses, self._show = sessions, accesses, show
        self._place = place
        self.all = [Route(f"{place.base}/sign-out", self._sign_out, methods=["POST"])]

    def _begin(
        self, request: Request, answer: Response, account: str, role: str, lasts_s: int = LASTS_S
    ) -> Response:
        """Begin a session with an answer; the one that this browser had ends."""
        self._accesses.note("signed_in", account, role, origin_of(request))
        self._sessions.end(request.cookies.get(self._place.cookie, ""))
        answer.set_cookie(
            self._place.cookie, self._sessions.begin(account, role, lasts_s), max_age=lasts_s,
            httponly=True, samesite="strict", secure=self._place.secure, path=self._place.home,
        )  # fmt: skip
        return answer

    async def _sign_out(self, request: Request) -> Response:
        secret = request.cookies.get(self._place.cookie, "")
        session = self._sessions.of(secret)
        form = await form_of(request)
        if session is not None and is_own_form(request, session, form):
            self._sessions.end(secret)
            self._accesses.note("signed_out", session.account, session.role, origin_of(request))
        return elsewhere(f"{self._place.base}/sign-in")
