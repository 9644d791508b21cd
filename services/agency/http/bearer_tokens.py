"""Bearer tokens (RFC 6750), one a desk: who calls, and that a token opens its own desk only.

Only SHA-256 hashes are held. Tokens are random, 256 bits, so a plain hash is enough: there is
nothing to guess. Comparison takes the same time whatever is wrong.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

from services.platform.http.problems import ProblemError

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="relais"'}


def hashed(token: str) -> str:
    """What is stored of a token: its SHA-256 in hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()


class Tokens:
    """The hashed tokens of one agency's desks.

    Args:
        hashes: short desk id -> hexadecimal SHA-256 of its token.
    """

    def __init__(self, hashes: Mapping[str, str]) -> None:
        self._hashes = dict(hashes)

    def desk_of(self, authorization: str | None) -> str:
        """The desk that an `Authorization` header speaks for.

        Raises:
            ProblemError: 401 `token_missing` or `token_unknown`.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise ProblemError(401, "token_missing", "no token", "Bearer", headers=_CHALLENGE)
        given = hashed(token.strip())
        owner = ""
        for desk, known in self._hashes.items():  # all of them: no early way out
            if hmac.compare_digest(known, given):
                owner = desk
        if not owner:
            raise ProblemError(
                401, "token_unknown", "another token", "a desk's", headers=_CHALLENGE
            )
        return owner

    def check(self, authorization: str | None, desk: str | None) -> str:
        """As `desk_of`, and the desk named in the request, if any, is the token's own.

        Raises:
            ProblemError: 401, or 403 `other_desk`.
        """
        own = self.desk_of(authorization)
        if desk is not None and desk.lower() != own:
            raise ProblemError(403, "other_desk", "another desk's token", "the desk's own token")
        return own
