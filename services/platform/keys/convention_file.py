"""A convention's file as bytes: no more of it is read than the loader would take."""

from __future__ import annotations

from pathlib import Path

from contracts.convention.file.yaml_nodes import MAX_BYTES


def read_convention(file: Path) -> bytes:
    """The bytes of a file, at most one more than a convention may have: `load` refuses these.

    Whatever stands there, a device without end or gigabytes, costs a megabyte.
    """
    with file.open("rb") as stream:
        return stream.read(MAX_BYTES + 1)
