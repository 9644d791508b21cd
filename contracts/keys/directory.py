"""The signed directory of one realm as values: who may act, with which keys (keys §2).

Reading, signing and checking the signed form is in `contracts.keys.keyring`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from contracts.errors import DirectoryError
from contracts.keys.checked_desk import CheckedDesk
from contracts.keys.entries import DeskEntry, EncryptionKey, SigningKey
from contracts.keys.sealing_keys import EncryptionKeys

__all__ = ["DeskEntry", "Directory", "EncryptionKey", "SigningKey"]


@dataclass(frozen=True)
class Directory:
    """One realm's directory, verified.

    Attributes:
        digest: b64u(SHA-256(C(payload))); records name it as `dird`.
        version: only rises.
        expires: issuers do not seal under an expired one, seconds.
        checked: SHA-256 of a desk's row -> what it says, so that the next version that has it too
            need not verify it again.
    """

    realm: str
    version: int
    digest: str
    issued: int
    expires: int
    desks: dict[str, DeskEntry]
    signing: dict[str, SigningKey]
    encryption: EncryptionKeys
    checked: Mapping[bytes, CheckedDesk] = field(default_factory=dict, compare=False, repr=False)

    def desk(self, urn: str) -> DeskEntry | None:
        """The entry of a desk, None if unknown."""
        return self.desks.get(urn)

    def role_of(self, urn: str) -> str:
        """The role of a desk, empty if unknown: it may have left since."""
        entry = self.desks.get(urn)
        return entry.role if entry is not None else ""

    @cached_property
    def signing_of(self) -> dict[str, tuple[SigningKey, ...]]:
        """urn -> the owner's signing keys, the newest first."""
        by_owner: dict[str, list[SigningKey]] = {}
        for key in sorted(self.signing.values(), key=lambda key: (-key.not_before, key.kid)):
            by_owner.setdefault(key.owner, []).append(key)
        return {owner: tuple(keys) for owner, keys in by_owner.items()}

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
        valid = self.encryption.valid(desk, retention, at)
        if not valid:
            raise DirectoryError("no_encryption_key", "none valid", f"one of class {retention}")
        return max(valid, key=lambda key: (key.not_before, key.kid))

    @cached_property
    def inboxes(self) -> dict[str, Mapping[str, str]]:
        """Digest of a convention -> desk -> agency in whose inbox it is told (`agreed.inboxes`)."""
        return {}
