"""Parties sign a convention; who has not is known."""

from __future__ import annotations

import pytest

from contracts.convention.signing import TYP, sign_convention, verify_convention
from contracts.errors import ConventionError, RelaisError
from contracts.keys.directory import SigningKey
from contracts.keys.jose import sign_jws
from tests.contracts.convention.kit import convention
from tests.contracts.convention.parties import PINNED, signer_of

AT = 1_795_000_000


def refused(tokens: list[str]) -> str:
    """The code with which signatures of the shipped convention are refused."""
    with pytest.raises(RelaisError) as caught:
        verify_convention(convention(), tokens, PINNED, at=AT)
    return caught.value.code


def test_a_party_cannot_sign_for_another() -> None:
    """A valid key claims another party's name."""
    forged = sign_convention(convention(), "police", signer_of("education"))

    assert refused([forged]) == "party_not_owner"


def test_only_a_party_of_the_file_signs() -> None:
    """Neither at signing nor at verifying."""
    payload = {"convd": convention().digest, "party": "hospital", "version": 1}

    with pytest.raises(ConventionError) as caught:
        sign_convention(convention(), "hospital", signer_of("police"))

    assert caught.value.code == "unknown_party"
    assert refused([sign_jws(payload, TYP, signer_of("police"))]) == "unknown_party"


def test_other_tokens_and_altered_ones_are_refused() -> None:
    """Another typ, further claims, another version, a flipped bit, a key out of its time."""
    good = {"convd": convention().digest, "party": "police", "version": 1}
    signer = signer_of("police")
    token = sign_jws(good, TYP, signer)
    late = {kid: SigningKey(kid, "Ed25519", k.owner, k.public, 0, AT) for kid, k in PINNED.items()}

    assert refused([sign_jws(good, "referral-cover+jwt", signer)]) == "wrong_typ"
    assert refused([sign_jws({**good, "iat": 1}, TYP, signer)]) == "signature_not_closed"
    assert refused([sign_jws({**good, "version": 2}, TYP, signer)]) == "other_version"
    assert refused([token[:-2] + ("AA" if token[-2:] != "AA" else "BA")]) in {
        "bad_signature", "base64_not_canonical",
    }  # fmt: skip
    with pytest.raises(RelaisError) as caught:
        verify_convention(convention(), [token], late, at=AT)
    assert caught.value.code == "key_not_valid"
