"""Silence is recorded: overdue, renewed, reopened, repeated until the end."""

from __future__ import annotations

from tests.flows.acts import ack, alert, duty, paris, raw, recorded, same_state
from tests.world import BEGIN, World

DAY = 86_400


def test_an_idle_partition_speaks_of_what_fell_due() -> None:
    """No event comes; a second before it is silent; the record has the due instant itself."""
    world = World()
    raw(world, "edu-s", "IP", ("crip", "assess", "FACTS"))

    world.clock.move_to(paris(world, "2026-09-08 23:59:58"))
    world.settle()
    assert recorded(world, "overdue") == []
    world.clock.move_to(paris(world, "2026-09-10 09:00"))
    world.settle()

    assert recorded(world, "overdue") == [paris(world, "2026-09-08 23:59:59")]
    assert duty(world, "crip", "ACK:received")["overdue"]
    same_state(world)


def test_an_open_duty_is_noticed_again_every_180_days() -> None:
    """A report due in two years is not forgotten, nor is one that stays overdue."""
    world = World()
    order = raw(world, "je", "MEASURE", ("pjj", "mjie", "IDENTITY"), ends_on="2027-09-01")
    ack(world, "pjj", "je", order, "started")

    world.clock.advance(540 * DAY)
    world.settle()

    # Due on day 344: noticed again on day 180, overdue then, noticed again 180 days after that.
    assert [(at - BEGIN) // DAY for at in recorded(world, "renewed")] == [180, 344 + 180]
    assert recorded(world, "overdue") == [paris(world, "2027-08-17 23:59:59")]
    same_state(world)


def test_an_expired_directory_stops_sealing_and_not_reading() -> None:
    """What came can still be opened and counted; nothing new is sealed to keys of the past."""
    world = World()
    answer = world.post("edu-s", alert(world))
    world.settle()

    world.clock.advance(500 * DAY)
    world.settle()
    late = world.post("edu-s", alert(world))

    assert [one.event for one in world.inbox("crip")] == answer.events
    assert all(one["overdue"] for one in world.duties("crip"))
    assert (late.status, late.code) == (503, "directory_expired")
