"""Time is virtual, a seed repeats its run, and a gate is late, loses an answer, or is shut."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from functools import partial

import anyio
import pytest
from aiokafka.errors import RequestTimedOutError, TopicAuthorizationFailedError

from services.platform.ports import Ports, given
from tests.simulation.bus import Tried, commit, simulated
from tests.simulation.loop import DeadlockError, run


def test_an_hour_takes_no_time_and_nothing_of_it_is_a_threads() -> None:
    """Timers come in their order, what is given to a thread is done at once."""

    async def main() -> list[object]:
        loop, seen = asyncio.get_running_loop(), list[object]()
        loop.call_later(10, seen.append, "second")
        loop.call_later(5, seen.append, "first")
        await asyncio.sleep(3600)
        before = loop.time()
        seen += [await asyncio.to_thread(len, "abc"), await anyio.to_thread.run_sync(len, "ab")]
        return [*seen, loop.time() - before]

    began = time.monotonic()
    assert run(main) == ["first", "second", 3, 2, 0.0]
    assert time.monotonic() - began < 60


@pytest.mark.parametrize("waits", [asyncio.Event().wait, partial(asyncio.sleep, 2)])
def test_a_run_without_an_end_is_told(waits: Callable[[], Awaitable[object]]) -> None:
    """Where nobody can wake anybody, and where it takes longer than it may."""

    async def main() -> None:
        await waits()

    with pytest.raises(DeadlockError):
        run(main, limit_s=1)


def written(seed: int) -> list[bytes]:
    """What a run with late calls leaves on Kafka."""

    async def gate(_call: str) -> None:
        await asyncio.sleep(random.random() / 10)

    async def main() -> list[bytes]:
        bus, ports = simulated()
        assert bus.sim is not None
        with given(Ports(bus.sim.clients(gate), connect=ports.connect)):
            one, two = await bus.writer("one"), await bus.writer("two")
            for number in range(3):
                record = bus.record(b"%d" % number)
                await asyncio.gather(commit(one, record), commit(two, record))
            await asyncio.gather(one.stop(), two.stop())
        return bus.sim.all_bytes()

    return run(main, seed)


def test_the_same_seed_writes_the_same_bytes() -> None:
    """And another one others."""
    assert written(1) == written(1) != written(2)


async def _through(bus: Tried, gate: Callable[[str], Awaitable[None]], number: int) -> list[object]:
    """A commit of somebody behind a gate; what then stands there."""
    assert bus.sim is not None
    with given(Ports(theirs := bus.sim.clients(gate))):
        writer = await bus.writer(bus.topic)
        asking = asyncio.ensure_future(commit(writer, bus.record(b"1"), offsets={bus.place(): 1}))
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
        lost = ["init", "inited", "send", "sent", "hold", "held", "commit", "committed"]

        async def gate(call: str) -> None:
            if call in lost:
                lost.remove(call)
                raise RequestTimedOutError

        with given(ports):
            return [*(await _through(bus, gate, 60)), *(await bus.values()), *lost]

    assert run(main) == [True, 2, b"1"]


def test_who_may_not_see_a_topic_is_told_so() -> None:
    """By principal, as a broker with rights would."""

    async def main() -> None:
        bus, ports = simulated()
        assert bus.sim is not None
        bus.sim.denied.add(("police", bus.topic))
        with given(Ports(bus.sim.clients(principal="police"), connect=ports.connect)):
            await bus.put(b"1")

    with pytest.raises(TopicAuthorizationFailedError):
        run(main)


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
