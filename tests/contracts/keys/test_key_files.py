"""Files of private keys: both ways, of one kind each, and never repeated by an error."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from contracts.keys import keyring
from contracts.keys.sealing_kinds import public_half
from tests.contracts.envelope import kit
from tests.contracts.envelope.refusal import refused

LISTED = kit.realm().directory.signing["crip-s1"]
SEALED = kit.realm().directory.encryption["crip-p30-2026m11"]
SIGNER = kit.realm().signers["crip"]
SIGNING = keyring.signing_file(SIGNER._private, LISTED)
ENCRYPTION = keyring.encryption_file(kit.sealing(SEALED.kid), SEALED)


def test_key_files_go_both_ways() -> None:
    """Entry and private key come back; the signer signs as before."""
    key, signer = keyring.read_signing_file(SIGNING)
    other, private = keyring.read_encryption_file(ENCRYPTION)

    assert key == replace(LISTED, term=0)  # a file bears no signature of its term
    assert signer.sign(b"x") == SIGNER.sign(b"x")
    assert (signer.kid, signer.owner, signer.alg) == (key.kid, key.owner, "Ed25519")
    assert other == SEALED
    assert public_half(private) == public_half(kit.sealing(SEALED.kid))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"d": "A" * 42 + "B"}, "key_file_malformed"),
        ({"x": "A" * 43}, "key_file_mismatch"),
        ({"extra": 1}, "key_file_malformed"),
        ({"crv": "P-256"}, "key_file_malformed"),
        ({"owner": "me"}, "key_file_malformed"),
    ],
)
def test_a_wrong_key_file_says_nothing_of_the_key(change: dict[str, Any], code: str) -> None:
    """Errors name the file's fault, never its content."""
    reading: tuple[tuple[bytes, Any], ...] = (
        (SIGNING, keyring.read_signing_file), (ENCRYPTION, keyring.read_encryption_file),
    )  # fmt: skip
    for text, read in reading:
        content = json.loads(text) | change
        with refused(code) as caught:
            read(json.dumps(content).encode())
        assert content["d"] not in caught.value.describe()
        assert caught.value.__cause__ is None


def test_one_kind_of_file_is_not_the_other() -> None:
    """A signing key does not open, an encryption key does not sign."""
    for data in (ENCRYPTION, b"not json"):
        with refused("key_file_malformed"):
            keyring.read_signing_file(data)
    with refused("key_file_malformed"):
        keyring.read_encryption_file(SIGNING)
