"""The members of a directory's payload, as they travel (keys §2)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from contracts.vocabulary.schema import (
    Closed,
    DeskUrn,
    Digest,
    Instant,
    Kid,
    Realm,
    RouterUrn,
)  # fmt: skip

Retention = Literal["P7", "P30", "P90"]
Week = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}w[0-9]{2}$")]


class SigningEntry(Closed):
    """A signing key; `proof` is its own signature of `owner` and everything before it."""

    alg: Literal["Ed25519"]
    kid: Kid
    x: Digest
    not_before: Instant
    not_after: Instant
    proof: str
    revoked: Instant | None = None


class SealingRow(Closed):
    """A desk's encryption keys by class and week; `sig` of all is by its signing key `by`, made at `iat`."""

    by: Kid
    iat: Instant
    keys: dict[Retention, dict[Week, Digest]] = Field(min_length=1)
    sig: str
    revoked: dict[Kid, Instant] | None = None


class EncryptionEntry(Closed):
    """An encryption key signed by itself, as directories had them before (keys §2.7)."""

    alg: Literal["ECDH-ES+A256KW"]
    kid: Kid
    retention: Retention
    x: Digest
    not_before: Instant
    not_after: Instant
    destroy_at: Instant
    by: Kid
    iat: Instant
    sig: str
    revoked: Instant | None = None


class Label(Closed):
    """A desk's name in both languages."""

    fr: str = Field(min_length=1, max_length=120)
    en: str = Field(min_length=1, max_length=120)


class DeskRow(Closed):
    """A desk with its keys; its encryption keys in one of both forms, if it receives anything."""

    desk: DeskUrn
    role: str
    agency: str
    secrecy: bool
    label: Label
    signing: tuple[SigningEntry, ...] = Field(min_length=1)
    sealing: SealingRow | None = None
    encryption: tuple[EncryptionEntry, ...] | None = None


class RouterRow(Closed):
    """The realm's router: signs receipts and notices, opens nothing."""

    router: RouterUrn
    signing: tuple[SigningEntry, ...] = Field(min_length=1)


class DirectoryFile(Closed):
    """The payload of a directory."""

    realm: Realm
    version: int = Field(ge=1)
    iat: Instant
    exp: Instant
    router: RouterRow
    desks: tuple[DeskRow, ...]
