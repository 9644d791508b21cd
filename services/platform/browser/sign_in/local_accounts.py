"""Accounts in a file and the form for them, for `relais up` and `relais demo` alone.

In production an identity provider signs people in.

{"accounts": [{"name": "exploitation", "role": "operator", "hash": "$argon2id$…"}]}
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final
from weakref import WeakValueDictionary

import orjson
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from contracts.errors import UsageError
from services.platform.browser.answers import elsewhere, form_of, is_own, lang_of, origin_of
from services.platform.browser.sessions import TRIES_FROM, Attempts
from services.platform.browser.sign_in.routes import SignInRoutes
from services.platform.keys.private_files import read_private
from services.platform.ports import random_token
from services.texts import Catalogue

LONGEST: Final = 128  # of a password, before it is hashed
_HASHER: Final = PasswordHasher()


@dataclass(frozen=True, slots=True)
class LocalAccount:
    """Who may sign in here."""

    name: str
    role: str
    hash: str


class LocalAccounts:
    """The accounts of a file."""

    def __init__(self, accounts: Mapping[str, LocalAccount]) -> None:
        self._accounts = accounts

    def check(self, name: str, password: str) -> LocalAccount | None:
        """The account, None if name or password is wrong: both take as long."""
        account = self._accounts.get(name)
        try:
            _HASHER.verify(account.hash if account else _nobody(), password[:LONGEST])
        except (Argon2Error, InvalidHashError):
            return None
        return account


@cache
def _nobody() -> str:
    """The hash of a password that nobody has."""
    return _HASHER.hash(random_token(16))


def read_accounts(file: Path, roles: Collection[str]) -> LocalAccounts:
    """Read them.

    Args:
        roles: that there are.

    Raises:
        UsageError: `accounts_malformed`; those of `read_private`.
    """
    try:
        rows = orjson.loads(read_private(file))["accounts"]
        accounts = [LocalAccount(row["name"], row["role"], row["hash"]) for row in rows]
    except (ValueError, TypeError, KeyError):
        raise _malformed(file, roles) from None
    if not all(account.role in roles for account in accounts):
        raise _malformed(file, roles)
    return LocalAccounts({account.name: account for account in accounts})


def _malformed(file: Path, roles: Collection[str]) -> UsageError:
    expected = f"accounts with name, hash and one of the roles {', '.join(roles)}"
    return UsageError("accounts_malformed", "another form", expected, str(file))


def new_accounts(roles: Iterable[str]) -> tuple[bytes, dict[str, str]]:
    """A file with one account a role, named as the role, and the passwords, kept nowhere."""
    passwords = {role: random_token(12) for role in roles}
    rows = [
        {"name": role, "role": role, "hash": _HASHER.hash(password)}
        for role, password in passwords.items()
    ]
    return orjson.dumps({"accounts": rows}, option=orjson.OPT_INDENT_2), passwords


_ = Catalogue(__name__)

_WRONG: Final = _("Account or password is wrong.")
_TOO_OFTEN: Final = _("There were too many wrong tries: wait a minute, then try once more.")


class PasswordSignIn(SignInRoutes):
    """A form with an account and a password."""

    def __init__(self, accounts: LocalAccounts, *given: Any) -> None:
        super().__init__(*given)
        self._accounts, self._by_name = accounts, Attempts()
        self._by_address = Attempts(TRIES_FROM)
        self._turns = WeakValueDictionary[str, asyncio.Lock]()
        self.all.append(
            Route(f"{self._place.base}/sign-in", self._sign_in, methods=["GET", "POST"])
        )

    def _turn(self, whose: str) -> asyncio.Lock:
        lock = self._turns.get(whose) or asyncio.Lock()
        return self._turns.setdefault(whose, lock)

    async def _sign_in(self, request: Request) -> Response:
        if request.method != "POST":
            return self._show(request)
        form = await form_of(request)
        name, password = form.get("account", ""), form.get("password", "")
        account, origin, said, status = None, origin_of(request), _WRONG, 403
        whose = name.lower()  # of an account's spellings each would have its own tries
        if is_own(request):
            # One after the other: of those at one instant, too, the wrong ones alone count.
            async with self._turn(f"from {origin}"), self._turn(f"name {whose}"):
                if self._by_address.may(origin) and self._by_name.may(whose):
                    account = await asyncio.to_thread(self._accounts.check, name, password)
                else:
                    said, status = _TOO_OFTEN, 429
                if account is not None:
                    self._by_address.forgive(origin)
                    self._by_name.forgive(whose)
        if account is None:
            self._accesses.note("refused", "", "", origin)
            own = name[:LONGEST] if is_own(request) else ""
            return self._show(request, status, refused=said.say(lang_of(request)), account=own)
        return self._begin(request, elsewhere(self._place.home), account.name, account.role)
