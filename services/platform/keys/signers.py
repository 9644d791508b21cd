"""Signing keys by their files: what signs is in the file, or the file names a device by a URI.

    "d": "…"                                        the private half itself
    "signer": "pkcs11:token=…;object=…?…"           a device (RFC 7512): `pkcs11.py`

The public half stands in the file in any case and is what the directory has: a signer that holds
another key is refused.
"""

from __future__ import annotations

from pathlib import Path

from contracts.errors import UsageError
from contracts.keys.entries import SigningKey
from contracts.keys.keyring import Signer, read_signing_file, signing_key_of
from services.platform.keys.pkcs11 import Pkcs11Signer
from services.platform.keys.private_files import read_private


def read_signer(path: Path) -> tuple[SigningKey, Signer]:
    """The public entry of a signing key's file, and what signs with it. No device is asked yet.

    Raises:
        UsageError: `key_file_malformed`, `key_file_mismatch`, `signer_unknown`, those of
            `read_private` and of `Pkcs11Signer`.
    """
    data = read_private(path)
    key, uri = signing_key_of(data)
    if not uri:
        return read_signing_file(data)
    if not uri.startswith("pkcs11:"):
        raise UsageError("signer_unknown", "another kind of URI", "pkcs11:", str(path))
    return key, Pkcs11Signer(key, uri)
