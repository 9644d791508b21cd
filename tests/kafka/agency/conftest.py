"""A town for each test of an agency's service."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.kafka.agency.town import Town


@pytest.fixture
async def town(fresh: str, tmp_path: Path) -> AsyncIterator[Town]:
    """A town ready for services, all of which end with the test."""
    town = Town(fresh, tmp_path / "home")
    await town.prepare()
    try:
        yield town
    finally:
        for service in town.started:
            service.process.kill()
        for service in town.started:
            service.process.wait()
