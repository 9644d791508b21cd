"""The service whose webhooks are tried."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.services.agency.bench import Bench, serving


@pytest.fixture
async def council() -> AsyncIterator[Bench]:
    """The child welfare service, whose desk the CRIP is."""
    async with serving("child_welfare") as bench:
        yield bench
