"""A desk ends by the owners' order alone, in favour of a desk of its role that goes on."""

from __future__ import annotations

from typing import Any, Final

import orjson
import pytest

from contracts.decision.state.state import DeskEnd
from contracts.log.orders.desk_end import DAY_S, DESK_END
from contracts.log.orders.order import OrderKind
from contracts.log.orders.registry import Registry
from contracts.vocabulary.schema import desk_urn
from contracts.vocabulary.topics import PARTITIONS
from tests.contracts.envelope import kit
from tests.contracts.log.first_orders import begun, next_order
from tests.contracts.log.routed import Bus, said, to

START: Final = kit.NOW + 60
UNTIL: Final = START + 30 * DAY_S
OLD, NEXT, SCHOOL, GONE = (
    desk_urn("civil", name) for name in ("home-1", "home-2", "edu-h-1", "home-9")
)
SOUND: Final[dict[str, Any]] = {"desk": OLD, "successor": NEXT, "until": UNTIL}


def order(registry: Registry, content: dict[str, Any]) -> list[str]:
    """Codes by which an order that the owners have signed is rejected."""
    return registry.extend(next_order(registry, DESK_END, content, START))


def test_each_partition_records_the_end_of_a_desk_at_its_hour_and_goes_on_from_it() -> None:
    """The row is in the state of each, in a replay's and in one that is laid from rows."""
    bus = Bus()
    bus.tick(kit.NOW)
    assert order(bus.registry, SOUND) == []

    bus.tick(START - 1)
    before = [len(bus.routers[number].state.desk_ends) for number in bus.routers]
    bus.tick(START)

    assert before == [0] * len(bus.routers)
    for router in bus.routers.values():
        assert dict(router.state.desk_ends) == {OLD: DeskEnd(NEXT, UNTIL)}
    bus.check(START)


WRONG: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "itself": ("successor_is_desk", {"successor": OLD}),
    "another role": ("successor_differs", {"successor": SCHOOL}),
    "a successor that nobody knows": ("successor_unknown", {"successor": GONE}),
    "a desk that nobody knows": ("desk_unknown", {"desk": GONE}),
    "several": ("order_malformed", {"successor": [NEXT]}),
    "one claim more": ("order_malformed", {"case": "x"}),
    "no number": ("until_wrong", {"until": str(UNTIL)}),
    "six days": ("until_wrong", {"until": START + 6 * DAY_S}),
    "half a year and a day": ("until_wrong", {"until": START + 181 * DAY_S}),
}


def believe(started: Registry, kind: OrderKind, content: dict[str, Any]) -> list[str]:
    """What whoever starts behind the next order says of it."""
    return started.take(next_order(started, kind, content, START)[0], past=True)


@pytest.mark.parametrize(("code", "change"), WRONG.values(), ids=WRONG)
def test_an_order_that_ends_a_desk_wrongly_is_rejected_with_its_own_reason(
    code: str, change: dict[str, Any]
) -> None:
    """Whatever the owners have signed; the next good one is taken.

    Whoever starts looks at its form, and at its desks when asked, and says the same.
    """
    up, started = begun(), begun()

    codes = believe(started, DESK_END, SOUND | change)

    assert order(up, SOUND | change) == [code]
    assert bool(codes) is (code in ("order_malformed", "until_wrong"))
    assert codes or not started.check(started.orders[-1])
    assert (started.rejected[-1], started.orders) == (code, up.orders)
    assert order(up, SOUND) == order(started, SOUND) == []


@pytest.mark.parametrize("chained", [False, True])
def test_an_end_that_was_no_order_is_not_missed_in_the_log(chained: bool) -> None:
    """Whoever starts behind it judges as who was up: the router has recorded all that there is."""
    bus = Bus()
    bus.tick(START)
    orders = list(bus.registry.orders)
    believe(bus.registry, DESK_END, SOUND | {"desk": GONE})
    if chained:
        believe(bus.registry, "layout", {"shards": 1, "partitions": PARTITIONS})
    bus.registry.check_last()

    found = bus.alarms(START)

    assert (found, bus.registry.orders) == ([], orders)
    assert bus.registry.rejected[0] == "desk_unknown"


def test_no_chain_of_successors_leads_back_and_no_desk_ends_twice() -> None:
    """The successor may end itself, but not in favour of the desk that it follows."""
    registry = begun()
    assert order(registry, SOUND) == []

    assert order(registry, {"desk": NEXT, "successor": OLD, "until": UNTIL}) == ["successor_ends"]
    assert order(registry, SOUND) == ["desk_ends"]


def test_what_is_released_too_late_is_not_delivered_to_a_desk_that_has_ended() -> None:
    """It waited in quarantine while the desk ended: it is decided by what is in force then."""
    bus = Bus()
    event = kit.inbound(
        said("parq-civ", "MEASURE", to("home-1", "execute_opp", "IDENTITY"), seed="late")
    )
    (leaf,) = bus.put_aside(event)
    until = START + 7 * DAY_S
    assert order(bus.registry, SOUND | {"until": until}) == []
    bus.tick(START)

    bus.release(leaf, now=until)

    (outcome,) = orjson.loads(
        bus.written[f"relais.{bus.name}.evidence", event.partition][-1].value
    )["decision"]["addressees"]
    assert (outcome["reasons"], outcome["successor"]) == (["desk_ended"], NEXT)
    assert bus.inbox("home-1") == []
    assert bus.alarms(until + 1) == []
