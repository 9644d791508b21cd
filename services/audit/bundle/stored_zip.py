"""A bundle's zip file: stored members, sorted names, fixed times (bundle §2).

Limits hold before anything is parsed, and nothing unpacks to more than the file's own size. Whether
a member is what the auditor signed, the digests in the manifest say.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import stat
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from contracts.errors import UsageError
from services.platform.process.os_errors import why

MOST_MEMBERS: Final = 20_000
MOST_DIRECTORY: Final = 8 << 20  # bytes
MOST_MEMBER: Final = 1 << 30
CHUNK: Final = 1 << 20
_NAME: Final = re.compile(
    r"[a-z0-9][a-z0-9_-]*(\.[a-z0-9_-]+)*(/[a-z0-9][a-z0-9_-]*(\.[a-z0-9_-]+)*){0,5}"
)
_MOST_NAME: Final = 160
_UNIX: Final = 3
_FILE_MODE: Final = (stat.S_IFREG | 0o644) << 16
_LOCAL: Final = struct.Struct(
    "<4s22x2H"
)  # of a member's own header: lengths of name and extra field
_END: Final = struct.Struct("<4s4x2H2IH")
# What `zipfile` raises of a directory of another form.
_MALFORMED: Final = (
    BadZipFile, EOFError, LookupError, NotImplementedError, OSError, OverflowError, RuntimeError,
    ValueError, struct.error,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Member:
    """A file in a zip file.

    Attributes:
        begin: where its bytes begin.
    """

    name: str
    size: int
    begin: int


class _Zip(ZipFile):
    def __del__(self) -> None:
        """An export that failed has no file to finish."""


class ZipWriter:
    """Writes members one after the other, each once and in the order of names.

    Attributes:
        size: of the member that was begun last, bytes.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.size = 0
        self._zip = _Zip(file, "w", ZIP_STORED)
        self._name = ""

    def begin(self, name: str) -> None:
        """Begin a member."""
        if not is_name(name) or name <= self._name:
            raise ValueError(name)
        info = ZipInfo(name)  # of 1980-01-01
        info.create_system, info.external_attr = _UNIX, _FILE_MODE
        self._name, self.size, self._sha = name, 0, hashlib.sha256()
        self._member = self._zip.open(info, "w")

    def write(self, data: bytes) -> None:
        """More of the member's bytes."""
        self._member.write(data)
        self.size += len(data)
        self._sha.update(data)

    def end(self) -> str:
        """End the member; its SHA-256 in hexadecimal."""
        self._member.close()
        return self._sha.hexdigest()

    def close(self) -> None:
        """Write the directory.

        Raises:
            UsageError: `bundle_too_large`.
        """
        if (count := len(self._zip.infolist())) > MOST_MEMBERS:
            got = f"{count} files"
            raise UsageError("bundle_too_large", got, f"at most {MOST_MEMBERS}")
        self._zip.close()


