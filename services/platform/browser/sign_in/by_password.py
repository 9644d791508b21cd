"""Signing in by an account in a file, where one plays."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.platform.browser.answers import elsewhere, form_of, is_own, lang_of, origin_of
from services.platform.browser.sessions import Attempts
from services.platform.browser.sign_in.local_accounts import LocalAccounts
from services.platform.browser.sign_in.routes import SignInRoutes
from services.texts import Catalogue

_ = Catalogue(__name__)

_WRONG: Final = _("Account or password is wrong, or there were too many tries: wait a minute.")


class PasswordSignIn(SignInRoutes):
    """A form with an account and a password."""

    def __init__(self, accounts: LocalAccounts, *given: Any) -> None:
        super().__init__(*given)
        self._accounts, self._attempts = accounts, Attempts()
        self.all.append(
            Route(f"{self._place.base}/sign-in", self._sign_in, methods=["GET", "POST"])
        )

    async def _sign_in(self, request: Request) -> Response:
        if request.method != "POST":
            return self._show(request)
        form = await form_of(request)
        name, password = form.get("account", ""), form.get("password", "")
        account = None
        if is_own(request) and self._attempts.may(f"from {origin_of(request)}", f"name {name}"):
            account = await asyncio.to_thread(self._accounts.check, name, password)
        if account is None:
            self._accesses.note("refused", "", "", origin_of(request))
            return self._show(request, 403, refused=_WRONG.say(lang_of(request)))
        return self._begin(request, elsewhere(self._place.home), account.name, account.role)
