"""Faults under stores and of a router's own clock: a loop a router, one an agency, one fault at a time."""

from __future__ import annotations

import asyncio
import random
import shutil
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Final

from services.platform.settings import AgencySettings, RoutingSettings
from services.routing.shard import MAX_SKEW_MS
from tests.faults import store_kinds as kinds
from tests.faults.brokers import until
from tests.faults.disks import Disk
from tests.faults.own_clock import has_own_clocks, step
from tests.faults.processes import Keeper
from tests.faults.tally import Tally, deck

Pause = tuple[float, float]  # seconds: between these, at random

ROUTER_PAUSE: Final[Pause] = (1.0, 8.0)
AGENCY_PAUSE: Final[Pause] = (2.0, 20.0)
LOOK_S: Final = 2.0
NOTICED_S: Final = 20.0  # at most, until a service says what it must have noticed: if it has work
STALL: Final[Pause] = (1.0, 8.0)
SLOW: Final[Pause] = (4.0, 10.0)
WRITES: Final = (2, 20)  # a second, of a slow disk
LATER: Final[Pause] = (2.0, 6.0)  # that a copy of a store is old
STEPPED: Final[Pause] = (4.0, 10.0)
SMALL_S: Final = 100  # a step that nobody minds (envelope §7: 120 s)
LARGE_S: Final = 900


