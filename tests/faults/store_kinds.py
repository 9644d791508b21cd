"""Faults under a router's stores, and of its own clock: a loop a router, one fault at a time.

    its disk      full, read-only, slow, stalled       (`disks.py`)
    its files     another's in their place, under a router and between two lives; deleted; set back
    its clock     a step of the machine's, which brokers and other services do not take (libfaketime)

What a router says of it is counted afterwards from its log: a fault that nobody noticed is none.
"""

from __future__ import annotations

import asyncio
import random
import shutil
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Final

import orjson

from services.routing.shard import MAX_SKEW_MS
from tests.faults.brokers import until
from tests.faults.disks import Disk
from tests.faults.own_clock import has_own_clocks, step
from tests.faults.processes import Keeper
from tests.faults.tally import Tally, deck

Pause = tuple[float, float]  # seconds: between these, at random

STORE_PAUSE: Final[Pause] = (1.0, 8.0)
LOOK_S: Final = 2.0
NOTICED_S: Final = 20.0  # at most, until a router ends by what it must have noticed: if it has work
STALL: Final[Pause] = (1.0, 8.0)
SLOW: Final[Pause] = (4.0, 10.0)
WRITES: Final = (2, 20)  # a second, of a slow disk
LATER: Final[Pause] = (2.0, 6.0)  # that a copy of a store is old
STEPPED: Final[Pause] = (4.0, 10.0)
SMALL_S: Final = 100  # a step that nobody minds (envelope §7: 120 s)
LARGE_S: Final = 900

DISK_KINDS: Final = {
    "store's disk full": 2.0,
    "store's disk read-only": 2.0,
    "store's disk slow": 2.0,
    "store's disk stalled": 2.0,
}
FILE_KINDS: Final = {
    "another's store put under a router": 2.0,
    "another's store put between two lives": 2.0,
    "store deleted under a router": 1.0,
    "store set back between two lives": 1.0,
}
OWN_CLOCK_KINDS: Final = {"router's clock stepped": 1.0, "router's clock stepped too far": 1.0}
ALL_KINDS: Final = (*DISK_KINDS, *FILE_KINDS, *OWN_CLOCK_KINDS)
NOTICES: Final = {  # a kind -> what some router must have said after a few of it
    "store's disk full": "ended: store_unwritable",
    "store's disk read-only": "ended: store_unwritable",
    "another's store put under a router": "ended: store_unreadable",
    "another's store put between two lives": "store refused: foreign",
    "router's clock stepped too far": "ended: clock_off",
}
FEW: Final = 3


