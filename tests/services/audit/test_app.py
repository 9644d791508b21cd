"""The audit service: no task ends in silence, and doubt is told at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock, Mock

import pytest
from structlog.testing import capture_logs

from services.audit import app
from services.audit.app import due
from services.audit.following import Following
from services.audit.readings import write_reading
from services.audit.replay import RealmAudit
from services.audit.store import ScratchLostError
from services.platform.ports import given
from services.platform.process.exit_codes import FencedError, UnreachableError
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth
from services.platform.settings import AuditSettings
from tests.contracts.log.first_orders import owners
from tests.flows.directories import REALM, Keeper
from tests.flows.test_key_rotation import posted
from tests.patience import PATIENCE, eventually
from tests.services.audit.projected import Lives
from tests.simulation.planted_log import PlantedLog
from tests.world import World

TASKS = ("_looking_again", "_asking", "publishing")


Serving = Callable[..., Awaitable[int]]


@pytest.fixture
def done_by(lives: Lives, monkeypatch: pytest.MonkeyPatch) -> Serving:
    """Runs the service, some of whose tasks do something else than theirs; without Kafka."""
    monkeypatch.setattr(app, "LOOK_S", 0.01)

    async def run(stop: asyncio.Event, **tasks: Callable[..., Awaitable[None]]) -> int:
        for name, task in {**dict.fromkeys(TASKS, _for_ever), **tasks}.items():
            monkeypatch.setattr(app, name, task)
        settings = AuditSettings(home=lives.home, realms=("civil",), http_port=0, play=True)
        async with asyncio.timeout(PATIENCE):
            with given(lives.kafka.ports):
                return await app.serve(settings, owners(), stop)

    return run


async def _for_ever(*_args: Any) -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize("name", TASKS)
async def test_a_task_that_breaks_ends_the_service(name: str, done_by: Serving) -> None:
    """So that it is told why, and a restart mends it: nothing goes on by halves without a word."""
    with pytest.raises(ZeroDivisionError):
        await done_by(asyncio.Event(), **{name: AsyncMock(side_effect=ZeroDivisionError)})


async def test_readings_of_the_home_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, done_by: Serving
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


async def test_who_follows_the_log_tells_it_at_once_and_once() -> None:
    """What it had passed by is read again then; counted and logged, and no warning."""
    world, metrics, health = World(), Metrics("audit"), ServiceHealth()
    posted(world, "by the thief")
    world.settle()
    since = world.clock.now()
    world.clock.advance(60)
    audit, whole = (RealmAudit(PlantedLog(world.topics), REALM, owners()) for _ in range(2))
    await audit.start()
    followed = Following(audit, metrics, health)
    await followed.look(world.clock.now())
    calm = followed.doubts

    Keeper(world).steal("edu-s", since)
    world.settle()
    await audit.control.refresh()
    async with asyncio.timeout(PATIENCE):
        await due(2 * PATIENCE, [followed])
    await audit.stop()
    await whole.read_through(world.clock.now)
    with capture_logs() as lines:
        for _ in range(2):
            followed.look_back(whole.findings, 0, followed.stolen)

    assert (calm, followed.doubts) == (False, False)
    assert [(line["event"], line["code"]) for line in lines] == [("in doubt", "in_doubt")]
    assert metrics.alarms.labels("in_doubt")._value.get() == 1
    assert health.warnings == set()


async def test_a_log_that_cannot_be_read_again_is_read_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No room, no Kafka, another process: it is told why, and tried after the same time."""
    followed, whole = Mock(realm=REALM, looked=0, doubts=False), Mock(findings=["an alarm"])
    causes = [
        ScratchLostError("scratch_lost", "", ""),
        UnreachableError("away"),
        FencedError("fenced"),
        whole,
    ]
    monkeypatch.setattr(app, "replayed", AsyncMock(side_effect=causes))
    settings = AuditSettings(realms=("civil",), look_again_s=0.001)

    with capture_logs() as lines:
        again = asyncio.create_task(app._looking_again(settings, owners(), [followed]))
        await eventually(lambda: followed.look_back.called)
        again.cancel()

    codes = [line["code"] for line in lines if line["event"] == "not looked again"]
    assert codes == ["scratch_lost", "away", "fenced"]
    assert followed.look_back.call_args.args[0] == ["an alarm"]
