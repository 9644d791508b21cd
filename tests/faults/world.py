"""The federation of a campaign: three brokers behind doors, every service a process of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import orjson
import pytest

from contracts.convention.load import load
from contracts.conventions import shipped
from contracts.vocabulary import principals
from contracts.vocabulary.scopes import AGENCIES
from services.operate.home.home import Home
from services.operate.home.partners import FILE
from services.operate.home.planned import planned_topics
from services.platform.kafka.bus import Bus
from services.play.kafka import brokers
from services.play.kafka.fetch import fetch_jars
from services.play.run.plan import Plan
from services.play.run.prepare import prepared
from tests.contracts.convention.kit import without_figures
from tests.faults.brokers import Brokers, mount_disk, unmount_disk
from tests.faults.processes import Keeper, keepers
from tests.faults.proxy import Door

NODES: Final = 3
SHARDS: Final = 2
MONDAY: Final = date(2026, 11, 30)  # when every campaign begins, whatever the day is
READY_S: Final = 180.0
QUICK_START: Final = "-XX:TieredStopAtLevel=1"  # brokers live for minutes here, if they live at all
DISK_NODE: Final = 2


@dataclass
class World:
    """A federation that runs.

    Attributes:
        bus: Kafka as a principal reaches it.
        layout: number of the layout order in force in the civil realm.
    """

    home: Home
    brokers: Brokers
    keepers: dict[str, Keeper]
    bus: Callable[[str], Bus]
    layout: int = 1

    def urls(self) -> Mapping[str, str]:
        """Agency -> where its service answers now."""
        return {name: self.keepers[name].url for name in AGENCIES}

    @property
    def topics(self) -> list[str]:
        """Names of all topics."""
        return [one.name for one in planned_topics(self.home)]

    async def ready(self, limit_s: float = READY_S) -> list[str]:
        """Names of services that do not become ready within the limit: they are stuck."""
        found = await asyncio.gather(*(one.ready(limit_s) for one in self.keepers.values()))
        return [name for name, one in zip(self.keepers, found, strict=True) if not one]

    async def stop_services(self) -> dict[str, int | None]:
        """Ask every service to end; name -> exit code, None if it had to be killed."""
        codes = await asyncio.gather(*(keeper.stop() for keeper in self.keepers.values()))
        return dict(zip(self.keepers, codes, strict=True))


@asynccontextmanager
async def running(
    path: Path, *, tls: bool = True, shards: int = SHARDS, schools: int = 0
) -> AsyncIterator[World]:
    """A new federation in `path` while the block lasts; every process of it ends with it.

    Args:
        schools: beside the sixteen desks of the stories.
    """
    await asyncio.to_thread(fetch_jars)
    await asyncio.to_thread(write_partners, path, schools)
    async with AsyncExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("JAVA_TOOL_OPTIONS", QUICK_START)
        brokers = await _brokers(path, stack)
        plan = Plan(
            shards=shards, start=begins(), nodes=NODES, tls=tls,
            advertise={number: door.port for number, door in brokers.doors.items()},
            data={brokers.disk_node: brokers.disk / "data"} if brokers.disk else {},
        )  # fmt: skip
        without_figures(path)
        ready = await stack.enter_async_context(prepared(path, plan))
        stack.callback(brokers.wake)
        brokers.client = ready.bus(principals.ADMIN).client
        kept = keepers(ready.services, ready.home.logs)
        world = World(ready.home, brokers, kept, ready.bus)
        for keeper in world.keepers.values():
            stack.callback(keeper.abandon)
            keeper.begin()
        yield world


async def _brokers(path: Path, stack: AsyncExitStack) -> Brokers:
    kafka, disk = path / "kafka", path / "disk"

    def target(number: int) -> Callable[[], int]:
        return lambda: brokers.status(kafka).node(number).port

    doors = {
        number: await stack.enter_async_context(Door(target(number)))
        for number in range(1, NODES + 1)
    }
    mounted = await asyncio.to_thread(mount_disk, disk)
    if mounted:
        stack.callback(unmount_disk, disk)
    return Brokers(kafka, doors, {}, disk if mounted else None, DISK_NODE)


def write_partners(path: Path, schools: int) -> None:
    """A home with so many schools beside the desks of the stories."""
    path.mkdir(parents=True, exist_ok=True)
    (path / FILE).write_bytes(orjson.dumps([school(number) for number in range(schools)]))


def school(number: int) -> dict[str, object]:
    """An entry of `partners.json`."""
    label = {"fr": f"École {number}", "en": f"School {number}"}
    return {"desk": f"ecole-{number}", "role": "EDU-H", "label": label}


def begins() -> int:
    """The instant at which a campaign begins, seconds."""
    return load(shipped(), "shipped").calendar.instant(MONDAY, 9, 0)
