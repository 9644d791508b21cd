"""What routing and audit decide on: a verified cover and the heads of its parts, no ciphertext."""

from __future__ import annotations

from dataclasses import field
from typing import NamedTuple

from contracts.envelope.model import Cover
from contracts.values import value_class


class Head(NamedTuple):
    """The first segment of a part, and what proves the rest of it.

    A tuple, since routing makes several an event and a frozen dataclass costs three times as much.

    Attributes:
        digest: P(part), as the cover lists it.
        head: the first segment, base64url.
        rest: b64u(SHA-256(all after the first dot)).
        aud: urn of the desk that can open it.
        cat: its scope.
        kid: encryption key it is sealed for.
        pth: commitment to its plaintext.
    """

    digest: str
    head: str
    rest: str
    aud: str
    cat: str
    kid: str
    pth: str


@value_class(frozen=True, slots=True)
class Event:
    """A cover whose signature verified, and the heads of its parts.

    Attributes:
        cover: the claims.
        token: the cover as it came, a compact JWS.
        digest: D(token).
        heads: of all parts, in the order of the cover's `to` and its sorted `parts`.
    """

    cover: Cover
    token: str
    digest: str
    heads: tuple[Head, ...]

    def heads_for(self, desk: str) -> tuple[Head, ...]:
        """The heads of the parts for one desk (urn)."""
        return tuple(head for head in self.heads if head.aud == desk)


@value_class(frozen=True, slots=True)
class Published:
    """A whole published event: what the router forwards from.

    Attributes:
        event: what is decided on.
        slips: desk urn -> slip token.
        parts: P(part) -> part token.
    """

    event: Event
    slips: dict[str, str] = field(repr=False)
    parts: dict[str, str] = field(repr=False)
