"""How late it is at least, from one life of an agency's service to the next."""

from __future__ import annotations

import asyncio
from pathlib import Path
from unittest.mock import patch

from services.agency.loops.key_ends import ending_keys
from services.platform.process.metrics import Metrics
from services.platform.store.memory import LostMemoryError, Memory
from tests.flows.test_key_destruction import Watched


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
