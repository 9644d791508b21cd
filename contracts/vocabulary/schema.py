"""Closed schemas and the values that they share: ids, digests, instants, urns of desks and routers.

Models are frozen, strict and refuse unknown fields. Absent means absent: no field is ever null or
an empty list on the wire. Instants are whole seconds since 1970 UTC; dates are `YYYY-MM-DD`
(envelope §1 and §3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from contracts.errors import EnvelopeError
from contracts.vocabulary.scopes import (
    ACK_STAGES,
    REALMS,
    SCOPES,
)

_UUID7 = r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
EventId = Annotated[str, StringConstraints(pattern=_UUID7)]
DeskUrn = Annotated[
    str, StringConstraints(pattern=r"^urn:relais:(civil|criminal):desk:[a-z][a-z0-9-]{0,40}$")
]
RouterUrn = Annotated[str, StringConstraints(pattern=r"^urn:relais:(civil|criminal):router$")]
# A length beside a pattern without counting is read much faster than `{43}` in the pattern.
_BASE64URL = r"^[A-Za-z0-9_-]*$"
Digest = Annotated[str, StringConstraints(pattern=_BASE64URL, min_length=43, max_length=43)]
Reference = Annotated[  # 128 bits
    str, StringConstraints(pattern=_BASE64URL, min_length=22, max_length=22)
]
Date = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")]
Kid = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]{0,80}$")]
LAST_INSTANT: Final = 253_402_300_799  # the end of the year 9999
Instant = Annotated[int, Field(ge=0, le=LAST_INSTANT)]
EventVersion = Annotated[  # of an event type, also one that we do not know: `IP/1` (keys §2.2)
    str, StringConstraints(pattern=r"^[A-Z]{2,16}/[1-9][0-9]?$")
]
Token = Digest  # case token, 256 bits

if TYPE_CHECKING:  # closed lists at run time; a checker cannot read them from a table
    Scope = str
    Realm = str
    Stage = str
else:
    Scope = Literal[tuple(SCOPES)]
    Realm = Literal[REALMS]
    Stage = Literal[ACK_STAGES]


class Closed(BaseModel):
    """A frozen, strict model that refuses unknown fields."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    def wire(self) -> dict[str, Any]:
        """The JSON object as it travels: absent fields left out."""
        return self.model_dump(mode="json", exclude_none=True, by_alias=True)


class Ref(Closed):
    """An earlier event of the same realm: its issuer and id."""

    iss: DeskUrn
    jti: EventId


class LeftOut(Closed):
    """Scopes that the issuer had for a desk and did not publish."""

    desk: DeskUrn
    scopes: tuple[Scope, ...] = Field(min_length=1, max_length=len(SCOPES))


class Linked(Closed):
    """LINK and UNLINK: the peer's token and the earlier date."""

    peer: Token
    date: Date


class Owed(Closed):
    """A duty as receipts and notices show it."""

    id: str
    event: Ref
    act: str  # "ACK:received", "R39:final", "R26|R27", …
    debtor: DeskUrn
    creditor: DeskUrn
    due: Instant
    legal: bool


def desk_urn(realm: str, desk: str) -> str:
    """`urn:relais:<realm>:desk:<desk>`; `desk` is the short lower-case id."""
    return f"urn:relais:{realm}:desk:{desk}"


def router_urn(realm: str) -> str:
    """`urn:relais:<realm>:router`, the audience of covers."""
    return f"urn:relais:{realm}:router"


def short(urn: str) -> str:
    """The short id of a desk urn.

    Raises:
        EnvelopeError: `not_a_desk`.
    """
    head, _, desk = urn.rpartition(":desk:")
    if not head or not desk:
        raise EnvelopeError("not_a_desk", "another urn", "urn:relais:<realm>:desk:<desk>")
    return desk


def realm_of(urn: str) -> str:
    """The realm of a desk or router urn."""
    return urn.split(":")[2]
