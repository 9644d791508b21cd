"""The convention files, one a version, never edited after adoption."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Final

# A new home begins with it: the first, with whose accesses are looked up.
FRESH: Final = "seine-saint-denis-2026-1c.yaml"
SHIPPED: Final = "seine-saint-denis-2026-1.yaml"  # the first, without these; of the vectors
SECOND: Final = "seine-saint-denis-2026-2.yaml"  # names the first as its predecessor
FILES: Final = (FRESH, SHIPPED, SECOND)


def fresh() -> bytes:
    """The bytes of the convention that a new federation begins with."""
    return read(FRESH)


def shipped() -> bytes:
    """The bytes of the first convention that Relais shipped."""
    return read(SHIPPED)


def following(name: str, before: str) -> bytes:
    """The bytes of a convention file as the next version of the one with a digest.

    A federation that has taken other tables than the file's own predecessor says so in this line.
    """
    line = f"predecessor: {before}".encode()
    return re.sub(rb"^predecessor: .*$", line, read(name), count=1, flags=re.MULTILINE)


def read(name: str) -> bytes:
    """The bytes of a convention file that lies here.

    Args:
        name: one of FILES.
    """
    return files(__name__).joinpath(name).read_bytes()
