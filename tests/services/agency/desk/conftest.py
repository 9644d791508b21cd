"""Two agencies' pages of one world."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.services.agency.desk.kit import DeskBench, Worker, opened
from tests.world import World


@pytest.fixture
async def asso(tmp_path: Path) -> AsyncIterator[DeskBench]:
    """The associations' service."""
    async with opened("association", tmp_path, World()) as desk:
        yield desk


@pytest.fixture
async def council(asso: DeskBench, tmp_path: Path) -> AsyncIterator[DeskBench]:
    """The child welfare service of the same world."""
    async with opened("child_welfare", tmp_path, asso.bench.world) as desk:
        yield desk


@pytest.fixture
async def worker(asso: DeskBench) -> AsyncIterator[Worker]:
    """Somebody at the association."""
    async with asso.as_("asso") as signed_in:
        yield signed_in


@pytest.fixture
async def crip(council: DeskBench) -> AsyncIterator[Worker]:
    """Somebody at the CRIP."""
    async with council.as_("crip") as signed_in:
        yield signed_in


@pytest.fixture
async def ase(council: DeskBench) -> AsyncIterator[Worker]:
    """Somebody at the ASE."""
    async with council.as_("ase") as signed_in:
        yield signed_in
