"""Signatures beside a convention file, one a party: `<file>.<party>.jws`."""

from __future__ import annotations

from glob import escape
from pathlib import Path
from typing import Final

from contracts.convention.file.yaml_nodes import MAX_BYTES
from contracts.convention.signing import MAX_SIGNATURE, MAX_SIGNATURES
from contracts.errors import UsageError


def read_convention(file: Path) -> bytes:
    """The bytes of a file, at most one more than a convention may have: `load` refuses these.

    Whatever stands there, a device without end or gigabytes, costs a megabyte.
    """
    with file.open("rb") as stream:
        return stream.read(MAX_BYTES + 1)


ENDING: Final = ".jws"


def signature_file(file: Path, party: str) -> Path:
    """Where a party's signature of a file lies."""
    return file.with_name(f"{file.name}.{party}{ENDING}")


def read_signatures(file: Path) -> tuple[str, ...]:
    """Every signature beside a file; none is checked yet.

    Raises:
        UsageError: `signature_unreadable`, `too_many_signatures`.
    """
    paths = sorted(file.parent.glob(f"{escape(file.name)}.*{ENDING}"))
    if len(paths) > MAX_SIGNATURES:
        got = f"{len(paths)} files"
        expected = f"at most {MAX_SIGNATURES}"
        raise UsageError("too_many_signatures", got, expected, str(file))
    return tuple(_read(path) for path in paths)


def _read(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return stream.read(MAX_SIGNATURE + 2).decode("ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise UsageError("signature_unreadable", "other bytes", "a JWS", str(path)) from None
