"""The members of a directory's payload, as they travel (keys §2)."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, StringConstraints, ValidationError

from contracts.errors import DirectoryError
from contracts.vocabulary.schema import (
    Closed,
    DeskUrn,
    Digest,
    EventVersion,
    Instant,
    Kid,
    Realm,
    RouterUrn,
)  # fmt: skip

Retention = Literal["P7", "P30", "P90"]
PeriodLabel = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}[wm][0-9]{2}$")]


class SigningEntry(Closed):
    """A signing key; `proof` is its own signature of `owner` and everything before it.

    `revoked`, `reason` and `since` are the keeper's (keys §2.5).
    """

    alg: Literal["Ed25519", "ES256"]
    kid: Kid
    x: Digest
    y: Digest | None = None
    not_before: Instant
    not_after: Instant
    proof: str
    revoked: Instant | None = None
    reason: Literal["superseded", "stolen"] | None = None
    since: Instant | None = None


class EcKey(Closed):
    """A public key on P-256 (RFC 7518 §6.2)."""

    kty: Literal["EC"]
    crv: Literal["P-256"]
    x: Digest
    y: Digest


class SealingRow(Closed):
    """A desk's encryption keys by class and period; `sig` is by its signing key `by`, at `iat`.

    `destroyed` says when private halves were destroyed, of keys that are listed no more.
    """

    by: Kid
    iat: Instant
    keys: dict[Retention, dict[PeriodLabel, Digest | EcKey]] = Field(min_length=1)
    destroyed: dict[Kid, Instant] | None = Field(None, min_length=1)
    sig: str
    revoked: dict[Kid, Instant] | None = None


class Label(Closed):
    """A desk's name in both languages."""

    fr: str = Field(min_length=1, max_length=120)
    en: str = Field(min_length=1, max_length=120)


class DeskRow(Closed):
    """A desk with its keys; `sealing` if it receives anything.

    `reads` are the versions of acts that it reads, sorted; absent: the first of each.
    """

    desk: DeskUrn
    role: str
    agency: str
    secrecy: bool
    label: Label
    signing: tuple[SigningEntry, ...] = Field(min_length=1)
    sealing: SealingRow | None = None
    reads: tuple[EventVersion, ...] | None = Field(None, min_length=1, max_length=64)


class RouterRow(Closed):
    """The realm's router: signs receipts and notices, opens nothing."""

    router: RouterUrn
    signing: tuple[SigningEntry, ...] = Field(min_length=1)


class DirectoryFile(Closed):
    """The payload of a directory; its desks' rows are read one by one, as far as they are new."""

    realm: Realm
    version: int = Field(ge=1)
    iat: Instant
    exp: Instant
    router: RouterRow
    desks: tuple[dict[str, Any], ...]


Form = TypeVar("Form", bound=Closed)


def read_form(form: type[Form], text: bytes, what: str) -> Form:
    """The members of a payload.

    Args:
        what: it should be, for whoever reads the error.

    Raises:
        DirectoryError: `malformed`, with the first member that is wrong.
    """
    try:
        return form.model_validate_json(text)
    except ValidationError as error:
        # By our names alone: the file's may be anybody's.
        names = {name for each in Closed.__subclasses__() for name in each.model_fields}
        steps = error.errors()[0]["loc"]
        place = ".".join(str(step) if step in names or type(step) is int else "…" for step in steps)
        raise DirectoryError("malformed", "another shape", what, place) from None
