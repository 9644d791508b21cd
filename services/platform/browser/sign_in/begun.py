"""A sign-in at the provider that a browser has begun: all of it lies in a cookie, so that nobody fills our memory.

State and nonce (OpenID Connect Core, section 3.1.2.1) and the verifier of PKCE (RFC 7636) are derived from the
cookie by a key of this process. A restart ends what was begun.
"""

from __future__ import annotations

import hmac
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

BEGUN: Final = "relais-sign-in"  # the cookie's name
BEGUN_S: Final = 600  # in which a person types a password there


@dataclass(frozen=True, slots=True)
class BegunSignIn:
    """What stands in the cookie, and the three secrets that come of it."""

    cookie: str = field(repr=False)
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


class BegunSignIns:
    """Those of this process."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def new(self, now: float) -> BegunSignIn:
        """One more, begun at an instant in seconds."""
        return self._derived(f"{int(now)}.{secrets.token_urlsafe(32)}")

    def of(self, cookie: str, state: str, now: float) -> BegunSignIn | None:
        """The one that a browser comes back with; None if it began none of this state, or too long ago."""
        begun = self._derived(cookie)
        if not hmac.compare_digest(begun.state.encode(), state.encode("utf-8", "surrogateescape")):
            return None
        # Only we know the state of a cookie: its instant is the one that we wrote.
        return begun if now - int(cookie.partition(".")[0]) <= BEGUN_S else None

    def _derived(self, cookie: str) -> BegunSignIn:
        def secret(purpose: str) -> str:
            told = f"{purpose} {cookie}".encode("utf-8", "surrogateescape")
            return urlsafe_b64encode(hmac.digest(self._key, told, sha256)).decode().rstrip("=")

        return BegunSignIn(cookie, secret("state"), secret("nonce"), secret("verifier"))
