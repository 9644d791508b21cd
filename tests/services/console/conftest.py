"""The console that tests open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.services.console.kit import OpenConsole
from tests.services.operate.status.pages import BUSY


@pytest.fixture
def console(tmp_path: Path) -> Iterator[OpenConsole]:
    """One that has seen a busy federation."""
    with closing(OpenConsole(tmp_path, BUSY)) as opened:
        yield opened
