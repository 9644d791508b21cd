"""What signs is in a key's file, or is named by it: a device, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.keys.entries import SigningKey
from contracts.keys.keyring import signing_file
from contracts.keys.signers import MemorySigner, PrivateKey
from contracts.keys.verification import verifies
from services.platform.keys.keystore import read_signer
from services.platform.keys.pkcs11 import parsed
from tests.contracts.envelope.refusal import refused

OWNER: Final = "urn:relais:civil:desk:crip"
ED: Final = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
P256: Final = ec.derive_private_key(2026, ec.SECP256R1())
URI: Final = "pkcs11:token=relais;object=crip?module-path=/lib/hsm.so&pin-source=file:/run/pin"


def key_of(private: PrivateKey) -> SigningKey:
    """The public entry of a key."""
    own = MemorySigner("crip-sig-1", OWNER, private)
    return SigningKey(own.kid, own.alg, OWNER, own.public, 0, 4 * 10**9)


@pytest.mark.parametrize("private", [ED, P256], ids=["Ed25519", "ES256"])
def test_the_private_half_is_in_the_file(tmp_path: Path, private: PrivateKey) -> None:
    """It signs, and is shown nowhere."""
    key, path = key_of(private), tmp_path / "inside.json"
    path.write_bytes(signing_file(private, key))
    path.chmod(0o600)

    entry, own = read_signer(path)

    assert entry == key
    assert verifies(own.alg, key.public, b"message", own.sign(b"message"))
    assert str(orjson.loads(path.read_bytes())["d"]) not in repr(own)


@pytest.mark.parametrize("uri", ["file:/run/secrets/crip-sig-1.pem", "awskms:///alias/crip"])
def test_what_signs_is_in_the_file_or_in_a_device(tmp_path: Path, uri: str) -> None:
    """No other place is known."""
    path = tmp_path / "crip-sig-1.json"
    path.write_bytes(signing_file(None, key_of(ED), uri))
    path.chmod(0o600)

    with refused("signer_unknown"):
        read_signer(path)


@pytest.mark.parametrize(
    ("change", "value"),
    [
        ("d", None), ("alg", "ES256"), ("crv", "P-256"), ("kty", "EC"), ("y", "A" * 43),
        ("signer", "file:/key.pem"), ("alg", "none"), ("x", "B" * 43),
    ],
)  # fmt: skip
def test_a_key_file_is_of_one_kind(tmp_path: Path, change: str, value: str | None) -> None:
    """Type, curve and algorithm belong together, and what signs is told once."""
    members = orjson.loads(signing_file(ED, key_of(ED))) | {change: value}
    path = tmp_path / "key.json"
    path.write_bytes(orjson.dumps({name: one for name, one in members.items() if one is not None}))
    path.chmod(0o600)

    with refused("key_file_malformed"):
        read_signer(path)


def test_a_uri_names_a_device_and_a_key() -> None:
    """RFC 7512: attributes in any order, percent-encoded; the PIN's file as a path or as a URI."""
    place, label = parsed(URI, "crip")
    uri = "pkcs11:object=a%20b;type=private;token=42?pin-source=/p&module-path=/lib/my%20hsm.so"
    assert (place.module, place.token, label) == (Path("/lib/hsm.so"), "relais", "crip")
    assert place.pin == Path("/run/pin")
    other, label = parsed(uri, "crip")
    assert (other.token, other.module, label) == ("42", Path("/lib/my hsm.so"), "a b")


MALFORMED: Final = (  # what is written in the place of what
    ("token=relais;", ""), ("object=crip", "type=private"), ("object=crip", "object=x;type=public"),
    ("object=crip", "object=crip;object=x"), ("object=crip", "object=crip;slot-id=1"),
    ("module-path=/lib", "module-path=lib"), ("module-path", "module-name"),
    ("&pin-source=file:/run/pin", ""), ("file:/run/pin", "|cat /run/pin"), ("relais", "%ff"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("uri", "code"),
    [
        (URI.replace("pin-source=file:/run/pin", "pin-value=4711"), "pin_in_uri"),
        *((URI.replace(*change), "signer_malformed") for change in MALFORMED),
    ],
)
def test_a_uri_that_is_not_understood_is_refused(uri: str, code: str) -> None:
    """Nothing is passed by, and no error shows the URI or a PIN."""
    with refused(code) as caught:
        parsed(uri, "crip-sig-1")
    assert "4711" not in caught.value.describe()
    assert "/lib" not in caught.value.describe()
