"""Files of verified values: what is not as it was written is as if it were not there."""

from __future__ import annotations

import resource
import signal
import stat
from pathlib import Path

import pytest

from services.platform.settings import RoutingSettings
from services.platform.store.verified_files import VerifiedFiles, verified_files

MARK = "a1" * 32
VALUE = b"head.\nbody.\x00tail"
TOLD = {"page": "digest"}


def test_another_life_finds_what_was_kept(tmp_path: Path) -> None:
    """Value and what is told of it; readable by their owner alone."""
    assert VerifiedFiles(tmp_path / "control-civil").keep(MARK, VALUE, TOLD)

    again = VerifiedFiles(tmp_path / "control-civil")

    assert (again.told(MARK), again.value(MARK)) == (TOLD, VALUE)
    (file,) = (tmp_path / "control-civil").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("spoil", range(5))
def test_a_file_that_is_cut_off_or_altered_is_none(tmp_path: Path, spoil: int) -> None:
    """Its value is verified anew."""
    files = VerifiedFiles(tmp_path)
    files.keep(MARK, VALUE, TOLD)
    path = tmp_path / MARK
    whole = path.read_bytes()
    path.write_bytes(
        (
            whole[:-1],
            whole + b"x",
            whole[:40],
            b"",
            whole.replace(b'"digest"', b'"others"'),
        )[spoil]
    )

    assert files.told(MARK) is None
    assert files.value(MARK) is None


def test_a_write_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """No room for the file, or for its name."""
    files = VerifiedFiles(tmp_path)
    (tmp_path / MARK / "taken").mkdir(parents=True)
    was = resource.getrlimit(resource.RLIMIT_FSIZE)
    heard = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, was[1]))
        kept = [files.keep("b2" * 32, bytes(5000), TOLD)]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, was)
        signal.signal(signal.SIGXFSZ, heard)
    kept.append(files.keep(MARK, VALUE, TOLD))

    assert kept == [False, False]
    assert [file.name for file in tmp_path.iterdir()] == [MARK]


def test_where_nothing_can_be_written_nothing_is_kept(tmp_path: Path) -> None:
    """A folder that is gone, or that there can be none of, ends no service."""
    files = VerifiedFiles(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    (tmp_path / "file").write_bytes(b"")

    assert not files.keep(MARK, VALUE, TOLD)
    assert verified_files(RoutingSettings(store_dir=tmp_path / "file"), "civil") is None
    assert verified_files(RoutingSettings(store_dir=tmp_path, store=False), "civil") is None
    assert verified_files(RoutingSettings(store_dir=tmp_path), "civil") is not None
