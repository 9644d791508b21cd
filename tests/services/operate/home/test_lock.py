"""One federation a home, and a home that can be one."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.errors import UsageError
from services.operate.home.lock import alone


def test_a_home_is_held_once_and_free_again(tmp_path: Path) -> None:
    """The second is told who holds it; afterwards anybody may."""
    with alone(tmp_path), pytest.raises(UsageError, match="already_running"), alone(tmp_path):
        pass
    with alone(tmp_path):
        pass


@pytest.mark.parametrize("name", ["file", "file/below"])
def test_a_home_that_is_no_folder_is_told_without_a_trace(tmp_path: Path, name: str) -> None:
    """Wrong use, in one line."""
    (tmp_path / "file").write_text("")

    with pytest.raises(UsageError, match="home_unusable"), alone(tmp_path / name):
        pass
