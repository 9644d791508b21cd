"""Project Wycheproof against the primitives as we call them, and against our two JOSE shapes."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from contracts.envelope.part import read_part
from contracts.errors import DirectoryError, EnvelopeError, SignatureError
from contracts.keys import refused_points
from contracts.keys.directory import SigningKey
from contracts.keys.es256 import in_lower_half
from contracts.keys.jose import verify_bytes, verify_jws
from contracts.keys.refused_points import check_ed25519, check_x25519
from tests.contracts.envelope import kit
from tests.contracts.keys.curve import IDENTITY, SMALL_POINTS, encoded, times

FOLDER = Path(__file__).with_name("wycheproof")


def cases(name: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Each test of a file with its group."""
    for group in json.loads((FOLDER / f"{name}_test.json").read_text())["testGroups"]:
        for case in group["tests"]:
            yield group, case


@pytest.mark.parametrize(
    ("name", "alg", "member", "spelt", "counts"),
    [
        ("ed25519", "Ed25519", "pk", bytes, (88, 63)),
        ("ecdsa_secp256r1_sha256_p1363", "ES256", "uncompressed", in_lower_half, (173, 159)),
    ],
)
def test_signatures(
    name: str, alg: str, member: str, spelt: Callable[[bytes], bytes], counts: tuple[int, int]
) -> None:
    """As they say, but for a valid S in the upper half: its other spelling is the signature."""
    valid = raised = 0
    for group, case in cases(name):
        public = bytes.fromhex(group["publicKey"][member])
        if alg == "Ed25519":
            check_ed25519(public)
        key = SigningKey("k", alg, "owner", public, 0, 1)
        message, signature = bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"])
        if case["result"] == "valid":
            verify_bytes(key, message, spelt(signature))
            valid += 1
        if case["result"] == "valid" and signature == spelt(signature):
            continue
        raised += 1
        with pytest.raises(SignatureError):
            verify_bytes(key, message, signature)
    assert (valid, raised) == counts


def test_x25519() -> None:
    """Valid exchanges agree; small-order and non-canonical keys are refused before them."""
    count = refused = 0
    for _, case in cases("x25519"):
        count += 1
        public, flags = bytes.fromhex(case["public"]), set(case["flags"])
        unfit = {"NonCanonicalPublic", "LowOrderPublic", "SmallPublicKey", "ZeroSharedSecret"}
        try:
            check_x25519(public)
        except DirectoryError:
            assert flags & unfit, case["comment"]
            refused += 1
            continue
        assert not flags & {"NonCanonicalPublic", "LowOrderPublic", "ZeroSharedSecret"}
        private = X25519PrivateKey.from_private_bytes(bytes.fromhex(case["private"]))
        secret = private.exchange(X25519PublicKey.from_public_bytes(public))
        assert secret.hex() == case["shared"]
    assert count == 518
    assert refused > 20


@pytest.mark.parametrize(
    "name", ["json_web_signature", "json_web_crypto", "json_web_key", "json_web_encryption"]
)
def test_no_foreign_token_passes(name: str) -> None:
    """HMAC, RSA, `none`, embedded keys, odd base64: refused, whatever key `kid` leads to."""
    own = kit.signer("urn:relais:civil:desk:crip", "any")
    key = SigningKey("any", "Ed25519", own.owner, own.public, 0, 2**40)

    class Every(dict[str, SigningKey]):
        def get(self, _: object, default: Any = None) -> Any:
            return key

    count = 0
    for group, case in cases(name):
        token = case.get("jws") or case.get("jwe")
        if not isinstance(token, str):
            token = json.dumps(token)
        for typ in ("referral-cover+jwt", "JWT", group.get("comment", "")):
            with pytest.raises(EnvelopeError):
                verify_jws(token, typ, Every(), at=1, place="token", limit=100_000)
        with pytest.raises(EnvelopeError):
            read_part(token, "part")
        count += 1
    assert count > 20


def test_small_order_points_are_those_that_the_curve_has() -> None:
    """Our constants, checked by arithmetic: eight times each of them is the identity."""
    assert {y for _, y in SMALL_POINTS} == refused_points._ED25519_SMALL
    for point in SMALL_POINTS:
        assert times(8, point) == IDENTITY
        assert encoded(point) in refused_points.SMALL_ORDER_ED25519
    private = X25519PrivateKey.from_private_bytes(bytes(range(32)))
    for u in refused_points._X25519_SMALL:
        with pytest.raises(ValueError):  # noqa: PT011, the library has no message
            private.exchange(X25519PublicKey.from_public_bytes(u.to_bytes(32, "little")))
