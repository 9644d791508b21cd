"""Signatures of a convention file by its parties: who has signed, who is missing.

A signature is a compact JWS, `typ` `referral-convention+jwt`, over `{convd, party, version}`: the
digest binds every byte of the file. The file itself is never changed by being signed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from contracts.convention.model import Convention
from contracts.directory import SigningKey
from contracts.errors import ConventionError
from contracts.jose import Signing, sign_jws, verify_jws

TYP: Final = "referral-convention+jwt"
MAX_SIGNATURE: Final = 2048  # characters; ours have about 330


@dataclass(frozen=True, slots=True)
class Signatures:
    """What a set of signatures amounts to.

    Attributes:
        signed: parties in the file's order.
        missing: parties that have not signed.
    """

    signed: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether every party has signed."""
        return not self.missing


def party_urn(party: str) -> str:
    """Owner of a party's signing key, e.g. `urn:relais:owner:child-welfare`."""
    return f"urn:relais:owner:{party.replace('_', '-')}"


def sign_convention(convention: Convention, party: str, signer: Signing) -> str:
    """Sign a convention as one of its parties.

    Raises:
        ConventionError: `unknown_party`.
    """
    _known(convention, party)
    payload = {"convd": convention.digest, "party": party, "version": convention.version}
    return sign_jws(payload, TYP, signer)


def verify_convention(
    convention: Convention, tokens: Iterable[str], keys: Mapping[str, SigningKey], *, at: int
) -> Signatures:
    """Check signatures of a convention and say who is missing.

    Args:
        tokens: compact JWS; a party may appear twice.
        keys: kid -> pinned key of a party, its owner as `party_urn` gives it.
        at: instant at which the keys must be valid, seconds.

    Raises:
        EnvelopeError, SignatureError: those of `jose.verify_jws`.
        ConventionError: `signature_not_closed`, `other_convention`, `other_version`,
            `unknown_party`, `party_not_owner` (a valid key that is another party's).
    """
    signed: set[str] = set()
    for number, token in enumerate(tokens):
        place = f"signatures[{number}]"
        claims, key = verify_jws(token, TYP, keys, at=at, place=place, limit=MAX_SIGNATURE)
        if set(claims) != {"convd", "party", "version"}:
            raise ConventionError("signature_not_closed", "other claims", "convd, party, version")
        if claims["convd"] != convention.digest:
            raise ConventionError("other_convention", "another digest", convention.digest)
        if claims["version"] != convention.version:
            raise ConventionError("other_version", "another version", str(convention.version))
        party = str(claims["party"])
        _known(convention, party)
        if key.owner != party_urn(party):
            raise ConventionError("party_not_owner", key.owner, party_urn(party))
        signed.add(party)
    return Signatures(
        tuple(party for party in convention.parties if party in signed),
        tuple(party for party in convention.parties if party not in signed),
    )


def _known(convention: Convention, party: str) -> None:
    if party not in convention.parties:
        raise ConventionError("unknown_party", "another", " or ".join(convention.parties))
