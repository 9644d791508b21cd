"""Commands against services that a function plays, or in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from services.cli.app import app
from services.cli.partner import at_desk
from tests.services.agency.bench import Bench, serving

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
        return CliRunner().invoke(app, given)

    return run


@pytest.fixture
async def school() -> AsyncIterator[Bench]:
    """The education service."""
    async with serving("education") as bench:
        yield bench


@pytest.fixture
async def council(school: Bench) -> AsyncIterator[Bench]:
    """The child welfare service of the same world."""
    async with serving("child_welfare", school.world) as bench:
        yield bench
