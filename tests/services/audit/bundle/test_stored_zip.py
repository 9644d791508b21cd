"""A bundle's zip file: other programs read it, and a hostile one costs nothing."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from contracts.errors import UsageError
from services.audit.bundle.stored_zip import (
    MOST_MEMBERS,
    StoredZip,
    ZipWriter,
    opened,
)
from tests.services.audit.bundle.test_hostile_bundles import files_of

FILES = {"a.json": b'{"a":1}', "civil/decisions/00/000000.jsonl": b"x" * 3_000, "manifest.sig": b""}


def written(path: Path, files: dict[str, bytes] | None = None) -> Path:
    """A file of this form."""
    with path.open("wb") as file:
        writer = ZipWriter(file)
        for name, data in (FILES if files is None else files).items():
            writer.begin(name)
            writer.write(data)
            writer.end()
        writer.close()
    return path


def foreign(files: list[tuple[zipfile.ZipInfo | str, bytes]], compression: int = 0) -> bytes:
    """What Python's own module makes of members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return buffer.getvalue()


def test_other_programs_read_it(tmp_path: Path) -> None:
    """Python's own module and unzip, without a word of complaint."""
    path = written(tmp_path / "b.zip")

    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == FILES
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert files_of(path) == FILES
    done = subprocess.run(["unzip", "-tq", path], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@contextmanager
def little_memory() -> Iterator[None]:
    """What is done meanwhile holds less than two megabytes."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < 2 << 20
    finally:
        tracemalloc.stop()


LINK = zipfile.ZipInfo("link")
LINK.create_system, LINK.external_attr = 3, 0o120777 << 16


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "no zip file"),
    "text": (lambda: b"PK" * 40, "no zip file"),
    "another program's": (lambda: foreign([("a", b"x")]), "a link, a folder or a program"),
    "compressed": (
        lambda: foreign([("a", b"0" * 50_000_000)], zipfile.ZIP_DEFLATED), "a compressed member"
    ),
    "a way out": (lambda: foreign([("../../etc/passwd", b"x")]), "a name that no bundle has"),
    "an absolute name": (lambda: foreign([("/etc/passwd", b"x")]), "a name that no bundle has"),
    "a drive": (lambda: foreign([("C:\\x", b"x")]), "a name that no bundle has"),
    "a hidden name": (lambda: foreign([("a/.b", b"x")]), "a name that no bundle has"),
    "another script": (lambda: foreign([("é", b"x")]), "a name that no bundle has"),
    "a name that looks alike": (
        lambda: foreign([("m\u0430nifest.json", b"x")]), "a name that no bundle has"
    ),
    "a name in wide letters": (
        lambda: foreign([("\uff4danifest.json", b"x")]), "a name that no bundle has"
    ),
    "a name in capitals": (lambda: foreign([("Manifest.json", b"x")]), "a name that no bundle has"),
    "a name that ends in a blank": (
        lambda: foreign([("manifest.json ", b"x")]), "a name that no bundle has"
    ),
    "a name that ends in a dot": (
        lambda: foreign([("manifest.json.", b"x")]), "a name that no bundle has"
    ),
    "a bomb in a bomb": (
        lambda: foreign([("a", foreign([("a", bytes(50_000_000))], 8))], 8), "a compressed member"
    ),
    "a folder": (lambda: foreign([("a/", b"")]), "a name that no bundle has"),
    "a link": (lambda: foreign([(LINK, b"/etc/passwd")]), "a link, a folder or a program"),
    "a directory of gigabytes": (
        lambda: struct.pack("<4s4HIIH", b"PK\5\6", 0, 0, 65_535, 65_535, 0xFFFFFFF0, 0, 0),
        "a directory of members that is not there",
    ),
    "too many members": (
        lambda: b"x" * 99 + struct.pack("<4s4HIIH", b"PK\5\6", 0, 0, MOST_MEMBERS + 1,
        MOST_MEMBERS + 1, 0, 0, 0),
        "a directory of members that is not there",
    ),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("kind", HOSTILE)
def test_another_file_is_refused_by_a_word_of_its_own(kind: str, tmp_path: Path) -> None:
    """Before any of its members is read, whatever it would unpack to."""
    make, words = HOSTILE[kind]
    path = tmp_path / "b.zip"
    path.write_bytes(make())

    with little_memory(), pytest.raises(UsageError, match=words) as caught, opened(path):
        pass

    assert caught.value.code == "bundle_malformed"


def test_a_directory_of_gigabytes_by_the_wide_form_is_not_read(tmp_path: Path) -> None:
    """Python's own module believes it, in a file with a hole as large."""
    path, size = tmp_path / "b.zip", 5 << 30
    wide = struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, size, 0)
    place = struct.pack("<4sIQI", b"PK\6\7", 0, size, 1)
    with path.open("wb") as file:
        file.seek(size)
        file.write(wide + place + struct.pack("<4s4HIIH", b"PK\5\6", 0, 0, 1, 1, 99, 0, 0))

    with little_memory(), pytest.raises(UsageError, match="not there"), opened(path):
        pass


