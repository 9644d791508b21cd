"""What audits' tests share: keys verified once, states laid on disk behind each signature."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

from contracts.keys import jose
from services.audit import following, whole
from services.audit.store import AuditStore, audit_path


@pytest.fixture(scope="package", autouse=True)
def _verified_once() -> Iterator[None]:
    """The same key, text and signature verify again: pure, and most of a small log's cost."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(jose, "verifies", lru_cache(maxsize=1 << 16)(jose.verifies))  # type: ignore[attr-defined]
        patched.setattr(whole, "KEEP_ROWS", -1)
        yield


@pytest.fixture
def store(tmp_path: Path) -> Iterator[AuditStore]:
    """A store that is empty."""
    opened = AuditStore(audit_path(tmp_path, "civil"), "civil", 1)
    yield opened
    opened.close()


@pytest.fixture
def often_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that takes over every few rows."""
    monkeypatch.setattr(following, "KEEP_ROWS", 8)
