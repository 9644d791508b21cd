"""Look for the secrets of a home in what others may read: environments, logs, images, pages.

`secrets_of(home)` finds every private key, secret and token of a federation's folder and the forms
that it could leak in; `found_in(data, secrets)` names those that some bytes hold. An image is
searched layer by layer: uncompressed, file by file, or as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from contracts.encoding import unb64u
from tests.searching import written

PRIVATE: Final = ("d", "k")  # members of a JWK that are nobody else's business

Secrets = Mapping[str, frozenset[bytes]]


def secrets_of(home: Path) -> Secrets:
    """What nobody else may see of a home: label (a file's name) -> the forms it could have."""
    found = {
        str(path.relative_to(home)): frozenset(_forms(path))
        for path in sorted(home.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }
    return {label: forms for label, forms in found.items() if forms}


def found_in(data: bytes, secrets: Secrets) -> list[str]:
    """Labels of the secrets that some bytes hold."""
    return [label for label, forms in secrets.items() if any(form in data for form in forms)]


def _forms(path: Path) -> Iterator[bytes]:
    folder, data = path.parent.name, path.read_bytes()
    if path.suffix == ".key":
        yield from _lines(data)
        yield from written(_scalar(data)).values()
    elif path.suffix == ".secret":
        yield from written(data).values()
    elif folder == "tokens":
        yield data.strip()
    elif path.suffix == ".json" and "keys" in path.parts:
        jwk = orjson.loads(data)
        for name in PRIVATE:
            if name in jwk:
                yield from written(unb64u(jwk[name])).values()


def _lines(pem: bytes) -> Iterator[bytes]:
    """Lines of a PEM file that stand for key material; the first begins as every P-256 key does."""
    yield from (line for line in pem.splitlines() if not line.startswith(b"-") and len(line) > 30)


def _scalar(pem: bytes) -> bytes:
    key = load_pem_private_key(pem, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key.private_numbers().private_value.to_bytes(32, "big")
