"""The convention files, one a version, never edited after adoption."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

SHIPPED: Final = "seine-saint-denis-2026-1.yaml"
SECOND: Final = "seine-saint-denis-2026-2.yaml"  # names the first as its predecessor


def shipped() -> bytes:
    """The bytes of the convention that Relais ships."""
    return read(SHIPPED)


def read(name: str) -> bytes:
    """The bytes of a convention file that lies here.

    Args:
        name: SHIPPED or SECOND.
    """
    return files(__name__).joinpath(name).read_bytes()
