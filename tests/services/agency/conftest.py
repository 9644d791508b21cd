"""The services that tests of an agency ask."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.services.agency.bench import Bench, serving


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
