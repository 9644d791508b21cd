"""The signed directory of one realm as values: who may act, with which keys (keys §2).

Reading, signing and checking the signed form is in `contracts.keys.keyring`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from contracts.errors import DirectoryError


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A verification key of a desk or of the router.

    Attributes:
        kid: unique in the directory.
        alg: the only algorithm it may be used with (`Ed25519`).
        owner: urn of the desk or router.
        public: raw public key.
        not_before, not_after: validity at `iat`, seconds; revoked keys end at their revocation.
    """

    kid: str
    alg: str
    owner: str
    public: bytes
    not_before: int
    not_after: int


@dataclass(frozen=True, slots=True)
class EncryptionKey:
    """A public key of a desk for one retention class and week; its entry is signed by the desk.

    Attributes:
        retention: P7, P30 or P90.
        destroy_at: when the private half must be destroyed, seconds.
    """

    kid: str
    alg: str
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
    """

    desk: str
    role: str
    agency: str
    secrecy: bool
    label: dict[str, str]


@dataclass(frozen=True)
class Directory:
    """One realm's directory, verified.

    Attributes:
        digest: b64u(SHA-256(C(payload))); records name it as `dird`.
        version: only rises.
        expires: issuers do not seal under an expired one, seconds.
    """

    realm: str
    version: int
    digest: str
    issued: int
    expires: int
    desks: dict[str, DeskEntry]
    signing: dict[str, SigningKey]
    encryption: dict[str, EncryptionKey]

    def desk(self, urn: str) -> DeskEntry | None:
        """The entry of a desk, None if unknown."""
        return self.desks.get(urn)

    @cached_property
    def by_role(self) -> dict[str, tuple[str, ...]]:
        """role -> urns of its desks, sorted."""
        by_role: dict[str, list[str]] = {}
        for urn in sorted(self.desks):
            by_role.setdefault(self.desks[urn].role, []).append(urn)
        return {role: tuple(urns) for role, urns in by_role.items()}

    def sealing_key(self, desk: str, retention: str, at: int) -> EncryptionKey:
        """The key to seal with for a desk and class at an instant: the newest valid one.

        Raises:
            DirectoryError: `no_encryption_key`.
        """
        valid = [
            key
            for key in self._by_owner.get((desk, retention), ())
            if key.not_before <= at < key.not_after
        ]
        if not valid:
            raise DirectoryError("no_encryption_key", "none valid", f"one of class {retention}")
        return max(valid, key=lambda key: (key.not_before, key.kid))

    @cached_property
    def inboxes(self) -> dict[str, frozenset[str]]:
        """Digest of a convention -> urns of the desks with an inbox (kept by `topic_plan.inboxes`)."""
        return {}

    @cached_property
    def _by_owner(self) -> dict[tuple[str, str], tuple[EncryptionKey, ...]]:
        by_owner: dict[tuple[str, str], list[EncryptionKey]] = {}
        for key in self.encryption.values():
            by_owner.setdefault((key.owner, key.retention), []).append(key)
        return {owner: tuple(keys) for owner, keys in by_owner.items()}
