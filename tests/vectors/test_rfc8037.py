"""RFC 8037 appendix A: the examples of Ed25519 and X25519 in JOSE."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from contracts.encoding import b64u, canonical, sha256, unb64u
from contracts.errors import EnvelopeError
from contracts.keys.directory import SigningKey
from contracts.keys.jose import verify_bytes, verify_jws

EXAMPLES = json.loads(Path(__file__).with_name("rfc8037.json").read_text())


def test_a1_the_public_key_follows_from_the_private_one() -> None:
    """Appendix A.1 and A.2."""
    key = EXAMPLES["A.1"]

    private = Ed25519PrivateKey.from_private_bytes(unb64u(key["d"]))

    assert b64u(private.public_key().public_bytes_raw()) == key["x"]


def test_a3_the_thumbprint_is_a_digest_of_canonical_json() -> None:
    """Appendix A.3: RFC 7638's form is our C(x)."""
    key = {name: EXAMPLES["A.1"][name] for name in ("crv", "kty", "x")}

    assert b64u(sha256(canonical(key))) == EXAMPLES["A.3"]


def test_a4_the_signature_verifies_and_the_token_is_refused() -> None:
    """Appendix A.4 and A.5: the bytes verify; as a token of ours it lacks `kid` and `typ`."""
    public = unb64u(EXAMPLES["A.1"]["x"])
    key = SigningKey("k", "Ed25519", "urn:relais:civil:desk:crip", public, 0, 2**40)
    head, payload, signature = EXAMPLES["A.4"].split(".")

    verify_bytes(key, f"{head}.{payload}".encode(), unb64u(signature))

    with pytest.raises(EnvelopeError):
        verify_jws(EXAMPLES["A.4"], "any", {"k": key}, at=1, place="token", limit=1000)


def test_a6_both_ends_agree() -> None:
    """Appendix A.6: the shared secret of ephemeral and static key."""
    example = EXAMPLES["A.6"]
    ephemeral = X25519PrivateKey.from_private_bytes(bytes.fromhex(example["ephemeral_secret"]))
    recipient = X25519PublicKey.from_public_bytes(unb64u(example["recipient"]["x"]))

    secret = ephemeral.exchange(recipient)

    assert b64u(ephemeral.public_key().public_bytes_raw()) == example["ephemeral"]["x"]
    assert secret.hex() == example["secret"]
