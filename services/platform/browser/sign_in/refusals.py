"""Why nobody was signed in: a code for the log, and what a person is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import httpx

from contracts.errors import RelaisError
from services.texts import Catalogue, Text

_ = Catalogue(__name__)

DOWN: Final = "provider_unreachable"
NOT_BEGUN: Final = "sign_in_not_begun"
DENIED: Final = "provider_denied"
NO_ROLE: Final = "role_not_one"

_WORDS: Final[Mapping[str, Text]] = {
    DOWN: _(
        "The identity provider does not answer. Who is signed in stays so; try again in a minute."
    ),
    NOT_BEGUN: _(
        "This sign-in is not this browser’s last, or took longer than ten minutes. Begin again."
    ),
    DENIED: _("The identity provider signed nobody in. Begin again."),
    NO_ROLE: _(
        "Your account has no role here, or more than one. Ask whoever keeps the accounts of the "
        "identity provider for one of these: {roles}."
    ),
}
_NOT_HELD: Final = _(
    "What the identity provider answered does not hold. Nobody was signed in; the log of this "
    "service says why, by this code: {code}"
)


class SignInRefused(RelaisError):  # noqa: N818 - a refusal: who asks is told it, and nothing is broken
    """Nobody is signed in.

    Attributes:
        account: whose sign-in it was, where the provider's word for it holds; else empty.
    """

    def __init__(self, code: str, got: str = "", expected: str = "", account: str = "") -> None:
        super().__init__(code, got, expected)
        self.account = account

    @property
    def status(self) -> int:
        """Of the answer."""
        down, refused = httpx.codes.SERVICE_UNAVAILABLE, httpx.codes.FORBIDDEN
        return int(down if self.code == DOWN else refused)

    def say(self, lang: str) -> str:
        """What a person is told."""
        words = _WORDS.get(self.code, _NOT_HELD)
        return words.say(lang, roles=self.expected, code=self.code)
