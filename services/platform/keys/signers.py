"""Signing keys by their files: what signs is in the file, or the file names it by a URI.

    "d": "…"                                        the private half itself
    "signer": "file:/run/secrets/crip-sig-1.pem"    PKCS#8 in PEM, as other tools write and mount it
    "signer": "pkcs11:token=…;object=…?…"           a device (RFC 7512): `pkcs11.py`

The public half stands in the file in any case and is what the directory has: a signer that holds
another key is refused. A further kind, such as a KMS, is a module of its own and a line of `_KINDS`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from contracts.errors import UsageError
from contracts.keys.entries import SigningKey
from contracts.keys.keyring import Signer, held, read_signing_file, signing_key_of
from services.platform.keys.pkcs11 import Pkcs11Signer
from services.platform.keys.private_files import read_private


def read_signer(path: Path) -> tuple[SigningKey, Signer]:
    """The public entry of a signing key's file, and what signs with it. No device is asked yet.

    Raises:
        UsageError: `key_file_malformed`, `key_file_mismatch`, `signer_unknown`, those of
            `read_private` and of the URI's own kind.
    """
    data = read_private(path)
    key, uri = signing_key_of(data)
    if not uri:
        return read_signing_file(data)
    make = _KINDS.get(uri.partition(":")[0])
    if make is None:
        expected = ", ".join(f"{kind}:" for kind in _KINDS)
        raise UsageError("signer_unknown", "another kind of URI", expected, str(path))
    return key, make(key, uri)


def _in_file(key: SigningKey, uri: str) -> Signer:
    """A private key in a PEM file of its own."""
    parts = urlsplit(uri)
    path = Path(unquote(parts.path))
    if parts.netloc or parts.query or parts.fragment or not path.is_absolute():
        raise UsageError("signer_malformed", "another URI", "file:/…/key.pem", key.kid)
    try:
        private = load_pem_private_key(read_private(path), None)
    except (ValueError, TypeError):
        private = None
    if not isinstance(private, Ed25519PrivateKey) and not (
        isinstance(private, ec.EllipticCurvePrivateKey) and isinstance(private.curve, ec.SECP256R1)
    ):
        expected = "an unencrypted key of Ed25519 or P-256 in PEM"
        raise UsageError("key_file_malformed", "another content", expected, str(path))
    return held(key, private)


_KINDS: Final[dict[str, Callable[[SigningKey, str], Signer]]] = {
    "file": _in_file,
    "pkcs11": Pkcs11Signer,
}
