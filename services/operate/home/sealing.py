"""How a home's desks are sealed for, where that is not X25519: `sealing.json`, desk -> curve.

    {"crip": "P-256"}

Keys that are made from then on are on that curve. Those of periods that have not begun are made
anew; those in use stay, and so does what was sealed for them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from pydantic import TypeAdapter, ValidationError

from contracts.errors import UsageError
from contracts.keys.directory import EncryptionKey
from contracts.keys.keyring import destroyed_at, encryption_file, read_encryption_file
from contracts.keys.sealing_kinds import Curve, SealingPrivate, kind_of, public_half
from services.platform.keys.keystore import former_files
from services.platform.process.durable_file import write_durably

FILE: Final = "sealing.json"
PLAIN: Final[Curve] = "X25519"
_FILE: Final = TypeAdapter(dict[str, Curve])


def read_sealing(home: Path, desks: Collection[str]) -> Mapping[str, Curve]:
    """The kinds that a home's file names; none without one.

    Args:
        desks: short ids of those that there are.

    Raises:
        UsageError: `sealing_malformed`.
    """
    path = home / FILE
    try:
        kinds = _FILE.validate_json(path.read_bytes()) if path.exists() else {}
    except ValidationError:
        got, expected = "another content", "desk: X25519 or P-256"
        raise UsageError("sealing_malformed", got, expected, str(path)) from None
    if not kinds.keys() <= set(desks):
        got, expected = "another desk", "a desk of the directory"
        raise UsageError("sealing_malformed", got, expected, str(path))
    return kinds


def made(kind: Curve) -> SealingPrivate:
    """A new private key."""
    return X25519PrivateKey.generate() if kind == PLAIN else ec.generate_private_key(ec.SECP256R1())


def replace_keys(folder: Path, listed: Sequence[Mapping[str, EncryptionKey]], at: int) -> None:
    """Make anew, each of its kind and under its id, a desk's keys that are in use or to come.

    The half before stays beside it: what is sealed to it is read until both are destroyed. What an
    earlier try replaced, which no directory lists, is not replaced again.

    Args:
        listed: what directories say of them: the one in force, one that may yet be adopted.

    Raises:
        OSError: one cannot be written.
    """
    for path in sorted(folder.glob("*.json")):
        keys = [key for one in listed if (key := one.get(path.stem)) and key.not_after > at]
        if not keys or destroyed_at(data := path.read_bytes()):
            continue
        before, _private = read_encryption_file(data)
        if any(before.public == key.public for key in keys):
            new = made(kind_of(before.public).crv)
            number = len(former_files(folder, path.stem)) + 1
            write_durably(folder / f"{path.stem}.{number}.json", data)
            write_durably(path, encryption_file(new, replace(before, public=public_half(new))))
