"""The trust policy of a realm, made and signed: nobody lowers it quietly (proof §5.1).

A signature is a compact JWS, `typ` `referral-policy+jwt`, over `{iat, policy, realm}`: the digest
of the file that it lies beside, by a key that signs the directory. How many witnesses are the
least, the owners' file says too: as the policy in force one with fewer is refused, whoever has
signed it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from contracts.encoding import digest
from contracts.errors import EnvelopeError, ProofError
from contracts.keys.directory import SigningKey
from contracts.keys.jose import Signing, open_jws, sign_jws
from contracts.proof.note_keys import NoteKey, parse_vkey
from contracts.proof.policy import TrustPolicy, parse_policy

TYP: Final = "referral-policy+jwt"
GROUP: Final = "agencies"
_MAX_TOKEN: Final = 1024  # characters


def usual_quorum(witnesses: int) -> int:
    """How many of so many witnesses must cosign: all but one, and more than half.

    More than half: else two histories could each have enough, of witnesses who saw but one.
    """
    return max(witnesses - 1, witnesses // 2 + 1)


def policy_text(logs: Iterable[NoteKey], witnesses: Mapping[str, NoteKey], least: int) -> bytes:
    """A policy of one group.

    Args:
        witnesses: name of an agency → its witness's key.
        least: how many must cosign.
    """
    lines = [
        *(f"log {key.vkey}" for key in logs),
        *(f"witness {name} {key.vkey}" for name, key in witnesses.items()),
        f"group {GROUP} {least} {' '.join(witnesses)}",
        f"quorum {GROUP}",
    ]
    return "".join(f"{line}\n" for line in lines).encode()


def policy_of_log(data: bytes, origin: str) -> bytes:
    """A policy's lines but those of other logs: other programs ask each log that it names to sign.

    Args:
        data: a policy that was read.
        origin: of the log.
    """
    lines = ((line, line.split()) for line in data.splitlines(keepends=True))
    return b"".join(
        line
        for line, words in lines
        if words[:1] != [b"log"] or parse_vkey(words[1].decode()).name == origin
    )


def sign_policy(data: bytes, realm: str, at: int, signer: Signing) -> str:
    """Sign a policy's file as the keeper of the directory; `at` is now, seconds since 1970."""
    return sign_jws({"iat": at, "policy": digest(data), "realm": realm}, TYP, signer)


def read_signed_policy(
    data: bytes, token: str, realm: str, keys: Mapping[str, SigningKey]
) -> tuple[TrustPolicy, int]:
    """A policy that the owners have signed, today or at a time with fewer agencies, and when.

    Args:
        token: the signature that lies beside it.
        keys: pinned, whose signature a directory needs.

    Raises:
        ProofError: `policy_not_signed`; `quorum_lowered`: half of its own witnesses or fewer meet
            it, which was never right; those of `parse_policy`.
    """
    try:
        claims = open_jws(
            token, TYP, keys, at=None, place="policy signature", limit=_MAX_TOKEN
        ).claims
    except EnvelopeError as error:
        raise ProofError("policy_not_signed", error.code, "the owners' signature") from None
    at = claims.get("iat")
    if type(at) is not int or claims != {"iat": at, "policy": digest(data), "realm": realm}:
        raise ProofError("policy_not_signed", "a signature of something else", "of this policy")
    policy = parse_policy(data)
    _check_at_least(policy, len(policy.witnesses) // 2 + 1)
    return policy, at


def open_policy(
    data: bytes,
    token: str,
    realm: str,
    keys: Mapping[str, SigningKey],
    least: int,
    since: int = 0,
) -> TrustPolicy:
    """Read the policy in force: of the owners, and asking for as many witnesses as they pinned.

    Args:
        token, keys: as in `read_signed_policy`.
        least: pinned, how many witnesses must cosign.
        since: pinned, seconds; what was signed before was in force once.

    Raises:
        ProofError: those of `read_signed_policy`; `quorum_lowered`: fewer witnesses than pinned
            meet it; `policy_superseded`.
    """
    policy, at = read_signed_policy(data, token, realm, keys)
    _check_at_least(policy, least)
    if at < since:
        raise ProofError("policy_superseded", f"signed at {at}", f"at {since} or later")
    return policy


def _check_at_least(policy: TrustPolicy, witnesses: int) -> None:
    """Refuse a policy that fewer witnesses meet: `quorum_lowered`."""
    if policy.least < witnesses:
        got, expected = f"{policy.least} witnesses", f"at least {witnesses}"
        raise ProofError("quorum_lowered", got, expected, "quorum")