def patched(data: bytes, at: int, value: bytes) -> bytes:
    """The same with some bytes another."""
    return data[:at] + value + data[at + len(value) :]


def whole() -> bytes:
    """A sound file."""
    buffer = io.BytesIO()
    writer = ZipWriter(buffer)
    for name, data in FILES.items():
        writer.begin(name)
        writer.write(data)
        writer.end()
    writer.close()
    return buffer.getvalue()


def row_at(data: bytes, number: int) -> int:
    """Where a row of the directory begins."""
    at = data.index(b"PK\1\2")
    for _ in range(number):
        at = data.index(b"PK\1\2", at + 1)
    return at


ALTERED: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "encrypted": (lambda data: patched(data, row_at(data, 0) + 8, b"\1"), "an encrypted member"),
    "deflated": (lambda data: patched(data, row_at(data, 0) + 10, b"\x08"), "a compressed member"),
    "a size that is claimed": (
        lambda data: patched(data, row_at(data, 1) + 20, struct.pack("<2I", 1 << 29, 1 << 29)),
        "members that overlap, leave room or claim too much",
    ),
    "a gigabyte and more": (
        lambda data: patched(data, row_at(data, 1) + 20, struct.pack("<2I", 1 << 31, 1 << 31)),
        "2147483648 bytes",
    ),
    "gigabytes by the wide form": (
        lambda data: patched(data, row_at(data, 1) + 20, b"\xff" * 8),
        "4294967295 bytes",
    ),
    "a link": (
        lambda data: patched(data, row_at(data, 0) + 38, struct.pack("<I", 0o120777 << 16)),
        "a link, a folder or a program",
    ),
    "a device": (
        lambda data: patched(data, row_at(data, 0) + 38, struct.pack("<I", 0o020666 << 16)),
        "a link, a folder or a program",
    ),
    "a name with a zero in it": (
        lambda data: data.replace(b"a.json", b"a\0json"),
        "a name that no bundle has",
    ),
    "two members on the same bytes": (
        lambda data: patched(data, row_at(data, 1) + 42, struct.pack("<I", 0)),
        "members that overlap",
    ),
    "a name twice": (
        lambda data: data.replace(b"manifest.sig", b"civil/decisi"),
        "a name twice, or names that are",
    ),
    "a local header that says another name": (
        lambda data: patched(data, 30, b"b.json"),
        "a member whose own header says something else",
    ),
    "bytes before": (
        lambda data: b"#!/bin/sh\n" + data,
        "a name that no bundle has|overlap|no member|own header",
    ),
    "bytes behind": (lambda data: data + b"\0", "no zip file"),
    "a note": (lambda data: data[:-2] + b"\1\0!", "no zip file"),
    "the end gone": (lambda data: data[:-40], "no zip file"),
    "the middle gone": (lambda data: data[:500] + data[900:], "overlap|not there|no member"),
}


@pytest.mark.parametrize("kind", ALTERED)
def test_an_altered_file_is_refused_by_a_word_of_its_own(kind: str, tmp_path: Path) -> None:
    """What the directory, a local header and the bytes say is one and the same."""
    alter, words = ALTERED[kind]
    path = tmp_path / "b.zip"
    path.write_bytes(alter(whole()))

    with little_memory(), pytest.raises(UsageError, match=words), opened(path):
        pass


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    """A named pipe, a folder, a device, a link to one or to itself, nothing at all."""
    os.mkfifo(tmp_path / "pipe")
    for name, target in (("device", "/dev/zero"), ("itself", "itself")):
        (tmp_path / name).symlink_to(target)

    for path, code in (
        (tmp_path / "pipe", "bundle_malformed"), (tmp_path, "bundle_malformed"),
        (Path("/dev/zero"), "bundle_malformed"), (tmp_path / "none", "bundle_missing"),
        (tmp_path / "device", "bundle_malformed"), (tmp_path / "itself", "bundle_missing"),
    ):  # fmt: skip
        with pytest.raises(UsageError, match=code), opened(path):
            pass


def test_a_file_that_grows_shorter_while_it_is_read_is_told(tmp_path: Path) -> None:
    """Not a short member that passes for a whole one."""
    path = written(tmp_path / "b.zip")

    with opened(path) as file:
        os.truncate(path, 200)
        with pytest.raises(UsageError, match="cut off"):
            b"".join(StoredZip.chunks(file, file.members["civil/decisions/00/000000.jsonl"]))
