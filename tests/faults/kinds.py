"""The kinds of fault, and the loops that do them side by side, each with its own randomness."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Final

from contracts.vocabulary import topics
from contracts.vocabulary.scopes import CIVIL
from services.platform.process import clock
from tests.faults.brokers import until
from tests.faults.processes import Keeper
from tests.faults.tally import Tally, deck
from tests.faults.world import World

Pause = tuple[float, float]  # seconds: between these, at random

ROUTER_PAUSE: Final[Pause] = (0.2, 8.0)
AGENCY_PAUSE: Final[Pause] = (1.0, 24.0)
AT_WORK: Final = 0.75  # of services' faults find it at work, the others while it starts
START_S: Final = 60.0  # that a fault waits for its victim to be at work
BROKER_PAUSE: Final[Pause] = (0.3, 1.2)  # × what the last one took: half of the time all is well
NETWORK_PAUSE: Final[Pause] = (2.0, 12.0)
CLOCK_PAUSE: Final[Pause] = (5.0, 30.0)

REPLACED: Final[Pause] = (5.0, 12.0)  # a pause in which a second owner starts
DOWN: Final[Pause] = (0.5, 6.0)  # a broker that was killed
SHORT: Final[Pause] = (1.0, 4.0)  # a pause below every time-out
FENCED: Final[Pause] = (11.0, 16.0)  # above the brokers' session of 9 s: others lead meanwhile
CUT: Final[Pause] = (1.0, 12.0)
SLOW: Final[Pause] = (3.0, 8.0)
DELAY: Final[Pause] = (0.02, 0.3)
FULL: Final[Pause] = (2.0, 6.0)
FORWARD: Final[Pause] = (1, 900)
BACK: Final[Pause] = (1, 100)  # envelope §7 allows issuers to be 120 s ahead of their router

ANY_BROKER: Final = "broker killed"
SERVICE_KINDS: Final = {
    what: {f"{what} killed": 4.0, f"{what} paused and replaced": 1.0}
    for what in ("router", "agency service")
}
BROKER_KINDS: Final = {
    ANY_BROKER: 2.0,
    "transaction coordinator killed": 2.0,
    "active controller killed": 2.0,
    "partition leader killed": 2.0,
    "all brokers restarted": 0.7,
    "disk full": 1.0,
    "broker paused briefly": 3.0,
    "broker paused and replaced": 1.0,
    "broker slow": 3.0,
}
NETWORK_KINDS: Final = {
    "service cut off": 4.0,
    "service cut off, then reset": 4.0,
    "broker cut off": 1.0,
}
CLOCK_KINDS: Final = {"clock forward": 1.0, "clock back": 1.0}
ALL_KINDS: Final = tuple(
    kind
    for kinds in (*SERVICE_KINDS.values(), BROKER_KINDS, NETWORK_KINDS, CLOCK_KINDS)
    for kind in kinds
)


async def run_all(world: World, tally: Tally, seed: int) -> None:
    """Do faults until the tally is over, then let all be whole again.

    Raises:
        TimeoutError: something never came back.
    """
    loops = [
        *(_services(keeper, tally, seed) for keeper in world.keepers.values()),
        Brokers(world, tally, random.Random(f"{seed} brokers")).run(),
        _network(world, tally, random.Random(f"{seed} network")),
        _clock(world, tally, random.Random(f"{seed} clock")),
    ]
    tasks = [asyncio.ensure_future(loop) for loop in loops]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _paused(pause: Pause, chance: random.Random, tally: Tally) -> bool:
    """Wait at random; whether there is still something to do."""
    await asyncio.sleep(chance.uniform(*pause) * tally.calm)
    return not tally.over


async def _services(keeper: Keeper, tally: Tally, seed: int) -> None:
    chance = random.Random(f"{seed} {keeper.name}")
    if keeper.service.role in ("audit", "console"):  # neither has a place that another could take
        return
    what, pause = ("router", ROUTER_PAUSE) if keeper.service.role == "routing" else (
        "agency service", AGENCY_PAUSE)  # fmt: skip
    kinds = deck(SERVICE_KINDS[what], chance)
    while True:
        if chance.random() < AT_WORK:
            await keeper.ready(START_S)
        if not await _paused(pause, chance, tally):
            return
        kind = next(kinds)
        async with tally.one(kind, keeper.name) as doing:
            if kind.endswith("killed"):
                doing.done = await keeper.kill()
            else:
                doing.done = await keeper.haunt(chance.uniform(*REPLACED))


class Brokers:
    """The loop of broker faults: one at a time, whole again before the next."""

    def __init__(self, world: World, tally: Tally, chance: random.Random) -> None:
        self._world = world
        self._brokers = world.brokers
        self._tally = tally
        self._chance = chance

    async def run(self) -> None:
        """Until the tally is over."""
        weights = dict(BROKER_KINDS)
        if self._brokers.disk is None:
            del weights["disk full"]
        kinds: Iterator[str] = deck(weights, self._chance)
        took = 5.0
        while await _paused(
            (BROKER_PAUSE[0] * took, BROKER_PAUSE[1] * took), self._chance, self._tally
        ):
            kind, began = next(kinds), time.monotonic()
            acts: dict[str, Callable[[str], Awaitable[None]]] = {
                "all brokers restarted": self._restart_all,
                "disk full": self._full,
                "broker paused briefly": self._pause,
                "broker paused and replaced": self._pause,
                "broker slow": self._slow,
            }
            await acts.get(kind, self._kill)(kind)
            took = time.monotonic() - began

    async def _kill(self, kind: str) -> None:
        """Find who is meant, or anyone if nobody says who that is; kill it, start it again."""
        number = await self._victim(kind)
        if not number:
            kind, number = ANY_BROKER, self._chance.choice(self._brokers.numbers)
        async with self._tally.one(kind, f"broker-{number}"):
            await self._brokers.kill(number)
            await asyncio.sleep(self._chance.uniform(*DOWN))
            await self._brokers.bring_back(number)

    async def _victim(self, kind: str) -> int:
        """The broker that is what the kind says now; 0 if it may be any, or nobody says."""
        brokers, chance = self._brokers, self._chance
        partition = chance.randrange(topics.PARTITIONS)
        ids = topics.routing_transactions(CIVIL, self._world.layout, partition % 2)
        if kind == "transaction coordinator killed":
            return await brokers.coordinator(chance.choice(ids))
        if kind == "active controller killed":
            return brokers.controller()
        if kind == "partition leader killed":
            return await brokers.leader(topics.decisions(CIVIL), partition)
        return 0

    async def _restart_all(self, kind: str) -> None:
        kill = self._chance.random() < 0.5
        async with self._tally.one(kind, "all, killed" if kill else "all, asked to end"):
            await self._brokers.end_all(kill=kill)
            await asyncio.sleep(self._chance.uniform(0, 2))
            await self._brokers.bring_back(*self._brokers.numbers)

    async def _full(self, kind: str) -> None:
        """A broker whose disk is full ends by itself as soon as it must write."""
        brokers, number = self._brokers, self._brokers.disk_node
        if not await brokers.fill_disk():
            return
        async with self._tally.one(kind, f"broker-{number}"):
            await until(lambda: not brokers.pid(number), 15)
            await asyncio.sleep(self._chance.uniform(*FULL))
            await brokers.free_disk()
            await brokers.kill(
                number
            )  # if it stood it out: its view of the disk is not to be trusted
            await brokers.bring_back(number)

    async def _pause(self, kind: str) -> None:
        number = self._chance.choice(self._brokers.numbers)
        pause = SHORT if kind == "broker paused briefly" else FENCED
        async with self._tally.one(kind, f"broker-{number}"):
            self._brokers.signal(number, signal.SIGSTOP)
            try:
                await asyncio.sleep(self._chance.uniform(*pause))
            finally:
                self._brokers.signal(number, signal.SIGCONT)
            await self._brokers.whole()

    async def _slow(self, kind: str) -> None:
        number = self._chance.choice(self._brokers.numbers)
        door = self._brokers.doors[number]
        async with self._tally.one(kind, f"broker-{number}"):
            door.delay_s = self._chance.uniform(*DELAY)
            await asyncio.sleep(self._chance.uniform(*SLOW))
            door.delay_s = 0.0


async def _network(world: World, tally: Tally, chance: random.Random) -> None:
    kinds = deck(NETWORK_KINDS, chance)
    while await _paused(NETWORK_PAUSE, chance, tally):
        kind, doors = next(kinds), world.brokers.doors
        seconds, reset = chance.uniform(*CUT), kind.endswith("reset")
        if kind == "broker cut off":
            number = chance.choice(sorted(doors))
            async with tally.one(kind, f"broker-{number}"):
                doors[number].shut()
                await asyncio.sleep(min(seconds, 6))
                doors[number].reopen(reset=chance.random() < 0.5)
            continue
        name = chance.choice(sorted(world.keepers))
        if pid := world.keepers[name].pid:
            async with tally.one(kind, name):
                for door in doors.values():
                    door.shut(pid)
                await asyncio.sleep(seconds)
                for door in doors.values():
                    door.reopen(pid, reset=reset)


async def _clock(world: World, tally: Tally, chance: random.Random) -> None:
    """Forward by up to a quarter of an hour, and back again by less than routers tolerate."""
    path = world.home.clock
    offset = highest = clock.read_offset(path)
    kinds = deck(CLOCK_KINDS, chance)
    while await _paused(CLOCK_PAUSE, chance, tally):
        kind = next(kinds)
        async with tally.one(kind, "all services"):
            if kind == "clock forward":
                offset += round(chance.uniform(*FORWARD) * 1000)
            else:
                offset = max(offset, highest) - round(chance.uniform(*BACK) * 1000)
            highest = max(highest, offset)
            clock._write(path, offset)
