"""Closed schemas of what travels: cover, slip, head of a part, receipt.

Models are frozen, strict and refuse unknown fields. Absent means absent: no field is ever null or
an empty list on the wire. Instants are whole seconds since 1970 UTC; dates are `YYYY-MM-DD`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import Field, ValidationError

from contracts.errors import EnvelopeError
from contracts.vocabulary.conditions import Declared, SlipDeclared
from contracts.vocabulary.schema import (
    Closed,
    Code,
    Date,
    DeskUrn,
    Digest,
    EventId,
    Instant,
    LeftOut,
    Linked,
    Owed,
    Realm,
    Ref,
    Reference,
    RouterUrn,
    Scope,
    Stage,
    Token,
)
from contracts.vocabulary.schema_faults import first

MAX_ADDRESSEES: Final = 16
MAX_PARTS: Final = 64
MAX_LIFETIME: Final = 7 * 86_400  # seconds between `iat` and `exp`
CLOCK_SKEW: Final = 120  # seconds that `iat` may be ahead of the router


class Addressee(Closed):
    """One entry of a cover's `to`."""

    desk: DeskUrn
    purpose: Code | None = None  # absent in an attempt only
    re: tuple[Ref, ...] | None = Field(default=None, min_length=1, max_length=16)
    slip: Digest  # D(slip)
    parts: tuple[Digest, ...] | None = Field(  # sorted P
        default=None, min_length=1, max_length=MAX_PARTS
    )


class _Common(Closed):
    """Claims that cover and slip share."""

    iss: DeskUrn
    jti: EventId
    iat: Instant
    exp: Instant
    realm: Realm
    etype: Code
    convd: Digest
    sub: Token
    ends: tuple[Ref, ...] | None = Field(default=None, min_length=1, max_length=16)
    phase: Literal["start", "renewal", "end"] | None = None
    final: bool | None = None
    stage: Stage | None = None
    decided_on: Date | None = None
    received_on: Date | None = None
    ends_on: Date | None = None
    due: Date | None = None


class Cover(_Common):
    """For the router and the auditor only: whom, why, under which conditions, with which parts."""

    aud: RouterUrn
    to: tuple[Addressee, ...] = Field(max_length=MAX_ADDRESSEES)
    declared: Declared | None = None
    linked: Linked | None = None
    attempt: Literal[True] | None = None
    left_out: tuple[LeftOut, ...] | None = Field(
        default=None, min_length=1, max_length=MAX_ADDRESSEES
    )
    prev: Digest | None = None


class Claimed(Closed):
    """Of a signed cover that is malformed: whose it is and what it says to be about.

    Enough to tell its issuer, by the names that a notice has; nothing is decided by it.
    """

    iss: DeskUrn
    jti: EventId
    sub: Token
    realm: Realm


class Slip(_Common):
    """A fixed projection of the cover: what one addressee may know of it."""

    aud: DeskUrn
    purpose: Code | None = None
    re: tuple[Ref, ...] | None = Field(default=None, min_length=1, max_length=16)
    parts: tuple[Digest, ...] | None = Field(default=None, min_length=1, max_length=MAX_PARTS)
    declared: SlipDeclared | None = None


class Receipt(Closed):
    """What the router says of one delivery; `dec` commits to the whole log before it.

    Attributes:
        partition, seq: counted together with notices, without gaps, for each inbox partition.
        nonce: 128 bits that an auditor can derive again.
        dec: leaf of the decision record.
        slip, parts: D and sorted P of what was delivered.
        clauses: scope -> id of the grant that releases it.
        due: what the recipient owes.
        arrived: of an event that was released from quarantine, when it first reached the router.
    """

    aud: DeskUrn
    iss: RouterUrn
    iat: Instant
    partition: Annotated[int, Field(ge=0, le=1023)]
    seq: Annotated[int, Field(ge=1)]
    nonce: Reference
    dec: Digest
    convd: Digest
    dird: Digest
    slip: Digest
    parts: tuple[Digest, ...] = Field(max_length=MAX_PARTS)
    clauses: dict[Scope, Code]
    due: tuple[Owed, ...]
    arrived: Instant | None = None


Model = TypeVar("Model", bound=Closed)


def read_claims(schema: type[Model], payload: bytes, place: str) -> Model:
    """The claims of a token, in their closed schema.

    Args:
        place: the token's name: `cover`, `slip`, `receipt`, `notice`.

    Raises:
        EnvelopeError: `<place>_malformed`.
    """
    try:
        return schema.model_validate_json(payload)
    except ValidationError as error:
        fault = first(error, schema)
        where = f"{place}.{fault.place}"
        raise EnvelopeError(f"{place}_malformed", fault.got, fault.expected, where) from None


_DECLARED_IN_SLIP: Final = ("call", "auth", "danger")
_OWN_IN_SLIP: Final = ("purpose", "re", "parts")
_COVER_ONLY: Final = frozenset(
    {
        "to",
        "declared",
        "linked",
        "attempt",
        "left_out",
        "prev",
        "aud",
    }
)


def project(cover: Cover, addressee: Addressee) -> dict[str, Any]:
    """The slip's payload: the fixed projection of the cover for one addressee."""
    return project_claims(cover.wire(), addressee.wire())


def project_claims(cover: Mapping[str, Any], addressee: Mapping[str, Any]) -> dict[str, Any]:
    """`project` over claims as they travel, for the router's hot path.

    Args:
        cover: a cover's claims that satisfy `Cover`.
        addressee: the entry of its `to`.
    """
    return common_claims(cover) | own_claims(addressee)


def common_claims(cover: Mapping[str, Any]) -> dict[str, Any]:
    """What all slips of a cover say alike."""
    common = {name: value for name, value in cover.items() if name not in _COVER_ONLY}
    declared = cover.get("declared")
    if declared:
        seen = {name: declared[name] for name in _DECLARED_IN_SLIP if name in declared}
        if seen:
            common["declared"] = seen
    return common


def own_claims(addressee: Mapping[str, Any]) -> dict[str, Any]:
    """What only one addressee's slip says."""
    own = {name: addressee[name] for name in _OWN_IN_SLIP if name in addressee}
    own["aud"] = addressee["desk"]
    return own
