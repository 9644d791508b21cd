"""Files of verified values: what is not as it was written is as if it were not there."""

from __future__ import annotations

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


def test_what_is_dropped_is_gone_and_dropped_twice(tmp_path: Path) -> None:
    """Another process that shares the folder may have done it."""
    files = VerifiedFiles(tmp_path)
    files.keep(MARK, VALUE, TOLD)

    files.drop(MARK)
    files.drop(MARK)

    assert files.told(MARK) is None


def test_where_nothing_can_be_written_nothing_is_kept(tmp_path: Path) -> None:
    """A folder that is gone, or that there can be none of, ends no service."""
    files = VerifiedFiles(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    (tmp_path / "file").write_bytes(b"")

    assert not files.keep(MARK, VALUE, TOLD)
    assert verified_files(RoutingSettings(store_dir=tmp_path / "file"), "civil") is None
    assert verified_files(RoutingSettings(store_dir=tmp_path, store=False), "civil") is None
    assert verified_files(RoutingSettings(store_dir=tmp_path), "civil") is not None
