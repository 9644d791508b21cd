"""Accounts whose passwords are random tokens, and the form for them: for a play alone.

In production an identity provider signs people in. Only the SHA-256 of a token is kept: of a random
one there is nothing to guess, so a plain hash is enough. The role of an account is its name.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.platform.browser.answers import elsewhere, form_of, is_own, lang_of, origin_of
from services.platform.browser.sessions import TRIES_FROM, Attempts
from services.platform.browser.sign_in.routes import SignInRoutes
from services.platform.keys.keystore import hashed
from services.texts import Catalogue

if TYPE_CHECKING:
    from services.platform.browser.sign_in.provider import Provider

LONGEST: Final = 128  # of an account's name

_ = Catalogue(__name__)

_WRONG: Final = _("Account or password is wrong.")
_TOO_OFTEN: Final = _("There were too many wrong tries: wait a minute, then try once more.")


class LocalAccounts:
    """Who may sign in here.

    Args:
        hashes: name of an account -> hexadecimal SHA-256 of its token.
    """

    def __init__(self, hashes: Mapping[str, str]) -> None:
        self._hashes = dict(hashes)

    def holds(self, name: str, token: str) -> bool:
        """Whether a token is an account's."""
        return hmac.compare_digest(
            self._hashes.get(name, "").encode(), hashed(token.strip()).encode()
        )


class PasswordSignIn(SignInRoutes):
    """A form with an account and a password."""

    def __init__(self, accounts: LocalAccounts, *given: Any) -> None:
        super().__init__(*given)
        self._accounts, self._by_name = accounts, Attempts()
        self._by_address = Attempts(TRIES_FROM)
        self.all.append(
            Route(f"{self._place.base}/sign-in", self._sign_in, methods=["GET", "POST"])
        )

    async def _sign_in(self, request: Request) -> Response:
        if request.method != "POST":
            return self._show(request)
        form, origin, own = await form_of(request), origin_of(request), is_own(request)
        name = form.get("account", "")[:LONGEST] if own else ""
        account = name.lower()  # of an account's spellings each would have its own tries
        may = own and self._by_address.may(origin) and self._by_name.may(account)
        if may and self._accounts.holds(account, form.get("password", "")):
            self._by_address.forgive(origin)
            self._by_name.forgive(account)
            return self._begin(request, elsewhere(self._place.home), account, account)
        self._accesses.note("refused", "", "", origin)
        said, status = (_TOO_OFTEN, 429) if own and not may else (_WRONG, 403)
        return self._show(request, status, refused=said.say(lang_of(request)), account=name)


def sign_in_routes(way: LocalAccounts | Provider, *given: Any) -> list[Route]:
    """What a way in answers, made as `SignInRoutes` is; OIDC is loaded where it is used alone."""
    if isinstance(way, LocalAccounts):
        return PasswordSignIn(way, *given).all
    from services.platform.browser.sign_in.by_provider import ProviderSignIn

    return ProviderSignIn(way, *given).all
