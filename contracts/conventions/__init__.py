"""The convention files, one a version, never edited after adoption."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

SHIPPED: Final = "seine-saint-denis-2026-1.yaml"


def shipped() -> bytes:
    """The bytes of the convention that Relais ships."""
    return files(__name__).joinpath(SHIPPED).read_bytes()
