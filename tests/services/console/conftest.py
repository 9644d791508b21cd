"""The console that tests open."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.platform.browser.sign_in import local_accounts
from tests.services.console.kit import QUICK, OpenConsole
from tests.services.operate.status.test_told import BUSY


@pytest.fixture
def console(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenConsole]:
    """One that has seen a busy federation; a name that nobody has costs it no more than others."""
    monkeypatch.setattr(local_accounts, "_HASHER", QUICK)
    local_accounts._nobody.cache_clear()
    opened = OpenConsole(tmp_path, BUSY)
    yield opened
    opened.close()
    local_accounts._nobody.cache_clear()
