"""Desks end by command while those at work go on, and the router, services and brokers are killed meanwhile."""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from subprocess import PIPE
from typing import Any, Final

import orjson

from contracts.vocabulary import principals
from contracts.vocabulary.scopes import REALMS
from services.audit.replay import replay
from services.audit.verdict import AuditVerdict
from services.platform.process import clock
from tests.faults.ledger import Ledger, read_ledger
from tests.faults.partners import Seen
from tests.faults.world import World
from tests.kafka import kit
from tests.kafka.agency.desks_at_work import WRITERS, Town, at_work
from tests.patience import PATIENCE

PHASES: Final = 3
KILLS: Final = int(os.environ.get("RELAIS_KILLS", "3")) // PHASES or 1  # of each, in each of them
SEED: Final = os.environ.get("RELAIS_SEED", "1")
KILL_S: Final = (0.2, 2.0)  # between two kills
DOWN_S: Final = (0.5, 3.0)  # a broker that was killed
TYPED_S: Final = (0.3, 3.0)  # a command that is killed
LAST_S: Final = 3  # in which mail for all of them is still delivered, once the clock is moved
ENDS: Final = {  # desk that ends -> command, and the name by which its software goes on
    "crip": ("relais directory rename crip crip-nord", "crip-nord"),
    "edu-h-1": ("relais directory merge edu-h-1 edu-h-2", "edu-h-2"),
    "home-4": ("relais directory merge home-4 home-2", "home-2"),
    "home-1": ("relais directory split home-1 home-2 home-3", "home-1"),
}


@dataclass(frozen=True)
class Found:
    """What stands when all is done.

    Attributes:
        inboxes: desk -> all that its software reads.
        sent: event -> what its issuer was told of it.
        moved: instant before the first desk's mail ends, from which on all went on; seconds.
        codes: service -> exit codes of those that ended by themselves.
    """

    inboxes: dict[str, list[dict[str, Any]]]
    sent: dict[str, dict[str, Any]]
    duties: dict[str, list[dict[str, Any]]]
    moved: int
    seen: Seen
    ledger: Ledger
    verdict: AuditVerdict
    codes: dict[str, Counter[int]]


async def through(world: World) -> Found:
    """All of it: before desks end, while old and new name are both good, and as mail for the old one ends."""
    async with at_work(world) as town:
        ends, _ = await asyncio.gather(_orders(town), _hurt(world, "before"))
        await _reach(town, max(start for start, _ in ends.values()) + 1)
        await _hurt(world, "within")
        await town.quiet(decided, PATIENCE)
        until = sorted(until for _, until in ends.values())
        moved = clock.set_to(world.home.clock, until[0] - LAST_S)
        town.late.set()
        town.calm.set()
        await asyncio.gather(_hurt(world, "after"), _reach(town, until[-1] + 2))
        await town.quiet(acknowledged, PATIENCE)
        return await _look(town, moved)


def decided(event: dict[str, Any]) -> bool:
    """Whether its issuer was told what became of it."""
    return bool(event["state"] != "published")


def acknowledged(event: dict[str, Any]) -> bool:
    """Whether all who were delivered it have told its issuer so."""
    return decided(event) and all(
        any(one["stage"] == "received" for one in row["acknowledged"])
        for row in event["to"]
        if row["state"] == "delivered"
    )


async def _orders(town: Town) -> dict[str, tuple[int, int]]:
    """One command after the other: desk -> from when on, and until when."""
    chance = random.Random(f"{SEED} orders")
    return {desk: await _ordered(town, desk, chance.uniform(*TYPED_S)) for desk in ENDS}


async def _ordered(town: Town, desk: str, limit_s: float) -> tuple[int, int]:
    """A command that is killed if it has not ended by then, and said again until it has done what it says."""
    line, name = ENDS[desk]
    words = ("-m", "services", *line.split()[1:], "--days", "7", "--format", "json")
    while True:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *words, "--home", str(town.world.home.path),
            cwd=kit.ROOT, stdout=PIPE, stderr=PIPE,
        )  # fmt: skip
        with suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                await process.wait()
        if process.returncode is None:
            process.kill()
        out, _ = await process.communicate()
        if process.returncode == 0:
            town.desks[desk].name = name
            told = orjson.loads(out)
            return _seconds(told["from"]), _seconds(told["until"])
        limit_s = PATIENCE


def _seconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp())


async def _hurt(world: World, phase: str) -> None:
    """Router, services and brokers are killed, at instants and in an order that nobody chose."""
    chance, over = random.Random(f"{SEED} {phase}"), asyncio.Event()
    brokers = asyncio.create_task(_kill_brokers(world, f"{SEED} {phase} brokers", over))
    try:
        for name in chance.sample(sorted(world.keepers) * KILLS, len(world.keepers) * KILLS):
            await asyncio.sleep(chance.uniform(*KILL_S))
            await world.keepers[name].kill()
        over.set()
        await brokers
    finally:
        brokers.cancel()


async def _kill_brokers(world: World, seed: str, over: asyncio.Event) -> None:
    """One, and once all is whole again another, until all else is over."""
    chance = random.Random(seed)
    while True:
        number = chance.choice(world.brokers.numbers)
        await asyncio.sleep(chance.uniform(*KILL_S))
        await world.brokers.kill(number)
        await asyncio.sleep(chance.uniform(*DOWN_S))
        await world.brokers.bring_back(number)
        if over.is_set():
            return


async def _reach(town: Town, at: int) -> None:
    """Wait for an instant of the federation's."""
    while town.now < at:
        await asyncio.sleep(0.1)


async def _look(town: Town, moved: int) -> Found:
    """Read everything: over HTTP as desks do, on Kafka as nobody but an administrator may, and as the auditor."""
    world, desks = town.world, {desk.name: desk for desk in town.desks.values()}
    kafka = world.brokers.bootstrap
    clients = {realm: world.client_of(principals.audit(realm)) for realm in REALMS}
    sent = [(await town.desks[name].pages("/referrals"))[0] for name in WRITERS]
    return Found(
        {name: (await desk.pages("/inbox"))[0] for name, desk in desks.items()},
        {one["event"]: one for events in sent for one in events},
        {name: (await desk.ask("GET", "/duties")).json()["duties"] for name, desk in desks.items()},
        moved,
        town.seen,
        await read_ledger(kafka, world.topics, **world.client),
        await replay(kafka, REALMS, world.home.owners, lambda: town.now, clients=clients),
        {name: keeper.codes for name, keeper in world.keepers.items()},
    )
