"""What lies in the layers of images, and whether any of it is a secret, a compiler or a cache."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from contracts.encoding import unb64u
from tests.containers.podman import Podman
from tests.searching import written

# A block with a key in it: libraries name the marker alone in their code and documentation.
_PEM: Final = re.compile(
    rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\r?\n[A-Za-z0-9+/=\r\n]{40,}-----END "
)
_JWK: Final = re.compile(rb'"d"\s*:\s*"[A-Za-z0-9_-]{43}"')
_WEEKLY: Final = re.compile(r"-p\d+-\d{4}w(?!40)\d\d\.json\Z")
COMPILERS: Final = ("cc", "gcc", "g++", "c++", "clang", "tcc", "ld", "as", "make", "rustc", "go")
CACHES: Final = (".cache/pip", "var/lib/apt/lists/", "var/cache/apt/archives/", "root/.cache/")
BIG: Final = 50_000_000  # bytes; Java's own image of modules
ELF: Final = b"\x7fELF"


def layer_files(podman: Podman) -> Iterator[tuple[str, Path]]:
    """Every file in every layer of every image: its path in the image, and where it lies."""
    for layer in (podman.work / "storage" / "overlay").glob("*/diff"):
        for path in layer.rglob("*"):
            if path.is_file() and not path.is_symlink():
                yield str(path.relative_to(layer)), path


def secrets_in(data: bytes, known: Iterable[bytes] = ()) -> list[str]:
    """What of a text is a private key by its form, or one of the known secrets."""
    found = [name for name, form in (("PEM", _PEM), ("JWK", _JWK)) if form.search(data)]
    return found + ["known" for secret in known if secret in data]


def secrets_of(home: Path) -> list[bytes]:
    """Every secret of a home in the forms it could have; of weekly keys a few, for speed."""
    files = (path for path in sorted(home.rglob("*")) if path.is_file() and path.name[0] != ".")
    return [form for path in files if not _WEEKLY.search(path.name) for form in _forms(path)]


def _forms(path: Path) -> Iterator[bytes]:
    data = path.read_bytes()
    if path.suffix == ".key":  # lines stand for key material; the first begins as every key does
        yield from (line for line in data.splitlines() if line[:1] != b"-" and len(line) > 30)
        key = load_pem_private_key(data, None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        yield from written(key.private_numbers().private_value.to_bytes(32, "big")).values()
    elif path.suffix == ".secret":
        yield from written(data).values()
    elif path.parent.name == "tokens":
        yield data.strip()
    elif path.suffix == ".json" and "keys" in path.parts:
        for name in {"d", "k"} & (jwk := orjson.loads(data)).keys():
            yield from written(unb64u(jwk[name])).values()


def told(podman: Podman, image: str) -> str:
    """An image's settings and history, as anybody can read them."""
    return json.dumps(json.loads(podman("image", "inspect", image)))


def look(podman: Podman) -> dict[str, list[str]]:
    """Files in image layers that should not be there: `secrets`, `compilers`, `caches`."""
    found: dict[str, list[str]] = {"secrets": [], "compilers": [], "caches": []}
    for name, path in layer_files(podman):
        if any(part in name for part in CACHES):
            found["caches"].append(name)
        if Path(name).name in COMPILERS and "bin" in Path(name).parts:
            found["compilers"].append(name)
        data = path.read_bytes() if path.stat().st_size < BIG else ELF
        # Libraries carry published keys for their own self-tests (GnuTLS, librdkafka).
        if not data.startswith(ELF) and secrets_in(data):
            found["secrets"].append(name)
    return found
