"""Who may open an agency's desks' pages: by an identity provider or, in a play, a desk's token.

The role of an account is the short id of its desk: the claim of an ID token, or whose the token is,
names one desk of this agency and nothing else. That is the whole table.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from contracts.errors import UsageError
from services.agency.http.bearer_tokens import Tokens
from services.platform.browser.access_log import AccessLog
from services.platform.browser.sign_in.client import is_here, read_client
from services.platform.browser.sign_in.local_accounts import LocalAccounts

if TYPE_CHECKING:
    from services.platform.browser.sign_in.provider import Provider
    from services.platform.settings import AgencySettings

BASE: Final = "/desk"


@dataclass(frozen=True)
class DeskAccess:
    """Who may open the pages, and how they are reached.

    Attributes:
        way: accounts whose role is the short id of a desk.
        hosts: names under which they are asked.
        secure: they are reached by HTTPS alone.
        play: nothing here is real.
    """

    way: LocalAccounts | Provider
    accesses: AccessLog
    hosts: Collection[str] = ("127.0.0.1", "localhost")
    secure: bool = False
    play: bool = False


def desk_access(
    settings: AgencySettings, desks: tuple[str, ...], tokens: Tokens, stack: AsyncExitStack
) -> DeskAccess | None:
    """Who may open the pages; None: there are none here.

    Raises:
        UsageError: `console_open`, those of `read_client`.
    """
    closed = settings.secure or is_here(settings.http_host)
    way: LocalAccounts | Provider
    if settings.oidc_issuer:
        if not closed:
            expected = "an address of this machine, or RELAIS_SECURE=true behind HTTPS"
            raise UsageError("console_open", settings.http_host, expected)
        from services.platform.browser.sign_in.provider import Provider

        way = provider = Provider(read_client(settings, desks, BASE))
        stack.push_async_callback(provider.close)
    elif settings.play and closed:
        way = tokens  # no second secret to make or hand out
    else:
        return None
    accesses = AccessLog(settings.state_dir / f"desk-accesses-{settings.agency}.jsonl")
    stack.callback(accesses.close)
    return DeskAccess(way, accesses, settings.hosts, settings.secure, settings.play)
