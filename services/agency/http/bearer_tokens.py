"""Bearer tokens (RFC 6750), one a desk: who calls.

Only SHA-256 hashes are held. Tokens are random, 256 bits, so a plain hash is enough: there is
nothing to guess. A token is looked up by its hash, in the same time for one desk and a thousand:
how long that takes says nothing of another token, since nobody can choose what one hashes to.
"""

from __future__ import annotations

from collections.abc import Mapping

from services.platform.browser.sign_in.local_accounts import LocalAccounts
from services.platform.http.problems import ProblemError
from services.platform.keys.keystore import hashed

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="relais"'}


class Tokens(LocalAccounts):
    """The hashed tokens of one agency's desks; in a play their accounts, too.

    Args:
        hashes: short desk id -> hexadecimal SHA-256 of its token.
    """

    def __init__(self, hashes: Mapping[str, str]) -> None:
        super().__init__(hashes)
        self._desks = {known: desk for desk, known in hashes.items()}

    def desk_of(self, token: str) -> str | None:
        """The desk whose token it is; None: nobody's."""
        return self._desks.get(hashed(token.strip()))

    def check(self, authorization: str | None) -> str:
        """The desk whose token an `Authorization` header bears."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise ProblemError(401, "token_missing", "no token", "Bearer", headers=_CHALLENGE)
        own = self.desk_of(token)
        if own is None:
            raise ProblemError(
                401, "token_unknown", "another token", "a desk's", headers=_CHALLENGE
            )
        return own
