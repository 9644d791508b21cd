"""A bundle's zip file: other programs read it, and a hostile one costs nothing."""

from __future__ import annotations

import io
import os
import struct
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from contracts.errors import UsageError
from services.audit.bundle import archive
from services.audit.bundle.archive import MOST_FILES, open_archive
from tests.services.audit.bundle.kit import zipped
from tests.steps import memory_below

NAME = "civil/decisions-00.jsonl"
FILES = {"civil/00.checkpoint": b"a\n", NAME: b"x" * 3_000 + b"\n", "manifest.jws": b""}


def foreign(
    name: zipfile.ZipInfo | str = NAME, data: bytes = b"x", compression: int = 0, times: int = 1
) -> bytes:
    """What Python's own module makes of a member."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as written:
        for _ in range(times):
            written.writestr(name, data)
    return buffer.getvalue()


def linked(mode: int) -> zipfile.ZipInfo:
    """A member of another kind than a file."""
    info = zipfile.ZipInfo(NAME)
    info.create_system, info.external_attr = 3, mode << 16
    return info


def patched(at: int, value: bytes, row: int = 1) -> bytes:
    """A sound file, some bytes of a row of its directory another."""
    data = zipped(FILES)
    begin = data.index(b"PK\1\2")
    for _ in range(row):
        begin = data.index(b"PK\1\2", begin + 1)
    return data[: begin + at] + value + data[begin + at + len(value) :]


NO_NAME = "a name that no bundle has"
NAMES = (
    "../../etc/passwd", "civil/../../passwd", "/etc/passwd", "C:\\x", "civil/.b", "civil/",
    "Manifest.jws", "manifest.jws ", "m\u0430nifest.jws", "\uff4danifest.jws",
    "civil/decisions-\u0661\u0661.jsonl", "rapport.html",
)  # fmt: skip
HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    **{f"the name {name}": (partial(foreign, name), NO_NAME) for name in NAMES},
    "nothing": (lambda: b"", "no zip file"),
    "text": (lambda: b"PK" * 40, "no zip file"),
    "a name with a zero in it": (
        lambda: zipped(FILES).replace(b"manifest.jws", b"manifest\0jws"),
        NO_NAME,
    ),
    "a link": (lambda: foreign(linked(0o120777), b"/etc/passwd"), "a link or a device"),
    "a device": (lambda: foreign(linked(0o020666)), "a link or a device"),
    "a name twice": (lambda: foreign(times=2), "a name twice"),
    "too many members": (lambda: foreign(times=MOST_FILES + 1), f"{MOST_FILES + 1} members"),
    "a bomb": (lambda: foreign(NAME, bytes(50_000_000), 8), "members that unpack to too much"),
    "a bomb of another compression": (
        lambda: foreign(NAME, bytes(50), zipfile.ZIP_LZMA),
        "a member of another compression",
    ),
    "an encrypted member": (lambda: patched(8, b"\1"), "an encrypted member"),
    "two members on the same bytes": (
        lambda: patched(20, struct.pack("<I", 2_000), 0),
        "members that overlap or claim too much",
    ),
    "a size that is claimed": (
        lambda: patched(24, struct.pack("<I", 1 << 30)),
        "members that unpack to too much",
    ),
    "a directory of gigabytes": (
        lambda: struct.pack("<4s4HIIH", b"PK\5\6", 0, 0, 65_535, 65_535, 0xFFFFFFF0, 0, 0),
        "no zip file",
    ),
    "the end gone": (lambda: zipped(FILES)[:-40], "no zip file"),
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_is_refused_by_a_word_of_its_own(kind: str, tmp_path: Path) -> None:
    """Before any of its members is read, whatever it would unpack to."""
    make, words = HOSTILE[kind]
    path = tmp_path / "b.zip"
    path.write_bytes(make())

    with (
        memory_below(2 << 20),
        pytest.raises(UsageError, match=words) as caught,
        open_archive(path),
    ):
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

    with memory_below(2 << 20), pytest.raises(UsageError, match="no zip file"), open_archive(path):
        pass


def test_a_small_member_that_unpacks_to_more_than_it_claims_is_not_unpacked(tmp_path: Path) -> None:
    """A manifest of a kilobyte, it says, and its packed bytes come to forty megabytes."""
    data, path = foreign("manifest.jws", bytes(40 << 20), 8), tmp_path / "b.zip"
    at = data.index(b"PK\1\2") + 24
    path.write_bytes(data[:at] + struct.pack("<I", 1_000) + data[at + 4 :])

    with (
        memory_below(2 << 20),
        open_archive(path) as bundle,
        pytest.raises(UsageError, match="a damaged member"),
    ):
        bundle.content("manifest.jws", 1 << 18)


@pytest.mark.parametrize("altered", ["content", "name", "size", "middle gone"])
def test_a_member_that_is_not_what_the_directory_says_is_damaged(
    altered: str, tmp_path: Path
) -> None:
    """Its bytes, its own header's name, a size that it does not have, or bytes cut out."""
    data, path = zipped(FILES), tmp_path / "b.zip"
    at = data.index(NAME.encode())
    if altered == "content":
        data = data[: at + 60] + bytes([data[at + 60] ^ 1]) + data[at + 61 :]
    elif altered == "name":
        data = data[:at] + b"k" + data[at + 1 :]
    elif altered == "size":
        data = patched(24, struct.pack("<I", 2_000))
    else:
        data = data[: at + 5] + data[at + 45 :]
    path.write_bytes(data)

    with open_archive(path) as bundle, pytest.raises(UsageError, match="a damaged member"):
        bundle.content(NAME, 4_000)
    with open_archive(path) as bundle, pytest.raises(UsageError, match=r"a damaged|no end"):
        list(bundle.lines(NAME))


def test_a_line_that_never_ends_is_told_of_before_it_is_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No more of it is in memory than a line may have."""
    monkeypatch.setattr(archive, "MAX_LINE", 1 << 18)
    path = tmp_path / "b.zip"
    path.write_bytes(foreign(NAME, bytes(8 << 20)))

    with (
        memory_below(2 << 20),
        open_archive(path) as bundle,
        pytest.raises(UsageError, match="a line that is too long"),
    ):
        list(bundle.lines(NAME))


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    """A named pipe, a folder, a link to a device or to itself, nothing at all."""
    os.mkfifo(tmp_path / "pipe")
    for name, target in (("device", "/dev/zero"), ("itself", "itself")):
        (tmp_path / name).symlink_to(target)
    codes = {"pipe": "malformed", "": "malformed", "device": "malformed"}

    for name, code in (codes | {"itself": "missing", "none": "missing"}).items():
        with pytest.raises(UsageError, match=f"bundle_{code}"), open_archive(tmp_path / name):
            pass