class StoreFaults:
    """The loop of these faults.

    Args:
        routers: of the federation: from their stores copies are taken, too.
        disk: under the router's stores; None where we may not mount.
    """

    def __init__(
        self, keeper: Keeper, routers: Iterable[Keeper], disk: Disk | None, tally: Tally, seed: int
    ) -> None:
        self._keeper = keeper
        self._routers = list(routers)
        self._disk = disk
        self._tally = tally
        self._chance = random.Random(f"{seed} stores of {keeper.name}")

    async def run(self) -> None:
        """Until the tally is over."""
        weights = {**FILE_KINDS}
        weights |= DISK_KINDS if self._disk is not None else {}
        weights |= OWN_CLOCK_KINDS if has_own_clocks() else {}
        acts: dict[str, Callable[[Disk], Awaitable[bool]]] = {
            "store's disk full": self._full,
            "store's disk read-only": self._read_only,
            "store's disk slow": self._slow,
            "store's disk stalled": self._stalled,
        }
        kinds = deck(weights, self._chance)
        while True:
            kind = next(kinds)
            # Who is not at work has no store open and writes none.
            while not await self._keeper.ready(LOOK_S) and not self._tally.over:
                pass
            await asyncio.sleep(self._chance.uniform(*STORE_PAUSE))
            if self._tally.over:
                return
            async with self._tally.one(kind, self._keeper.name) as doing:
                if self._disk is not None and kind in acts:
                    doing.done = await acts[kind](self._disk)
                else:
                    doing.done = await self._to_files_or_clock(kind)

    async def _to_files_or_clock(self, kind: str) -> bool:
        if kind in OWN_CLOCK_KINDS:
            return await self._stepped(too_far=kind.endswith("too far"))
        own = stores_of(self._keeper)
        if not own:
            return False
        place = self._chance.choice(own)
        if kind == "store deleted under a router":
            place.unlink(missing_ok=True)
            return True
        if kind == "store set back between two lives":
            return await self._set_back(place)
        return await self._replaced(place, running=kind.endswith("under a router"))

    async def _full(self, disk: Disk) -> bool:
        try:
            done = disk.fill()
            await self._noticed()
        finally:
            disk.empty()
        return done

    async def _read_only(self, disk: Disk) -> bool:
        done = disk.give_up()

        async def mend() -> None:
            if not await asyncio.to_thread(disk.mend):
                raise RuntimeError(f"{disk.path} is not to be mended")

        await self._noticed()
        while not await self._keeper.kill(mend):
            await asyncio.sleep(0.1)
        return done

    async def _slow(self, disk: Disk) -> bool:
        pid, writes = self._keeper.pid, self._chance.randint(*WRITES)
        try:
            done = bool(pid) and disk.slow(pid, writes)
            await asyncio.sleep(self._chance.uniform(*SLOW))
        finally:
            disk.quicken()
        return done

    async def _stalled(self, disk: Disk) -> bool:
        try:
            done = await asyncio.to_thread(disk.freeze)
            await asyncio.sleep(self._chance.uniform(*STALL))
        finally:
            disk.thaw()
        return done

    async def _replaced(self, place: Path, *, running: bool) -> bool:
        """The file of a partition becomes a copy of another's, at once or while nobody has it."""
        others = [path for one in self._routers for path in stores_of(one)]
        other = self._chance.choice([one for one in others if one.name != place.name])

        async def put() -> None:
            await asyncio.to_thread(_put, other, place)

        if not running:
            return await self._keeper.kill(put)
        await put()
        await self._noticed()
        return True

    async def _noticed(self) -> None:
        """Wait until the router that runs now has ended, or the limit has passed."""
        pid = self._keeper.pid
        await until(lambda: self._keeper.pid != pid, NOTICED_S)

    async def _set_back(self, place: Path) -> bool:
        old = place.with_suffix(".old")
        _put(place, old)
        await asyncio.sleep(self._chance.uniform(*LATER))

        async def put() -> None:
            old.replace(place)

        return old.exists() and await self._keeper.kill(put)

    async def _stepped(self, *, too_far: bool) -> bool:
        """The clock of its machine, and no other's, forward or back, and right again."""
        least, most = (MAX_SKEW_MS // 1000 + 10, LARGE_S) if too_far else (1, SMALL_S)
        seconds = self._chance.uniform(least, most) * self._chance.choice((-1, 1))
        try:
            step(self._keeper, seconds)
            await asyncio.sleep(self._chance.uniform(*STEPPED))
            if too_far:
                await self._noticed()
        finally:
            step(self._keeper, 0)
        return True


def stores_of(keeper: Keeper) -> list[Path]:
    """The files of a router's stores that are there."""
    return sorted(keeper.service.settings.state_dir.glob("*.lmdb"))  # type: ignore[attr-defined]


def _put(copied: Path, place: Path) -> None:
    """Put a copy in a file's place, whole: who has the former one open still has it."""
    new = place.with_suffix(".new")
    try:
        shutil.copyfile(copied, new)
        new.replace(place)
    except FileNotFoundError:  # a router is making it anew at this moment
        new.unlink(missing_ok=True)


def notices(logs: Iterable[Path]) -> Counter[str]:
    """What routers said of their stores and clocks."""
    found: Counter[str] = Counter()
    for path in logs:
        for line in path.read_bytes().splitlines():
            if not line.startswith(b"{"):
                continue
            said = orjson.loads(line)
            event = said.get("event")
            if event == "store refused":
                found[f"store refused: {said['why']}"] += 1
            elif event == "no store":
                found["no store"] += 1
            elif event == "ended" and said.get("code"):
                found[f"ended: {said['code']}"] += 1
    return found


def unnoticed(kinds: Counter[str], said: Counter[str]) -> list[str]:
    """Kinds of which a few were done, and of which no router said what it must have noticed."""
    return [
        f"{kinds[kind]} × {kind}, and no “{notice}”"
        for kind, notice in NOTICES.items()
        if kinds[kind] >= FEW and not said[notice]
    ]
