"""Signatures of a convention file by its parties: who has signed, who is missing, whether it holds.

A signature is a compact JWS, `typ` `referral-convention+jwt`, over `{convd, party, version}`: the
digest binds every byte of the file. The file itself is never changed by being signed; signatures
lie beside it and travel with it in the order that adopts it.

A version needs its own quorum, and that of the version before it: nobody can write a file whose
rule is that one signature is enough, and put it into force by that one signature.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from contracts.convention.model import Convention
from contracts.errors import ConventionError, RelaisError
from contracts.keys.directory import SigningKey
from contracts.keys.jose import Signing, sign_jws, verify_jws

TYP: Final = "referral-convention+jwt"
MAX_SIGNATURE: Final = 2048  # characters; ours have about 330
MAX_SIGNATURES: Final = 64
Fault = Literal["other_key", "file_changed", "no_party", "unreadable"]
# What whoever gathers signatures can do something about; any other code: it is no signature at all.
_FAULTS: Final[dict[str, Fault]] = {
    "unknown_key": "other_key", "bad_signature": "other_key", "party_not_owner": "other_key",
    "key_not_valid": "other_key", "other_convention": "file_changed", "unknown_party": "no_party",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Signatures:
    """What a set of signatures amounts to.

    Attributes:
        signed: parties in the file's order; then those of the version before that have left.
        missing: parties of the file that have not signed.
    """

    signed: tuple[str, ...]
    missing: tuple[str, ...]


def party_urn(party: str) -> str:
    """Owner of a party's signing key, e.g. `urn:relais:owner:child-welfare`."""
    return f"urn:relais:owner:{party.replace('_', '-')}"


def sign_convention(
    convention: Convention, party: str, signer: Signing, before: Convention | None = None
) -> str:
    """Sign a convention as one of its parties, or of the version before: who leaves signs too.

    Raises:
        ConventionError: `unknown_party`.
    """
    _known(party, _who_may_sign(convention, before))
    payload = {"convd": convention.digest, "party": party, "version": convention.version}
    return sign_jws(payload, TYP, signer)


def verify_convention(
    convention: Convention,
    tokens: Iterable[str],
    keys: Mapping[str, SigningKey],
    *,
    at: int,
    before: Convention | None = None,
) -> Signatures:
    """Check signatures of a convention and say who is missing.

    Args:
        tokens: compact JWS; a party may appear twice.
        keys: kid -> pinned key of a party, its owner as `party_urn` gives it.
        at: instant at which the keys must be valid, seconds.
        before: the version before, whose parties may sign too.

    Raises:
        EnvelopeError, SignatureError: those of `jose.verify_jws`.
        ConventionError: `too_many_signatures`, `signature_not_closed`, `other_convention`,
            `other_version`, `unknown_party`, `party_not_owner` (a valid key that is another's).
    """
    parties = _who_may_sign(convention, before)
    signed: set[str] = set()
    for number, token in enumerate(tokens):
        if number >= MAX_SIGNATURES:
            raise ConventionError("too_many_signatures", "more", f"at most {MAX_SIGNATURES}")
        place = f"signatures[{number}]"
        claims, key = verify_jws(token, TYP, keys, at=at, place=place, limit=MAX_SIGNATURE)
        if set(claims) != {"convd", "party", "version"}:
            raise ConventionError("signature_not_closed", "other claims", "convd, party, version")
        if claims["convd"] != convention.digest:
            raise ConventionError("other_convention", "another digest", convention.digest)
        if claims["version"] != convention.version:
            raise ConventionError("other_version", "another version", str(convention.version))
        party = str(claims["party"])
        _known(party, parties)
        if key.owner != party_urn(party):
            raise ConventionError("party_not_owner", key.owner, party_urn(party))
        signed.add(party)
    return Signatures(
        tuple(party for party in parties if party in signed),
        tuple(party for party in convention.parties if party not in signed),
    )


def verify_apart(
    convention: Convention,
    tokens: Mapping[str, str],
    keys: Mapping[str, SigningKey],
    *,
    at: int,
    before: Convention | None = None,
) -> tuple[Signatures, dict[str, Fault]]:
    """The same for whoever still gathers them: a bad signature does not hide the others.

    Args:
        tokens: name of where each was found -> compact JWS.

    Returns:
        What the good ones amount to; name -> what is wrong with a bad one.

    Raises:
        ConventionError: `too_many_signatures`.
    """
    good, faults = [], {}
    for name, token in tokens.items():
        try:
            verify_convention(convention, [token], keys, at=at, before=before)
        except RelaisError as error:
            faults[name] = _FAULTS.get(error.code, "unreadable")
        else:
            good.append(token)
    return verify_convention(convention, good, keys, at=at, before=before), faults


def quorum_text(convention: Convention) -> str:
    """How many signatures a convention needs: `all 5 parties`, `4 of 5 parties`."""
    needed, count = convention.needed, len(convention.parties)
    return f"all {count} parties" if needed == count else f"{needed} of {count} parties"


def _who_may_sign(convention: Convention, before: Convention | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*convention.parties, *(before.parties if before else ()))))


def _known(party: str, parties: tuple[str, ...]) -> None:
    if party not in parties:
        raise ConventionError("unknown_party", "another", " or ".join(parties))
