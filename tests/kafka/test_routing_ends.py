"""How a routing process ends: its exit codes, a clean SIGTERM, a clock that is off."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest

from contracts.errors import UsageError
from services.platform.ports import now, now_ms
from services.platform.process.exit_codes import FENCED, GOOD, UNREACHABLE
from tests.kafka import kit
from tests.patience import PATIENCE
from tests.ports import free_port

pytestmark = pytest.mark.anyio


async def test_kafka_that_never_comes_is_exit_code_3(tmp_path: Path) -> None:
    """The service waits with a bound and ends; it does not stay alive without a consumer."""
    kit.move_clock(tmp_path)
    nobody = f"127.0.0.1:{free_port()}"

    process = kit.start_router(nobody, tmp_path, tmp_path / "log", kafka_wait_s=0.1)
    code = await asyncio.to_thread(process.wait, PATIENCE)

    assert code == UNREACHABLE
    assert "kafka_unreachable" in (tmp_path / "log").read_text()


async def test_sigterm_ends_cleanly_and_a_second_owner_fences_the_first(
    fresh: str, tmp_path: Path
) -> None:
    """The first owner ends with 4 as soon as it would write; the second one on SIGTERM with 0."""
    await kit.prepare(fresh)
    publisher = kit.Publisher(fresh)
    first_port, second_port = free_port(), free_port()
    first = kit.start_router(fresh, tmp_path, tmp_path / "first", http_port=first_port)
    await kit.ready(first_port)
    second = kit.start_router(fresh, tmp_path, tmp_path / "second", http_port=second_port)
    await kit.ready(second_port)

    await publisher.publish([publisher.event(1, "edu-s")[1]])
    fenced = await asyncio.to_thread(first.wait, PATIENCE)
    log = await kit.until(fresh, {"decided": 1})
    second.send_signal(signal.SIGTERM)
    ended = await asyncio.to_thread(second.wait, PATIENCE)

    assert (fenced, ended) == (FENCED, GOOD)
    assert sum(one["kind"] == "decided" for one in log) == 1


async def test_a_system_clock_that_is_off_stops_the_router(
    fresh: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three minutes off the brokers' stamps: it stops, although its moved clock is what it is."""
    await kit.prepare(fresh)
    monkeypatch.setattr("services.routing.shard.now_ms", lambda: now_ms() - 180_000)

    async with kit.failing(fresh, tmp_path) as task:
        with pytest.raises(UsageError, match="clock_off"):
            await asyncio.wait_for(task, PATIENCE)


async def test_a_moved_clock_is_no_clock_that_is_off(fresh: str, tmp_path: Path) -> None:
    """The file clock stands months away from Kafka's stamps; only the machine's is compared."""
    kit.move_clock(tmp_path, now() + 90 * 86_400)
    port = free_port()
    await kit.prepare(fresh)

    async with kit.router(fresh, tmp_path, http_port=port):
        await kit.ready(port)
