"""What an agency counts of duties and gaps, by realm and role; new desks; how late it is."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from pathlib import Path
from unittest.mock import patch

import pytest

from contracts.vocabulary.schema import desk_urn
from services.agency.loops.key_ends import ending_keys
from services.agency.loops.watching import count, following
from services.platform.process.exit_codes import UnreachableError
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth
from services.platform.store.memory import LostMemoryError, Memory
from tests.flows.test_key_destruction import Watched
from tests.samples import concern
from tests.world import World

DAY = 86_400
AGENCY = "child_welfare"


def page(world: World, agency: str, at: int) -> str:
    """What an agency's `/metrics` says of duties and gaps at an instant."""
    metrics = Metrics(agency)
    count(world.offices[agency], at, metrics)
    return metrics.page().decode()


def test_duties_are_counted_for_their_debtor_and_late_ones_apart() -> None:
    """The CRIP owes two answers; a year later both are late; the school owes none."""
    world = World()
    world.post("edu-s", concern())
    world.settle()
    now = page(world, AGENCY, world.clock.now())
    later = page(world, AGENCY, world.clock.now() + 365 * DAY)
    school = page(world, "education", world.clock.now())

    assert 'relais_duties_open{realm="civil",role="CRIP"} 2.0' in now
    assert 'relais_duties_overdue{realm="civil",role="CRIP"} 0.0' in now
    assert 'relais_duties_overdue{realm="civil",role="CRIP"} 2.0' in later
    assert 'relais_duties_open{realm="civil",role="EDU-S"} 0.0' in school
    assert "crip" not in now


async def watched(served: Collection[str], limit_s: float) -> None:
    """Follow control for as long, at most."""
    world, health = World(), ServiceHealth()
    health.expect("control", 10)
    office = world.offices[AGENCY]
    inboxes = office.agency.inboxes(world.clock.now())
    own = office.agency.signers.keys() | set(served)
    async with asyncio.timeout(limit_s):
        await following({}, office, inboxes, lambda: own, world.clock, health)


async def test_a_service_starts_anew_for_a_desk_whose_keys_lay_there_first() -> None:
    """Its keys first, then the order: nobody has to start the service at one instant."""
    with pytest.raises(UnreachableError, match="inputs_changed"):
        await watched([desk_urn("civil", "crip-2")], 60)


async def test_it_stays_for_a_desk_that_keeps_its_keys_itself() -> None:
    """Which is listed, and none of this service's."""
    with pytest.raises(TimeoutError):
        await watched([], 0.1)


async def life(desk: Watched, kept: Memory) -> bool:
    """Begin a life after the key's end, of which nothing says anything; if it is there."""
    desk.world.clock.move_to(desk.ends + 3600)
    clock, metrics = desk.world.clock, Metrics("child_welfare")
    task = asyncio.create_task(ending_keys(desk.world.office("crip"), clock, metrics, kept))
    await asyncio.sleep(0)
    await kept.aside(int)  # after the step that it has begun
    task.cancel()
    return desk.ring.private(desk.kid) is not None


async def test_a_new_start_goes_by_what_the_last_one_knew(tmp_path: Path) -> None:
    """A quiet desk loses its keys on time, through restarts."""
    desk, kept = Watched(), Memory(tmp_path / "memory.sqlite")
    desk.world.acknowledge("crip", desk.event)
    heard = desk.world.office("crip").fold.witnessed

    first = await life(desk, kept)
    told = int(kept.get("time"))
    with kept.changing() as rows:
        rows["time"] = b"%d" % (desk.ends + 60)
    last = await life(desk, kept)

    assert (first, last) == (True, False)
    assert told == heard > 0
    assert int(kept.get("time")) == desk.ends + 60


async def test_what_was_lost_for_a_moment_is_not_overwritten_by_less(tmp_path: Path) -> None:
    """A disk that failed at the start only: the time that was kept is a maximum."""
    desk, kept = Watched(), Memory(tmp_path / "memory.sqlite")
    with kept.changing() as rows:
        rows["time"] = b"%d" % (desk.ends + 60)
    with patch.object(Memory, "get", side_effect=LostMemoryError("once")):
        await life(desk, kept)

    assert int(kept.get("time")) == desk.ends + 60
