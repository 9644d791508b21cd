"""Commands against services that a function plays, or in memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.cli.partner import at_desk
from tests.services.agency.conftest import council, school
from tests.shell import invoke

__all__ = ["council", "school"]

Handler = Callable[[httpx.Request], httpx.Response]
Run = Callable[..., Any]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run a command against a service that a function plays."""
    monkeypatch.setenv("RELAIS_HOME", str(tmp_path))
    (tmp_path / "record.json").write_text("{}")

    def run(handler: Handler, *arguments: str) -> Any:
        def client(*_: Any) -> httpx.Client:
            return httpx.Client(transport=httpx.MockTransport(handler), base_url="http://test")

        monkeypatch.setattr(at_desk, "client_of", client)
        given = [one.replace("RECORD", str(tmp_path / "record.json")) for one in arguments]
        return invoke(*given)

    return run
