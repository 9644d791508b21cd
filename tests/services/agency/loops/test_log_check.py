"""Every receipt leads to its leaf: an agency finds what was delivered off the record."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from threading import Event
from typing import Any

import orjson
import pytest
from structlog.testing import capture_logs

from contracts.encoding import canonical, leaf_hash
from contracts.envelope.limits import RECEIPT
from contracts.envelope.wire import Inbound
from contracts.keys.jose import sign_jws
from contracts.proof.tiles import ENTRIES, parse_path
from contracts.vocabulary import topics
from services.agency.loops.incoming import Incoming
from services.agency.loops.log_check import FollowedLog, LogCheck
from services.agency.office.office import Office
from services.platform.process.exit_codes import UnreachableError
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth
from services.play.demo.screen import Teller
from services.play.demo.stories import play_all
from tests.contracts.envelope.kit import claims_of
from tests.contracts.proof.log import LOG, ORIGIN, WITNESSES, MemoryLog, policy
from tests.patience import PATIENCE, eventually
from tests.simulation.planted_log import PlantedKafka
from tests.world import World, WorldClock, realm_keys

REALM, AGENCY, NUMBER = "civil", "child_welfare", 0
TERM = 3600


@lru_cache(maxsize=1)
def world() -> World:
    """A story, all of it in one partition."""
    lived = World(partitions=1)
    assert play_all(lived, Teller(), "A")
    return lived


def records() -> list[bytes]:
    """What stands in the log."""
    return [row.value or b"" for row in world().topics[topics.decisions(REALM), NUMBER]]


def inbox() -> list[Inbound]:
    """What the agency was told."""
    return world().topics[topics.inbox(REALM, AGENCY), NUMBER]


@dataclass
class Operator:
    """Publishes a log, as it likes."""

    entries: list[bytes]
    silent: bool = False
    dropped: int = 0

    def __call__(self, path: str) -> bytes:
        tile = None if path == "checkpoint" else parse_path(path)
        gone = tile is not None and tile.level == ENTRIES and tile.number < self.dropped
        if self.silent or gone:
            raise UnreachableError("log_not_there", path, "a published log")
        published = MemoryLog().add(self.entries)
        return published.tiles[tile] if tile else published.published((*LOG, *WITNESSES))


class Life:
    """One life of the agency's service, over the state that the one before has left."""

    def __init__(self, home: Path, operator: Operator) -> None:
        self.operator, self.clock = operator, WorldClock(world().clock.now())
        self.health, self.metrics = ServiceHealth(), Metrics(AGENCY)
        self.log = FollowedLog(REALM, ORIGIN, home / "mirror", policy(), operator)
        told = self.clock, self.metrics, self.health
        self.check = LogCheck([self.log], *told, term_s=TERM, look_s=1)

    async def read(self, rows: Sequence[Inbound]) -> None:
        """Read the inbox from its beginning."""
        office = Office(world().offices[AGENCY].agency)
        inboxes = office.agency.inboxes(self.clock.now())
        reader = PlantedKafka(world().topics).reader()
        incoming = Incoming(office, self.clock, inboxes, reader, awaited=self.check.awaited)
        incoming.begin(dict.fromkeys(incoming.places, 0))
        await incoming.take(rows)
        assert (incoming.failure, incoming.failed) == ("", 0)

    async def later(self) -> set[str]:
        """What `/ready` warns of once the term is over, looked at twice."""
        await self.check.look()
        self.clock.advance(TERM + 60)
        await self.check.look()
        return self.health.warnings


Begin = Callable[..., Awaitable[Life]]  # of an operator, and the inbox if it is not as it was


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Begin]:
    """Begins a life, which reads its inbox; the one before is given up as a kill does."""
    lives: list[Life] = []

    async def begin(operator: Operator, rows: Sequence[Inbound] = ()) -> Life:
        for before in lives:
            before.check.close()
        lives.append(Life(tmp_path, operator))
        await lives[-1].read(rows or inbox())
        return lives[-1]

    yield begin
    for before in lives:
        before.check.close()


def missing(metrics: Metrics) -> float | None:
    """What the metric says."""
    return metrics.registry.get_sample_value(
        "relais_log_check", {"realm": REALM, "code": "record_not_in_log"}
    )


def leaves() -> list[str]:
    """Of the records that the agency's inbox names, in their order."""
    return [claims(row)["dec"] for row in inbox()]


def claims(row: Inbound) -> dict[str, Any]:
    """Of a receipt or notice."""
    data = orjson.loads(row.value or b"")["data"]
    return claims_of(data.get("receipt") or data["notice"])


