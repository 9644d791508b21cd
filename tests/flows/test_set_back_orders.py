"""The owners say that a desk has ended long since: its senders' services go by when the order stood there."""

from __future__ import annotations

from typing import Any

from contracts.encoding import rfc3339
from contracts.log.orders.order import make_order
from contracts.log.orders.succession import DAY_S, SUCCESSION, succession
from contracts.vocabulary.schema import desk_urn
from tests.flows.desks_changed import join
from tests.flows.key_succession import REALM, Keeper
from tests.flows.test_stories import alert
from tests.world import OWNER, World


def set_back(world: World) -> None:
    """An order without the desk's consent, of which both instants are past."""
    join(world, Keeper(world), "crip", "crip-2")
    world.settle()
    start = world.clock.now()
    world.clock.advance(44 * DAY_S)
    desk, heir = (desk_urn(REALM, name) for name in ("crip", "crip-2"))
    registry = world.registries[REALM]
    value = make_order(
        REALM, SUCCESSION, succession(desk, [heir], start + 30 * DAY_S),
        last=registry.last, start=start, signers=[OWNER],
    )  # fmt: skip
    assert registry.extend([value], world.clock.now()) == []
    world.settle()


def test_a_desk_is_written_to_for_seven_days_from_when_its_end_could_be_known() -> None:
    """Service and router come to the same; after that both name the heir."""
    world = World()
    set_back(world)
    ends = world.clock.now() + 7 * DAY_S
    record: dict[str, Any] = alert(world) | {"to": ["crip"]}

    (event,) = world.post("edu-s", record | {"reference": "child 1"}).events
    world.settle()
    world.clock.advance(7 * DAY_S)
    world.settle()
    late = world.post("edu-s", record | {"reference": "child 2"})

    (to,) = world.status("edu-s", event)["to"]
    assert (to["state"], to["heirs"]) == ("delivered", ["crip-2"])
    assert to["until"] == rfc3339(ends)
    assert (late.status, late.body["to"][0]["reasons"]) == (422, ["desk_ended"])
    assert world.audit()["clean"]
