"""A run ends; a gate is late, loses an answer, or is shut."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

import pytest
from aiokafka.errors import RequestTimedOutError

from services.platform.ports import Ports, given
from tests.simulation.bus import Tried, commit, simulated
from tests.simulation.incarnation import LIFE, Life, task_factory
from tests.simulation.loop import DeadlockError, run


@pytest.mark.parametrize("waits", [asyncio.Event().wait, partial(asyncio.sleep, 2)])
def test_a_run_without_an_end_is_told(waits: Callable[[], Awaitable[object]]) -> None:
    """Where nobody can wake anybody, and where it takes longer than it may."""

    async def main() -> None:
        await waits()

    with pytest.raises(DeadlockError):
        run(main, limit_s=1)


async def _through(bus: Tried, gate: Callable[[str], Awaitable[None]], number: int) -> list[object]:
    """A commit of somebody behind a gate; what then stands there."""
    assert bus.sim is not None
    with given(Ports(theirs := bus.sim.clients(gate))):
        writer = await bus.writer(bus.topic)
        asking = asyncio.ensure_future(commit(writer, bus.record(b"1")))
        await asyncio.wait([asking], timeout=number)
        theirs.drop()
    return [asking.done(), bus.sim.topics[bus.topic][0].end]


@pytest.mark.parametrize(
    ("shut", "stands"), [("send", 0), ("sent", 1), ("commit", 1), ("committed", 2)]
)
def test_behind_a_gate_that_is_shut_nothing_goes_on(shut: str, stands: int) -> None:
    """Before an effect it has not happened, behind it it has; who asked is never answered."""

    async def main() -> list[object]:
        bus, ports = simulated()

        async def gate(call: str) -> None:
            if call == shut:
                await asyncio.get_running_loop().create_future()

        with given(ports):
            return await _through(bus, gate, 5)

    assert run(main) == [False, stands]


def test_an_answer_that_the_gate_loses_is_asked_for_again() -> None:
    """As on a network that lost it."""

    async def main() -> list[object]:
        bus, ports = simulated()
        lost = ["init", "inited", "add", "added", "send", "sent", "commit", "committed"]

        async def gate(call: str) -> None:
            if call in lost:
                lost.remove(call)
                raise RequestTimedOutError

        with given(ports):
            return [*(await _through(bus, gate, 60)), *(await bus.values()), *lost]

    assert run(main) == [True, 2, b"1"]


def test_a_partition_without_a_leader_is_waited_for() -> None:
    """Who writes and who reads goes on when there is one again."""

    async def main() -> tuple[list[bytes | None], float]:
        bus, ports = simulated()
        loop, place = asyncio.get_running_loop(), (bus.topic, 0)
        assert bus.sim is not None
        with given(ports):
            for do in (partial(bus.put, b"1"), bus.values):
                bus.sim.leaderless.add(place)
                loop.call_later(3, bus.sim.leaderless.discard, place)
                await do()
            return await bus.values(), loop.time()

    values, took = run(main)
    assert (values, 6 < took < 7) == ([b"1"], True)


def test_who_is_asked_twice_to_end_during_a_pause_is_asked_twice_after_it() -> None:
    """aiokafka may let one request to end go by: our clients ask again."""

    async def deaf() -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        await asyncio.sleep(60)

    async def main() -> tuple[int, bool]:
        loop = asyncio.get_running_loop()
        loop.set_task_factory(task_factory)
        life = Life("paused", loop, lambda *_: None)
        life.context.run(LIFE.set, life)
        task = life.spawn(deaf())
        await asyncio.sleep(1)
        life.pause(5)
        for _ in range(2):
            task.cancel()
            await asyncio.sleep(1)
        await asyncio.wait([task])
        return round(loop.time()), task.cancelled()

    assert run(main) == (6, True)
