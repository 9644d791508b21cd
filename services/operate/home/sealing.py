"""How a home's desks are sealed for, where that is not X25519: `sealing.json`, desk -> kind.

    {"crip": "hybrid", "parq-civ": "P-256"}

Keys that are made from then on are of that kind. Those of weeks that have not begun are made anew;
this week's stay, and so does what was sealed for them.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final, Literal

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from pydantic import TypeAdapter, ValidationError

from contracts.errors import UsageError
from contracts.keys.hybrid import SEED_BYTES, HybridPrivateKey
from contracts.keys.sealing_kinds import SealingPrivate

FILE: Final = "sealing.json"
Kind = Literal["X25519", "P-256", "hybrid"]
PLAIN: Final[Kind] = "X25519"
_FILE: Final = TypeAdapter(dict[str, Kind])


def read_sealing(home: Path, desks: Collection[str]) -> Mapping[str, Kind]:
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
        got, expected = "another content", "desk: X25519, P-256 or hybrid"
        raise UsageError("sealing_malformed", got, expected, str(path)) from None
    if not kinds.keys() <= set(desks):
        got, expected = "another desk", "a desk of the directory"
        raise UsageError("sealing_malformed", got, expected, str(path))
    return kinds


def made(kind: Kind) -> SealingPrivate:
    """A new private key."""
    if kind == "hybrid":
        return HybridPrivateKey(os.urandom(SEED_BYTES))
    return X25519PrivateKey.generate() if kind == PLAIN else ec.generate_private_key(ec.SECP256R1())


def is_of(private: SealingPrivate, kind: Kind) -> bool:
    """Whether a key is of a kind."""
    if kind == "hybrid":
        return isinstance(private, HybridPrivateKey)
    return isinstance(private, X25519PrivateKey if kind == PLAIN else ec.EllipticCurvePrivateKey)