async def test_an_event_delivered_without_a_record_is_told(life: Begin) -> None:
    """The router signed it, and its log has nothing: not at once, but once the term is over.

    A new start awaits it again: nothing of it is on a disk, the inbox says it, the mirror the rest.
    """
    off = leaves()[-1]
    lie = Operator([entry for entry in records() if leaf_hash(entry) != off])
    before = await life(lie)
    await before.check.look()
    assert before.health.warnings == set()

    now = await life(lie)
    with capture_logs() as lines:
        assert await now.later() == {"record_not_in_log_civil"}

    assert [line["records"] for line in lines if "records" in line] == [[off]]
    assert missing(now.metrics) == 1.0


async def test_a_clock_that_jumps_is_no_alarm(life: Begin) -> None:
    """What was never looked up is not missing: the log may show it in a second."""
    now = await life(Operator(records()[:-1]))
    now.clock.advance(30 * 86_400)

    await now.check.look()
    assert now.health.warnings == set()
    now.operator.entries = records()
    await now.check.look()

    assert now.health.warnings == set()


async def test_a_receipt_that_names_the_record_of_another_event_is_told(life: Begin) -> None:
    """The record is in the log, and not of this delivery: only the router's key lies so."""
    rows = inbox()
    at = next(at for at, row in enumerate(rows) if b'"receipt"' in (row.value or b""))
    said = orjson.loads(rows[at].value or b"")
    other = next(leaf for leaf in leaves() if leaf != claims(rows[at])["dec"])
    forged = claims(rows[at]) | {"dec": other}
    said["data"]["receipt"] = sign_jws(forged, RECEIPT, realm_keys(REALM).router)
    lie = replace(rows[at], value=canonical(said))

    now = await life(Operator(records()), [*rows[:at], lie, *rows[at + 1 :]])
    await now.check.look()

    assert now.health.warnings == {"record_not_in_log_civil"}
    assert missing(now.metrics) == 1.0


async def test_a_record_in_a_fork_is_told_at_once(life: Begin) -> None:
    """The log's keeper shows a history with the delivery in it, with witnesses who lie."""
    honest = await life(Operator(records()[:-3]))
    await honest.check.look()

    now = await life(Operator([*records()[:-4], *records()[-3:]]))
    await now.check.look()

    assert now.health.warnings == {"mirror_contradicted_civil"}


def long_log() -> list[bytes]:
    """The records that the inbox names, behind six hundred others."""
    return [*(b'{"index":%d}' % at for at in range(600)), *records()]


@pytest.mark.parametrize("before", [0, 300])
async def test_a_log_that_is_shortened_is_told(life: Begin, before: int) -> None:
    """To an agency that begins to follow it, and to one that had most of what is missing."""
    earlier = await life(Operator(long_log()[:before]))
    await earlier.check.look()
    now = await life(Operator(long_log(), dropped=2))
    now.log.good_at -= TERM + 1

    assert await now.later() == {"log_not_followed_civil"}


async def test_a_look_that_never_ends_delays_no_alarm(tmp_path: Path) -> None:
    """Of neither realm: the one log's server keeps its reader waiting, the other's is silent."""

    class Endless(Operator):
        def __call__(self, path: str) -> bytes:
            assert held.wait(PATIENCE)
            return super().__call__(path)

    held, health, metrics = Event(), ServiceHealth(), Metrics(AGENCY)
    logs = [
        FollowedLog("criminal", ORIGIN, tmp_path / "held", policy(), Endless([])),
        FollowedLog(REALM, ORIGIN, tmp_path / "silent", policy(), Operator([], silent=True)),
    ]
    check = LogCheck(logs, world().clock, metrics, health, term_s=TERM, look_s=0.01)
    for each in logs:
        each.good_at -= TERM + 1

    running = asyncio.create_task(check.run())
    await eventually(lambda: len(health.warnings) == 2 and logs[1].code != "")
    told, codes = set(health.warnings), [each.code for each in logs]
    held.set()
    running.cancel()
    await asyncio.wait([running])
    check.close()

    assert told == {"log_not_followed_civil", "log_not_followed_criminal"}
    assert codes == ["", "log_not_there"]


async def test_a_silent_auditor_is_no_lie_of_the_routers(life: Begin) -> None:
    """It is told as what it is, once the term is over, and passes; then all has been found."""
    now = await life(Operator(records()[:-1], silent=True))
    assert await now.later() == set()
    now.log.good_at -= TERM + 1
    assert await now.later() == {"log_not_followed_civil"}

    now.operator.silent = False
    assert await now.later() == {"record_not_in_log_civil"}
    now.operator.entries = records()

    assert await now.later() == set()
    assert missing(now.metrics) == 0.0
    assert now.log.awaited._searched_for == {}