class _Limited(io.FileIO):
    """A file of which no more is read at once than a directory may have."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > MOST_DIRECTORY:
            raise BadZipFile
        return super().read(size) or b""


class StoredZip:
    """A zip file of this form, read by many at once; bytes are read when asked for.

    Attributes:
        members: by name, sorted.
    """

    def __init__(self, file: int, path: Path) -> None:
        """Read the directory of an open file.

        Raises:
            UsageError: `bundle_malformed`.
        """
        self._file = file
        self.path = path
        status = os.fstat(file)
        if not stat.S_ISREG(status.st_mode):
            raise self.malformed("no regular file")
        self._check_end(status.st_size)
        self.members = {member.name: member for member in self._members()}

    def chunks(self, member: Member) -> Iterator[bytes]:
        """A member's bytes.

        Raises:
            UsageError: `bundle_malformed`: the file has become shorter.
        """
        for begin in range(0, member.size, CHUNK):
            yield self._read(member.begin + begin, min(CHUNK, member.size - begin))

    def content(self, name: str, most: int) -> bytes:
        """A small member whole.

        Raises:
            UsageError: `bundle_malformed`: there is none, or it is larger.
        """
        member = self.members.get(name)
        if member is None:
            raise self.malformed("no such file", name)
        if member.size > most:
            raise self.malformed(f"{member.size} bytes", name)
        return self._read(member.begin, member.size)

    def malformed(self, got: str, name: str = "") -> UsageError:
        """That this is no bundle of ours."""
        place = f"{self.path.name}: {name}" if name else self.path.name
        expected = (
            "what `relais audit export` wrote: this file was altered since or is damaged, ask "
            "for it again"
        )
        return UsageError("bundle_malformed", got, expected, place)

    def _read(self, at: int, size: int) -> bytes:
        data = os.pread(self._file, size, at)
        if len(data) != size:
            raise self.malformed("a file that is cut off")
        return data

    def _check_end(self, size: int) -> None:
        """That the file ends as a zip file without a note, and claims no more than is allowed."""
        end = self._read(size - _END.size, _END.size) if size >= _END.size else bytes(_END.size)
        sign, _disk, count, length, _at, note = _END.unpack(end)
        if sign != b"PK\5\6" or note:
            raise self.malformed("no zip file, or one that is cut off")
        if count > MOST_MEMBERS or length > MOST_DIRECTORY:
            raise self.malformed("a directory of members that is not there")

    def _members(self) -> Iterator[Member]:
        """Each member, one right behind the other from the first byte on."""
        try:
            with _Limited(self._file, closefd=False) as file, ZipFile(file) as archive:
                found, end = archive.infolist(), archive.start_dir
        except _MALFORMED:
            raise self.malformed("a directory of members that is not there") from None
        before, at = "", 0
        for info in found:
            self._check(info)
            if info.filename <= before:
                raise self.malformed("a name twice, or names that are not sorted")
            if info.header_offset != at:
                raise self.malformed("members that overlap, leave room or claim too much")
            member = Member(info.filename, info.file_size, self._begin(info))
            before, at = member.name, member.begin + member.size
            yield member
        if at != end:
            raise self.malformed("members that overlap, leave room or claim too much")

    def _check(self, info: ZipInfo) -> None:
        name = info.orig_filename
        if not is_name(name):
            raise self.malformed("a name that no bundle has")
        if info.flag_bits & 1:
            raise self.malformed("an encrypted member", name)
        if info.compress_type != ZIP_STORED or info.compress_size != info.file_size:
            raise self.malformed("a compressed member", name)
        if info.external_attr != _FILE_MODE:
            raise self.malformed("a link, a folder or a program", name)
        if info.file_size > MOST_MEMBER:
            raise self.malformed(f"{info.file_size} bytes", name)

    def _begin(self, info: ZipInfo) -> int:
        """Where a member's bytes begin, by its own header."""
        sign, length, extra = _LOCAL.unpack(self._read(info.header_offset, _LOCAL.size))
        name = info.filename.encode("ascii")
        at = info.header_offset + _LOCAL.size
        if (sign, length) != (b"PK\3\4", len(name)) or self._read(at, length) != name:
            raise self.malformed("a member whose own header says something else", info.filename)
        return at + len(name) + int(extra)


def is_name(name: str) -> bool:
    """Whether a member may be called so: relative, lower case, ASCII, no `..`, not hidden."""
    return len(name) <= _MOST_NAME and _NAME.fullmatch(name) is not None


@contextmanager
def opened(path: Path) -> Iterator[StoredZip]:
    """Open a file for reading.

    Raises:
        UsageError: `bundle_missing`, `bundle_malformed`.
    """
    try:  # a named pipe would else let us wait for ever
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise UsageError("bundle_missing", why(error), "a file", str(path)) from None
    try:
        yield StoredZip(file, path)
    finally:
        os.close(file)
