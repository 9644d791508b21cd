"""These tests read the English; that every text has its French is held by tests/services/texts."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Words in English, as `RELAIS_LANG` has it for all commands."""
    monkeypatch.setenv("RELAIS_LANG", "en")