class StoreFaults:
    """The loop of one router's faults.

    Args:
        others: whose stores are put in place of its own.
        disk: under its stores; None where we may not mount.
    """

    kinds = kinds.ROUTER_KINDS
    pause = ROUTER_PAUSE

    def __init__(
        self, keeper: Keeper, others: Iterable[Keeper], disk: Disk | None, tally: Tally, seed: int
    ) -> None:
        self.keeper = keeper
        self._others = list(others)
        self._disk = disk
        self._tally = tally
        self._chance = random.Random(f"{seed} stores of {keeper.name}")

    async def run(self) -> None:
        """Until the tally is over."""
        lacking = {"disk": self._disk is None, "clock": not has_own_clocks()}
        weights = {
            name: kind.weight for name, kind in self.kinds.items() if not lacking.get(kind.needs)
        }
        names = deck(weights, self._chance)
        while True:
            name = next(names)
            # Who is not at work has no store open and writes none.
            while not await self.keeper.ready(LOOK_S) and not self._tally.over:
                pass
            await asyncio.sleep(self._chance.uniform(*self.pause))
            if self._tally.over:
                return
            async with self._tally.one(name, self.keeper.name) as doing:
                doing.done = await self._act(name)

    async def noticed(self) -> None:
        """Wait until the process that runs now has ended, or the limit has passed."""
        pid = self.keeper.pid
        await until(lambda: self.keeper.pid != pid, NOTICED_S)

    async def _act(self, name: str) -> bool:
        """Do one; whether it was done."""
        to_disk: dict[str, Callable[[Disk], Awaitable[bool]]] = {
            kinds.FULL: self._full, kinds.AGENCY_FULL: self._full,
            kinds.READ_ONLY: self._read_only, kinds.AGENCY_READ_ONLY: self._read_only,
            kinds.STALLED: self._stalled, kinds.AGENCY_STALLED: self._stalled,
            kinds.SLOW: self._slow,
        }  # fmt: skip
        if self._disk is not None and name in to_disk:
            return await to_disk[name](self._disk)
        if name in (kinds.STEPPED, kinds.STEPPED_TOO_FAR):
            return await self._stepped(too_far=name == kinds.STEPPED_TOO_FAR)
        own = stores_of(self.keeper)
        if not own:
            return False
        to_file: dict[str, Callable[[Path], Awaitable[bool]]] = {
            kinds.DELETED: self._deleted, kinds.AGENCY_DELETED: self._deleted,
            kinds.SET_BACK: self._set_back, kinds.AGENCY_SET_BACK: self._set_back,
            kinds.REPLACED: self._replaced, kinds.AGENCY_REPLACED: self._replaced,
            kinds.REPLACED_BETWEEN: self._replaced_between,
            kinds.AGENCY_REPLACED_BETWEEN: self._replaced_between,
        }  # fmt: skip
        return await to_file[name](self._chance.choice(own))

    async def _full(self, disk: Disk) -> bool:
        try:
            done = disk.fill()
            await self.noticed()
        finally:
            disk.empty()
        return done

    async def _read_only(self, disk: Disk) -> bool:
        done = disk.give_up()

        async def mend() -> None:
            if not await asyncio.to_thread(disk.mend):
                raise RuntimeError(f"{disk.path} is not to be mended")

        await self.noticed()
        while not await self.keeper.kill(mend):
            await asyncio.sleep(0.1)
        return done

    async def _slow(self, disk: Disk) -> bool:
        pid, writes = self.keeper.pid, self._chance.randint(*WRITES)
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

    async def _deleted(self, place: Path) -> bool:
        await asyncio.to_thread(place.unlink, missing_ok=True)
        return True

    async def _replaced(self, place: Path) -> bool:
        """Its file becomes a copy of another's while it is open."""
        other = self._another(place)
        if other is not None:
            await asyncio.to_thread(_put, other, place)
            await self.noticed()
        return other is not None

    async def _replaced_between(self, place: Path) -> bool:
        """Its file becomes a copy of another's while nobody has it."""
        other = self._another(place)

        async def put() -> None:
            await asyncio.to_thread(_put, other or place, place)

        return other is not None and await self.keeper.kill(put)

    def _another(self, place: Path) -> Path | None:
        there = [path for one in self._others for path in stores_of(one)]
        others = [path for path in there if path.name != place.name]
        return self._chance.choice(others) if others else None

    async def _set_back(self, place: Path) -> bool:
        old = place.with_suffix(".old")
        _put(place, old)
        await asyncio.sleep(self._chance.uniform(*LATER))

        async def put() -> None:
            old.replace(place)

        return old.exists() and await self.keeper.kill(put)

    async def _stepped(self, *, too_far: bool) -> bool:
        """The clock of its machine, and no other's, forward or back, and right again."""
        least, most = (MAX_SKEW_MS // 1000 + 10, LARGE_S) if too_far else (1, SMALL_S)
        seconds = self._chance.uniform(least, most) * self._chance.choice((-1, 1))
        try:
            step(self.keeper, seconds)
            await asyncio.sleep(self._chance.uniform(*STEPPED))
            if too_far:
                await self.noticed()
        finally:
            step(self.keeper, 0)
        return True


class AgencyStoreFaults(StoreFaults):
    """The loop of one agency's faults."""

    kinds = kinds.AGENCY_KINDS
    pause = AGENCY_PAUSE

    async def noticed(self) -> None:
        """Wait until it says that it goes on without a store, or the limit has passed."""
        log, size = self.keeper.log, self.keeper.log.stat().st_size

        def said() -> bool:
            with log.open("rb") as file:
                file.seek(size)
                return b'"no store"' in file.read()

        await until(said, NOTICED_S)

    async def _act(self, name: str) -> bool:
        done = await super()._act(name)
        if name == kinds.AGENCY_DELETED:
            await self.noticed()
        if name in (kinds.AGENCY_FULL, kinds.AGENCY_REPLACED, kinds.AGENCY_DELETED):
            await self.keeper.kill()
        return done


def stores_of(keeper: Keeper) -> list[Path]:
    """The files of a service's stores that are there: several services may share a folder."""
    settings = keeper.service.settings
    pattern = "audit-*.lmdb"
    if isinstance(settings, AgencySettings):
        pattern = f"inbox-{settings.agency}.lmdb"
    elif isinstance(settings, RoutingSettings):
        pattern = f"{settings.realm}-*.lmdb"
    return sorted(settings.state_dir.glob(pattern))


def _put(copied: Path, place: Path) -> None:
    """Put a copy in a file's place, whole: who has the former one open still has it."""
    new = place.with_suffix(".new")
    try:
        shutil.copyfile(copied, new)
        new.replace(place)
    except FileNotFoundError:  # its owner is making it anew at this moment
        new.unlink(missing_ok=True)
