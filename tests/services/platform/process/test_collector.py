"""The garbage collector of a service: rare, and blind to what start has made."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator

import pytest

from services.platform.http.health_endpoints import serving
from services.platform.process.collector import THRESHOLDS
from services.platform.process.exit_codes import GOOD, run
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth
from tests.patience import PATIENCE


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """The thresholds of the tests' own process."""
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)


def test_a_service_collects_seldom() -> None:
    """From its beginning: a state is rebuilt from a whole log before it is ready."""
    seen = []

    async def main(_stop: asyncio.Event) -> None:
        seen.append(gc.get_threshold())

    assert run(main) == GOOD
    assert seen == [THRESHOLDS]


@pytest.mark.anyio
async def test_what_start_has_made_is_out_of_sight_once_a_service_is_ready() -> None:
    """Not before: what is only needed to start would stay for ever."""
    health = ServiceHealth()
    loop = health.expect("replay")
    made: list[list[int]] = [[] for _ in range(2000)]
    before = gc.get_freeze_count()

    async with serving("127.0.0.1", 0, health, Metrics("routing")):
        await asyncio.sleep(0.5)
        waiting = gc.get_freeze_count()
        loop.report(1, 0)
        async with asyncio.timeout(PATIENCE):
            while gc.get_freeze_count() <= waiting:
                await asyncio.sleep(0.05)

    assert waiting <= before  # frozen by tests/conftest.py, and freed since
    assert gc.get_freeze_count() > waiting + len(made) / 2
