"""A file that is written whole, or stays as it was."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from unittest.mock import patch

import pytest

from services.platform.process.durable_file import replaced


def test_it_is_new_and_its_owners(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A link laid at the last moment is not followed; nobody else reads it meanwhile."""
    path, victim, opened = tmp_path / "file", tmp_path / "victim", os.open
    victim.write_text("of another")

    def plant(new: Path, *given: int) -> int:
        new.symlink_to(victim)
        return opened(new, *given)

    path.with_name("file.new").symlink_to(victim)  # from before: taken away
    monkeypatch.setattr("os.open", plant)
    with pytest.raises(OSError, match="exists"), replaced(path):
        pass
    monkeypatch.undo()
    with replaced(path) as file:
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)

    assert (victim.read_text(), mode) == ("of another", 0o600)


def test_a_disk_that_fills_up_leaves_what_was_there(tmp_path: Path) -> None:
    """Its content is on the disk before its name; nothing half written lies beside it."""
    path = tmp_path / "file"
    path.write_text("an earlier one")
    full = patch("os.fsync", side_effect=OSError(errno.ENOSPC, "No space left on device"))

    with full, pytest.raises(OSError, match="No space"), replaced(path) as file:
        file.write(b"a new one")

    assert [one.read_text() for one in tmp_path.iterdir()] == ["an earlier one"]
