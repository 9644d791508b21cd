"""What a directory says of one desk or key, as values (keys §2)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A verification key of a desk or of the router.

    Attributes:
        kid: unique in the directory.
        alg: the only algorithm it may be used with (`Ed25519` or `ES256`).
        owner: urn of the desk or router.
        public: 32 bytes, or of P-256 the 65 of an uncompressed point.
        not_before, not_after: validity at `iat`, seconds; revoked keys end at their revocation.
        reason: why it was revoked: `superseded`, `stolen`, or empty.
        since: of a stolen one, from when on what it has signed is in doubt, seconds.
        term: the end that it has itself signed, whatever was said of it since, seconds; 0: none
            was.
    """

    kid: str
    alg: str
    owner: str
    public: bytes
    not_before: int
    not_after: int
    reason: str = ""
    since: int | None = None
    term: int = 0


@dataclass(frozen=True, slots=True)
class EncryptionKey:
    """A public key of a desk for one retention class and period; the desk signs it.

    Attributes:
        retention: P7, P30 or P90.
        destroy_at: when the private half must be destroyed, seconds.
    """

    kid: str
    owner: str
    retention: str
    public: bytes
    not_before: int
    not_after: int
    destroy_at: int


@dataclass(frozen=True, slots=True)
class DeskEntry:
    """A desk: the unit of addressing, keys, assignment and sequence numbers.

    Attributes:
        desk: urn.
        role: the clauses' word for it.
        secrecy: whether bound by professional secrecy on this bus.
        label: {`fr`, `en`}.
        reads: versions of acts that it reads (`IP/1`), sorted; None: the first of each.
    """

    desk: str
    role: str
    agency: str
    secrecy: bool
    label: dict[str, str]
    reads: tuple[str, ...] | None = None

    def can_read(self, version: str) -> bool:
        """Whether it reads an act in a version, e.g. `IP/1`."""
        return version.endswith("/1") if self.reads is None else version in self.reads
