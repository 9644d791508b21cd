"""What signs is in a key's file, or is named by it: files of other tools, devices, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from contracts.keys.entries import SigningKey
from contracts.keys.keyring import signing_file
from contracts.keys.signers import PrivateKey, in_memory
from contracts.keys.verification import verifies
from services.platform.keys.pkcs11 import parsed
from services.platform.keys.signers import read_signer
from tests.contracts.envelope.refusal import refused

OWNER: Final = "urn:relais:civil:desk:crip"
ED: Final = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
P256: Final = ec.derive_private_key(2026, ec.SECP256R1())
URI: Final = "pkcs11:token=relais;object=crip?module-path=/lib/hsm.so&pin-source=file:/run/pin"


def key_of(private: PrivateKey) -> SigningKey:
    """The public entry of a key."""
    own = in_memory("crip-sig-1", OWNER, private)
    return SigningKey(own.kid, own.alg, OWNER, own.public, 0, 4 * 10**9)


def written(folder: Path, key: SigningKey, uri: str) -> Path:
    """A key's file that names what signs."""
    path = folder / "crip-sig-1.json"
    path.write_bytes(signing_file(None, key, uri))
    path.chmod(0o600)
    return path


def pem(folder: Path, private: ec.EllipticCurvePrivateKey | Ed25519PrivateKey, secret: str) -> Path:
    """A private key as `openssl genpkey` writes it."""
    path = folder / "key.pem"
    how = BestAvailableEncryption(secret.encode()) if secret else NoEncryption()
    path.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how))
    path.chmod(0o600)
    return path


@pytest.mark.parametrize("private", [ED, P256], ids=["Ed25519", "ES256"])
def test_the_private_half_is_in_the_file_or_in_one_that_it_names(
    tmp_path: Path, private: PrivateKey
) -> None:
    """The same key, the same signatures, wherever it lies."""
    key = key_of(private)
    inside = tmp_path / "inside.json"
    inside.write_bytes(signing_file(private, key))
    inside.chmod(0o600)
    named = written(tmp_path, key, f"file://{pem(tmp_path, private, '')}")

    for path in (inside, named):
        entry, own = read_signer(path)
        assert entry == key
        assert verifies(own.alg, key.public, b"message", own.sign(b"message"))
        assert b64_secret(private) not in repr(own)
    assert b64_secret(private) not in named.read_text()


def b64_secret(private: PrivateKey) -> str:
    """The `d` of a key."""
    return str(orjson.loads(signing_file(private, key_of(private)))["d"])


def test_a_named_file_is_held_to_what_the_entry_says(tmp_path: Path) -> None:
    """Another key, one with a passphrase, one that others may read, none: each is refused by its cause."""
    ours = key_of(ED)
    place = written(tmp_path, ours, f"file:{tmp_path}/key.pem")
    with refused("key_file_missing"):
        read_signer(place)
    pem(tmp_path, P256, "")
    with refused("key_file_mismatch"):
        read_signer(place)
    pem(tmp_path, ec.derive_private_key(7, ec.SECP384R1()), "")
    with refused("key_file_malformed"):
        read_signer(place)
    pem(tmp_path, ED, "a passphrase")
    with refused("key_file_malformed"):
        read_signer(place)
    pem(tmp_path, ED, "").chmod(0o644)
    with refused("key_file_too_open"):
        read_signer(place)
    for uri in ("file:key.pem", "file://host/key.pem", "file:/key.pem?x"):
        with refused("signer_malformed"):
            read_signer(written(tmp_path, ours, uri))
    with refused("signer_unknown"):
        read_signer(written(tmp_path, ours, "awskms:///alias/crip"))


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
    place, *name = parsed(URI, "crip")
    assert (place.module, place.token, place.pin) == (
        Path("/lib/hsm.so"), "relais", Path("/run/pin"),
    )  # fmt: skip
    assert name == ["crip", b""]
    other, _label, ident = parsed(
        "pkcs11:id=%01%ff;type=private;serial=42?pin-source=/run/pin&module-path=/lib/my%20hsm.so",
        "crip",
    )
    assert (other.serial, other.module, ident) == ("42", Path("/lib/my hsm.so"), b"\x01\xff")


@pytest.mark.parametrize(
    ("uri", "code"),
    [
        (URI.replace("pin-source=file:/run/pin", "pin-value=4711"), "pin_in_uri"),
        (URI.replace("token=relais;", ""), "signer_malformed"),
        (URI.replace("object=crip", "type=private"), "signer_malformed"),
        (URI.replace("object=crip", "object=crip;type=public"), "signer_malformed"),
        (URI.replace("object=crip", "object=crip;object=other"), "signer_malformed"),
        (URI.replace("object=crip", "object=crip;slot-id=1"), "signer_malformed"),
        (URI.replace("module-path=/lib", "module-path=lib"), "signer_malformed"),
        (URI.replace("module-path", "module-name"), "signer_malformed"),
        (URI.replace("&pin-source=file:/run/pin", ""), "signer_malformed"),
        (URI.replace("file:/run/pin", "|cat /run/pin"), "signer_malformed"),
        (URI.replace("relais", "%ff"), "signer_malformed"),
    ],
)
def test_a_uri_that_is_not_understood_is_refused(uri: str, code: str) -> None:
    """Nothing is passed by, and no error shows the URI or a PIN."""
    with refused(code) as caught:
        parsed(uri, "crip-sig-1")
    assert "4711" not in caught.value.describe()
    assert "/lib" not in caught.value.describe()
