"""A zip file in one form only: stored members, sorted names, fixed times (bundle §2).

Who writes the same members writes the same bytes. Who reads makes all headers anew from names, sizes and
checksums and compares: what another program could read in another way is refused before a member is opened.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import struct
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from contracts.errors import Phrase, UsageError
from services.platform.process.os_errors import why
from services.texts import Catalogue

_ = Catalogue(__name__)

MOST_MEMBERS: Final = 20_000
MOST_DIRECTORY: Final = 8 << 20  # bytes
MOST_MEMBER: Final = 1 << 30
CHUNK: Final = 1 << 20
_NAME: Final = re.compile(
    r"[a-z0-9][a-z0-9_-]*(\.[a-z0-9_-]+)*(/[a-z0-9][a-z0-9_-]*(\.[a-z0-9_-]+)*){0,5}"
)
_MOST_NAME: Final = 160
_WIDE: Final = 0xFFFFFFFF
_VERSION, _WIDE_VERSION, _UNIX = 10, 45, 3 << 8
_MADE_AT: Final = 0x0021_0000  # 1980-01-01 00:00, the first instant that a zip file can name
_FILE_MODE: Final = (stat.S_IFREG | 0o644) << 16
_LOCAL: Final = struct.Struct("<4s3HIIII2H")
_CENTRAL: Final = struct.Struct("<4s4HIIII5HII")
_END: Final = struct.Struct("<4s4HIIH")
_WIDE_END: Final = struct.Struct("<4sQ2H2I4Q")
_WIDE_PLACE: Final = struct.Struct("<4sIQI")


@dataclass(frozen=True, slots=True)
class Member:
    """A file in a zip file.

    Attributes:
        at: where its local header begins.
    """

    name: str
    size: int
    crc: int
    at: int

    @property
    def begin(self) -> int:
        """Where its bytes begin."""
        return self.at + _LOCAL.size + len(self.name)

    def local(self) -> bytes:
        """The header before its bytes."""
        return _LOCAL.pack(
            b"PK\3\4", _VERSION, 0, 0, _MADE_AT, self.crc, self.size, self.size, len(self.name), 0
        ) + self.name.encode("ascii")

    def central(self) -> bytes:
        """Its row of the directory; where it lies behind 4 GiB, with the one extra field that says so."""
        is_far = self.at >= _WIDE
        extra = struct.pack("<2HQ", 1, 8, self.at) if is_far else b""
        version = _WIDE_VERSION if is_far else _VERSION
        row = _CENTRAL.pack(
            b"PK\1\2", _UNIX | version, version, 0, 0, _MADE_AT, self.crc, self.size, self.size,
            len(self.name), len(extra), 0, 0, 0, _FILE_MODE, min(self.at, _WIDE),
        )  # fmt: skip
        return row + self.name.encode("ascii") + extra


def directory(members: Iterable[Member], at: int) -> bytes:
    """What stands behind the last member, which ends at `at`."""
    rows = [member.central() for member in members]
    count, text = len(rows), b"".join(rows)
    wide = b""
    if at >= _WIDE:
        wide = _WIDE_END.pack(
            b"PK\6\6", _WIDE_END.size - 12, _UNIX | _WIDE_VERSION, _WIDE_VERSION, 0, 0, count,
            count, len(text), at,
        ) + _WIDE_PLACE.pack(b"PK\6\7", 0, at + len(text), 1)  # fmt: skip
    end = _END.pack(b"PK\5\6", 0, 0, count, count, len(text), min(at, _WIDE), 0)
    return text + wide + end


class ZipWriter:
    """Writes members one after the other, each once and in the order of names.

    Attributes:
        members: written so far.
        size: of the member that was begun last, bytes.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.members: list[Member] = []
        self.size = 0
        self._file = file
        self._at = 0

    def begin(self, name: str) -> None:
        """Begin a member; its header is written anew once its size is known."""
        if not is_name(name) or (self.members and name <= self.members[-1].name):
            raise ValueError(name)
        self._name, self.size, self._crc, self._sha = name, 0, 0, hashlib.sha256()
        self._file.write(Member(name, 0, 0, self._at).local())

    def write(self, data: bytes) -> None:
        """More of the member's bytes."""
        self._file.write(data)
        self.size += len(data)
        self._crc = zlib.crc32(data, self._crc)
        self._sha.update(data)

    def end(self) -> str:
        """End the member; its SHA-256 in hexadecimal."""
        member = Member(self._name, self.size, self._crc, self._at)
        self._file.seek(member.at)
        self._file.write(member.local())
        self._at = self._file.seek(0, os.SEEK_END)
        self.members.append(member)
        return self._sha.hexdigest()

    def close(self) -> None:
        """Write the directory; raises UsageError `bundle_too_large`."""
        if len(self.members) > MOST_MEMBERS:
            got = _("{n} files").of(n=str(len(self.members)))
            raise UsageError("bundle_too_large", got, _("at most {n}").of(n=str(MOST_MEMBERS)))
        self._file.write(directory(self.members, self._at))


