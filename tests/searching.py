"""A search for what must be nowhere: byte for byte, and as base64url writes it inside a token."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from contracts.encoding import b64u


def spellings(canary: bytes) -> list[bytes]:
    """A text as it is, and as it stands in base64url at each of the three places where it may begin."""
    spelt = [canary]
    for ahead in range(3):
        whole = (ahead + len(canary)) // 3 * 3
        text = b64u(b"\0" * ahead + canary[: whole - ahead]).encode()
        spelt.append(text[4 if ahead else 0 :])
    return spelt


def holding(folders: Iterable[Path], canaries: Sequence[bytes]) -> list[str]:
    """Files in which a canary stands in any spelling."""
    wanted, held = [text for canary in canaries for text in spellings(canary)], []
    for folder in folders:
        # A folder may be deleted while it is walked: `os.walk` passes it by.
        for path in sorted(
            Path(base) / name for base, _, names in os.walk(folder) for name in names
        ):
            try:
                data = _written(path) if path.is_file() else b""
            except FileNotFoundError:  # a broker deletes while we look
                continue
            held += [str(path.relative_to(folder))] if any(text in data for text in wanted) else []
    return held


def _written(path: Path) -> bytes:
    """A file's bytes without its holes: a broker makes indexes of ten megabytes with nothing in them."""
    pieces, at = [], 0
    with path.open("rb") as file:
        end = os.fstat(file.fileno()).st_size
        while at < end:
            try:
                start = os.lseek(file.fileno(), at, os.SEEK_DATA)
            except OSError:  # nothing but a hole to the end
                break
            at = os.lseek(file.fileno(), start, os.SEEK_HOLE)
            file.seek(start)
            pieces.append(file.read(at - start))
    return b"".join(pieces)
