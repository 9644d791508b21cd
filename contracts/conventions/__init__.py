"""The convention files, one a version, never edited after adoption."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

SHIPPED: Final = "seine-saint-denis-2026-1.yaml"  # a new home begins with it
SECOND: Final = "seine-saint-denis-2026-2.yaml"  # names the first as its predecessor
FILES: Final = (SHIPPED, SECOND)


def shipped() -> bytes:
    """The bytes of the convention that a new federation begins with."""
    return read(SHIPPED)


def read(name: str) -> bytes:
    """The bytes of a convention file that lies here.

    Args:
        name: one of FILES.
    """
    return files(__name__).joinpath(name).read_bytes()
