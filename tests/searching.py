"""Looking for what must be nowhere: a text in any form in which it could lie in the clear."""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

DEPTH = 3  # of base64 inside base64: quarantine holds records, which hold tokens
_RUN = re.compile(rb"[A-Za-z0-9+/_-]{24,}={0,2}")


@cache
def forms(needle: str) -> tuple[tuple[str, bytes], ...]:
    """Name and bytes of each form of a text."""
    wide = {name: needle.encode(name) for name in ("utf-16-le", "utf-16-be")}
    return tuple((written(needle.encode()) | wide).items())


def written(plain: bytes) -> dict[str, bytes]:
    """Bytes as they are, in hexadecimal, and in base64 wherever they begin in a longer text."""
    found = {"plain": plain, "hex": plain.hex().encode(), "HEX": plain.hex().upper().encode()}
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + plain)
        # What the neighbours change: the first characters hold bits of them, the last ones too.
        inner = text[(0, 2, 3)[shift] : 4 * ((shift + len(plain)) // 3)]
        found[f"base64 {shift}"] = inner
        found[f"base64url {shift}"] = inner.translate(bytes.maketrans(b"+/", b"-_"))
    return found


def found_in(data: bytes, needles: Iterable[str], depth: int = 0) -> list[str]:
    """The forms in which needles lie in `data`; with `depth`, also inside decoded base64."""
    hits = [
        f"{needle} as {name}" for needle in needles for name, form in forms(needle) if form in data
    ]
    if depth:
        for run in set(_RUN.findall(data)):
            hits += found_in(_decoded(run), needles, depth - 1)
    return hits


def leaks(
    blobs: Mapping[str, bytes], needles: Iterable[str], depth: int = 0
) -> dict[str, set[str]]:
    """Name of a blob -> what was found in it; only those in which something was."""
    wanted = tuple(needles)
    found = {name: set(found_in(data, wanted, depth)) for name, data in blobs.items()}
    return {name: hits for name, hits in found.items() if hits}


def files_under(path: Path) -> dict[str, bytes]:
    """Every file, by its path and content; the path is searched too."""
    return {str(file): str(file).encode() + b"\n" + data for file, data in _files(path)}


def _files(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Every file and its content; what is deleted meanwhile is passed by."""
    for base, _, names in sorted(os.walk(folder)):
        for path in (Path(base) / name for name in sorted(names)):
            with suppress(FileNotFoundError):
                if path.is_file():
                    yield path, _content(path)


def _content(path: Path) -> bytes:
    """What a file holds, without its holes: Kafka's indexes are megabytes of nothing each."""
    size, found = path.stat().st_size, bytearray()
    with path.open("rb") as file:
        at = _next_data(file.fileno(), 0, size)
        while at < size:
            end = os.lseek(file.fileno(), at, os.SEEK_HOLE)
            file.seek(at)
            found += file.read(end - at)
            at = _next_data(file.fileno(), end, size)
    return bytes(found)


def _next_data(file: int, start: int, size: int) -> int:
    try:
        return os.lseek(file, start, os.SEEK_DATA)
    except OSError:  # nothing but a hole up to the end
        return size


def _decoded(run: bytes) -> bytes:
    text = run.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
    try:
        return base64.b64decode(text[: len(text) - (len(text) % 4 == 1)] + b"==")
    except binascii.Error:
        return b""


def spellings(canary: bytes) -> list[bytes]:
    """A text as it is, and in base64url at each of the three places where it may begin."""
    return [text for name, text in written(canary).items() if name == "plain" or "url" in name]


def holding(folders: Iterable[Path], canaries: Sequence[bytes]) -> list[str]:
    """Files in which a canary stands in any spelling."""
    wanted = [text for canary in canaries for text in spellings(canary)]
    return [
        str(path.relative_to(folder))
        for folder in folders
        for path, data in _files(folder)
        if any(text in data for text in wanted)
    ]
