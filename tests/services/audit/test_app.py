"""The audit service as a whole, over a log in memory: no task ends in silence."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from services.audit import app
from services.audit.readings import write_reading
from services.platform.process.metrics import Metrics
from services.platform.settings import AuditSettings
from tests.contracts.log.bus import Bus, owners
from tests.patience import PATIENCE
from tests.services.audit.lives import Lives

Task = Callable[..., Awaitable[None]]
TASKS = ("_looking_again", "_asking", "publishing")


class PlantedError(Exception):
    """What nobody has foreseen."""


@pytest.fixture
def done_by(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Awaitable[int]]:
    """Runs the service, some of whose tasks do something else than theirs; without Kafka."""
    Lives(Bus(), tmp_path).read_by(monkeypatch)
    monkeypatch.setattr(app, "LOOK_S", 0.01)

    async def run(stop: asyncio.Event, **tasks: Task) -> int:
        monkeypatch.setattr("services.platform.kafka.bus.Bus.wait", _at_once)
        for name, task in {**dict.fromkeys(TASKS, _for_ever), **tasks}.items():
            monkeypatch.setattr(app, name, task)
        settings = AuditSettings(home=tmp_path, realms=("civil",), http_port=0, play=True)
        async with asyncio.timeout(PATIENCE):
            return await app.serve(settings, owners(), stop)

    return run


async def _at_once(*_args: Any, **_options: Any) -> None:
    return None


async def _for_ever(*_args: Any) -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize("name", TASKS)
async def test_a_task_that_breaks_ends_the_service(
    name: str, done_by: Callable[..., Awaitable[int]]
) -> None:
    """So that it is told why, and a restart mends it: nothing goes on by halves without a word."""

    async def breaks(*_args: Any) -> None:
        raise PlantedError

    with pytest.raises(PlantedError):
        await done_by(asyncio.Event(), **{name: breaks})


async def test_readings_of_the_home_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, done_by: Callable[..., Awaitable[int]]
) -> None:
    """By the lines that the auditor's commands wrote, while the service runs."""
    metrics, stop = Metrics("audit"), asyncio.Event()

    async def stops(*_args: Any) -> None:
        write_reading(tmp_path, 1_788_775_200, "replay", ["civil"], "supervision")
        while metrics.registry.get_sample_value("relais_log_readings") != 1:
            await asyncio.sleep(0)
        stop.set()
        await _for_ever()

    monkeypatch.setattr(app, "Metrics", lambda _job: metrics)

    assert await done_by(stop, publishing=stops) == 0
