"""Hybrid keys by the specification's letter: from hashes and two primitives alone."""

from __future__ import annotations

import hmac
import json
from hashlib import sha3_256, sha256, shake_256
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from contracts.encoding import unb64u
from contracts.keys.hybrid import SEALED_BYTES, HybridPrivateKey, seal

VECTOR: Final[dict[str, Any]] = json.loads(
    (Path(__file__).parents[3] / "docs/specification/vectors/part_hybrid.json").read_text()
)
KEM: Final = b"\x64\x7a"
SUITE: Final = b"HPKE" + KEM + b"\x00\x01" + b"\x00\x02"


def extracted(salt: bytes, label: bytes, secret: bytes) -> bytes:
    """RFC 9180 §4, LabeledExtract."""
    return hmac.digest(salt, b"HPKE-v1" + SUITE + label + secret, sha256)


def expanded(secret: bytes, label: bytes, info: bytes, size: int) -> bytes:
    """RFC 9180 §4, LabeledExpand, of one block."""
    text = size.to_bytes(2, "big") + b"HPKE-v1" + SUITE + label + info
    return hmac.digest(secret, text + b"\x01", sha256)[:size]


def shared_secret(seed: bytes, enc: bytes) -> bytes:
    """keys §1.2 and envelope §3.3: from the private key's 32 bytes and `enc`."""
    both = shake_256(seed).digest(96)
    ml_kem = MLKEM768PrivateKey.from_seed_bytes(both[:64])
    x25519 = X25519PrivateKey.from_private_bytes(both[64:])
    ephemeral = enc[1088:]
    first = ml_kem.decapsulate(enc[:1088])
    second = x25519.exchange(X25519PublicKey.from_public_bytes(ephemeral))
    own = x25519.public_key().public_bytes_raw()
    return sha3_256(first + second + ephemeral + own + bytes.fromhex("5c2e2f2f5e5c")).digest()


def opened(seed: bytes, sealed: bytes, info: bytes) -> bytes:
    """RFC 9180 §5.1 in base mode, its first message."""
    secret = extracted(shared_secret(seed, sealed[:1120]), b"secret", b"")
    context = b"\x00" + extracted(b"", b"psk_id_hash", b"") + extracted(b"", b"info_hash", info)
    key, nonce = (
        expanded(secret, label, context, size)
        for label, size in ((b"key", 32), (b"base_nonce", 12))
    )
    return AESGCM(key).decrypt(nonce, sealed[1120:], b"")


def test_the_vector_opens_by_the_letter_of_the_specification() -> None:
    """No HPKE of a library: what the pages say is enough, to the byte."""
    wrapped = unb64u(VECTOR["part"].split(".")[1])
    seed = unb64u(VECTOR["recipient"]["priv"])

    assert opened(seed, wrapped, bytes.fromhex(VECTOR["info_hex"])) == unb64u(VECTOR["content_key"])
    assert HybridPrivateKey(seed).public == unb64u(VECTOR["recipient"]["pub"])


def test_each_seal_is_another_and_opens_by_the_letter() -> None:
    """The library draws afresh each time; sizes are those of the page."""
    private = HybridPrivateKey(bytes(range(32)))
    first, second = (seal(private.public, bytes(32), b"info") for _ in range(2))

    assert first[:1120] != second[:1120]
    assert {len(first), len(second)} == {SEALED_BYTES} == {1168}
    for sealed in (first, second):
        assert opened(private.seed, sealed, b"info") == bytes(32) == private.open(sealed, b"info")
