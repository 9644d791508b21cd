"""What audits' tests share: keys verified once, states laid on disk behind each signature."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

from contracts.keys import jose
from services.audit import whole
from tests.contracts.log.routed import Bus
from tests.services.audit.projected import Lives


@pytest.fixture(scope="package", autouse=True)
def _verified_once() -> Iterator[None]:
    """The same key, text and signature verify again: pure, and most of a small log's cost."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(jose, "verifies", lru_cache(maxsize=1 << 16)(jose.verifies))  # type: ignore[attr-defined]
        patched.setattr(whole, "KEEP_ROWS", -1)
        yield


@pytest.fixture
def lives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lives:
    """An audit service's lives over a log that nobody has written yet."""
    return Lives(Bus(), tmp_path, monkeypatch)