class StoredZip:
    """A zip file of this form, read by many at once; its bytes are not looked at before they are asked for.

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
            raise self.malformed(_("no regular file"))
        self.size = status.st_size
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
            raise self.malformed(_("no such file"), name)
        if member.size > most:
            raise self.malformed(_("{n} bytes").of(n=str(member.size)), name)
        return self._read(member.begin, member.size)

    def malformed(self, got: Phrase | str, name: str = "") -> UsageError:
        """That this is no bundle of ours."""
        place = f"{self.path.name}: {name}" if name else self.path.name
        expected = _(
            "what `relais audit export` wrote: this file was altered since or is damaged, ask for it again"
        )
        return UsageError("bundle_malformed", got, expected, place)

    def _read(self, at: int, size: int) -> bytes:
        data = os.pread(self._file, size, at)
        if len(data) != size:
            raise self.malformed(_("a file that is cut off"))
        return data

    def _members(self) -> Iterator[Member]:
        """Each member, once it is sure that the file's headers say nothing else."""
        count, length, at = self._end()
        text = self._read(at, length)
        members = list(self._rows(text, count))
        before, end = "", 0
        for member in members:
            if member.name <= before:
                raise self.malformed(_("a name twice, or names that are not sorted"))
            if member.at != end or member.begin + member.size > at:
                raise self.malformed(_("members that overlap, leave room or claim too much"))
            if self._read(member.at, member.begin - member.at) != member.local():
                raise self.malformed(
                    _("a member whose own header says something else"), member.name
                )
            before, end = member.name, member.begin + member.size
        tail = directory(members, at)
        if end != at or at + len(tail) != self.size or self._read(at, len(tail)) != tail:
            raise self.malformed(_("bytes that belong to no member"))
        yield from members

    def _end(self) -> tuple[int, int, int]:
        """How many members, length of the directory, and where it begins."""
        if self.size < _END.size:
            raise self.malformed(_("no zip file"))
        sign, *_disks, count, length, at, _note = _END.unpack(
            self._read(self.size - _END.size, _END.size)
        )
        if sign != b"PK\5\6":
            raise self.malformed(_("no zip file, or one that is cut off"))
        if at == _WIDE:
            behind = _END.size + _WIDE_PLACE.size + _WIDE_END.size
            at = self.size - behind - length
        if count > MOST_MEMBERS or length > MOST_DIRECTORY or not 0 <= at <= self.size - length:
            raise self.malformed(_("a directory of members that is not there"))
        return count, length, at

    def _rows(self, text: bytes, count: int) -> Iterator[Member]:
        place = 0
        for _row in range(count):
            if len(text) < place + _CENTRAL.size:
                raise self.malformed(_("fewer members than the directory claims"))
            row = _CENTRAL.unpack_from(text, place)
            place += _CENTRAL.size
            name = text[place : place + row[9]]
            self._check_row(row, name)
            extra = text[place + row[9] : place + row[9] + row[10]]
            place += row[9] + row[10] + row[11]
            at = row[15]
            if at == _WIDE and len(extra) == 12:
                at = int.from_bytes(extra[4:], "little")
            yield Member(name.decode("ascii"), row[8], row[6], at)

    def _check_row(self, row: tuple[int, ...], name: bytes) -> None:
        """The faults that have a word of their own; any other is seen when headers are compared."""
        if not is_name(name.decode("ascii", "replace")):
            raise self.malformed(_("a name that no bundle has"))
        shown = name.decode("ascii")
        if row[3] & 1:
            raise self.malformed(_("an encrypted member"), shown)
        if row[4] != 0 or row[7] != row[8]:
            raise self.malformed(_("a compressed member"), shown)
        if row[14] != _FILE_MODE:
            raise self.malformed(_("a link, a folder or a program"), shown)
        if row[8] > MOST_MEMBER:
            raise self.malformed(_("{n} bytes").of(n=str(row[8])), shown)


def is_name(name: str) -> bool:
    """Whether a member may be called so: relative, lower case, ASCII, no `..` and nothing hidden."""
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
        raise UsageError("bundle_missing", why(error), _("a file"), str(path)) from None
    try:
        yield StoredZip(file, path)
    finally:
        os.close(file)
