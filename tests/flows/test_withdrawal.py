"""A withdrawal travels, is confirmed, and cancels no duty that the law imposes."""

from __future__ import annotations

from tests.contracts.envelope.kit import DAY
from tests.flows.acts import alert, duty, owed, same_state
from tests.world import World


def sent(world: World) -> str:
    """An alert that the CRIP has."""
    answer = world.post("edu-s", alert(world))
    world.settle()
    return answer.events[0]


def test_a_withdrawn_event_is_opened_no_more() -> None:
    """The CRIP reads the withdrawal; what was withdrawn comes without content from then on."""
    world = World()
    event = sent(world)

    answer = world.withdraw("edu-s", event)
    world.settle()
    first, second = world.inbox("crip")

    assert answer.status == 202
    assert (first.event, first.error, first.item.get("parts")) == (event, "withdrawn", None)
    assert (second.etype, second.item["answers"][0]["event"]) == ("WITHDRAW", event)
    assert world.status("edu-s", event)["withdrawn"]


def test_an_event_that_nobody_has_cannot_be_withdrawn() -> None:
    """Refused by the service, before anything is published; a second withdrawal likewise."""
    world = World()
    event = sent(world)
    world.withdraw("edu-s", event)
    world.settle()

    assert world.withdraw("edu-s", event).code == "not_delivered"
    assert world.withdraw("edu-h-1", event).code == "event_unknown"


def test_who_takes_an_answer_back_has_not_answered() -> None:
    """The CRIP's final outcome, withdrawn: the imposed feedback is owed again, and overdue."""
    world = World()
    event = sent(world)
    world.acknowledge("crip", event)
    answer = world.outcome("crip", event, "not_ip", final=True)
    world.settle()
    met = owed(world)

    world.withdraw("crip", answer.events[0])
    world.settle()
    again = owed(world, "crip")
    world.clock.advance(100 * DAY)
    world.settle()

    assert met == []
    assert again == ["crip R39:final"]
    assert duty(world, "crip", "R39:final")["overdue"]
    same_state(world)
