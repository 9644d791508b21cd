"""A bundle's zip file: written by `zipfile`, and read within bounds (bundle §2).

Bounds hold before a member is read. Whether a member is what the auditor signed, the digests in the
manifest say.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import stat
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from contracts.errors import UsageError
from contracts.vocabulary.topics import MAX_ORDER_BYTES
from services.platform.process.os_errors import why

MOST_FILES: Final = 400  # two realms of sixty partitions have fewer
MOST_DIRECTORY: Final = 1 << 20  # bytes
MOST_RATIO: Final = 200  # bytes of all members for each byte of the file
# The largest line is an order, in base64: with its key, headers and the JSON around it.
MAX_LINE: Final = MAX_ORDER_BYTES // 3 * 4 + (1 << 20)
_BUFFER: Final = 1 << 16
_NAME: Final = re.compile(
    r"manifest\.jws|(civil|criminal)/(control-00\.jsonl|(decisions|evidence)-\d\d\.jsonl"
    r"|\d\d\.checkpoint|tlog-policy(\.jws)?)",
    re.ASCII,
)
# What `zipfile` raises of a damaged or hostile file.
_DAMAGED: Final = (
    BadZipFile, EOFError, LookupError, NotImplementedError, OSError, OverflowError, RuntimeError,
    ValueError, struct.error, zlib.error,
)  # fmt: skip


@contextmanager
def new_member(archive: ZipFile, name: str) -> Iterator[Callable[[bytes], object]]:
    """Write a member, compressed; the same bytes at any time."""
    info = ZipInfo(name)  # of 1980-01-01
    info.compress_type = ZIP_DEFLATED
    with archive.open(info, "w", force_zip64=True) as member:
        yield member.write


def sha256_of(path: Path) -> str:
    """The digest of a file, in hexadecimal, as `sha256sum` prints it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _Bounded(io.FileIO):
    """A file of which no more is read at once than a directory may have."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > MOST_DIRECTORY:
            raise BadZipFile
        return super().read(size) or b""


class Archive:
    """A zip file of a bundle's names and bounds; members are read when asked for.

    Attributes:
        sizes: of the members by name, bytes.
    """

    def __init__(self, file: io.FileIO, path: Path) -> None:
        """Read the directory of an open file.

        Raises:
            UsageError: `bundle_malformed`.
        """
        self.path = path
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise self.malformed("no regular file")
        try:
            self._zip = ZipFile(file)
        except _DAMAGED:
            raise self.malformed("no zip file, or one that is cut off") from None
        members = self._zip.infolist()
        if len(members) > MOST_FILES:
            raise self.malformed(f"{len(members)} members")
        for member in members:
            self._check(member)
        self.sizes = {member.filename: member.file_size for member in members}
        if len(self.sizes) < len(members):
            raise self.malformed("a name twice")
        if sum(member.compress_size for member in members) > status.st_size:
            raise self.malformed("members that overlap or claim too much")
        if sum(self.sizes.values()) > MOST_RATIO * status.st_size:
            raise self.malformed("members that unpack to too much")

    def lines(self, name: str) -> Iterator[bytes]:
        """A member's lines; no more of it is held than a line.

        Raises:
            UsageError: `bundle_malformed`.
        """
        try:
            with self._zip.open(name) as member:
                file = io.BufferedReader(member, _BUFFER)  # type: ignore[type-var]
                while line := file.readline(MAX_LINE + 1):
                    if not line.endswith(b"\n"):
                        raise self.malformed("a line that is too long or has no end", name)
                    yield line
        except _DAMAGED:
            raise self.malformed("a damaged member", name) from None

    def content(self, name: str, most: int) -> bytes:
        """A small member whole.

        Raises:
            UsageError: `bundle_malformed`: there is none, or it is larger.
        """
        if name not in self.sizes:
            raise self.malformed("no such file", name)
        if self.sizes[name] > most:
            raise self.malformed(f"{self.sizes[name]} bytes", name)
        try:
            with self._zip.open(name) as member:  # `ZipFile.read` unpacks all that is packed
                data = member.read(most) + member.read(1)  # at its end its checksum is held
        except _DAMAGED:
            raise self.malformed("a damaged member", name) from None
        if len(data) != self.sizes[name]:
            raise self.malformed("a damaged member", name)
        return data

    def malformed(self, got: str, name: str = "") -> UsageError:
        """That this is not what an export wrote."""
        place = f"{self.path.name}: {name}" if name else self.path.name
        expected = (
            "what `relais audit export` wrote: this file was altered since or is damaged, ask "
            "for it again"
        )
        return UsageError("bundle_malformed", got, expected, place)

    def _check(self, member: ZipInfo) -> None:
        name = member.orig_filename
        if not _NAME.fullmatch(name):
            raise self.malformed("a name that no bundle has")
        if member.flag_bits & 1:
            raise self.malformed("an encrypted member", name)
        if member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise self.malformed("a member of another compression", name)
        if stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG):
            raise self.malformed("a link or a device", name)


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """Open a file for reading.

    Raises:
        UsageError: `bundle_missing`, `bundle_malformed`.
    """
    try:  # a named pipe would else let us wait for ever
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise UsageError("bundle_missing", why(error), "a file", str(path)) from None
    try:
        file = _Bounded(descriptor)
    except OSError:  # a folder
        os.close(descriptor)
        got, expected = "no regular file", "what `relais audit export` wrote"
        raise UsageError("bundle_malformed", got, expected, path.name) from None
    with file:
        yield Archive(file, path)
