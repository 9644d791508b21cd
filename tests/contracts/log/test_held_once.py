"""What a state holds: one that was rebuilt needs no more memory than one that has been at work."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import fields, is_dataclass

import orjson

from contracts.decision.state.effects import evolve
from contracts.decision.state.state import State
from contracts.decision.state.view import View
from tests.contracts.envelope import kit
from tests.contracts.log.bus import Bus, inbound

EVENTS = 60
MARGIN = 1.02  # small integers and the like


def parts(value: object) -> Iterable[object]:
    """What an object of a state is made of."""
    if isinstance(value, dict):
        return [*value.keys(), *value.values()]
    if isinstance(value, list | tuple | set | frozenset):
        return value
    if is_dataclass(value):
        return [getattr(value, field.name) for field in fields(value)]
    return ()


def held(*values: object) -> int:
    """Bytes of all objects that these are made of, each counted once."""
    todo, known = list(values), dict[int, object]()
    while todo:
        value = todo.pop()
        if id(value) not in known:
            known[id(value)] = value
            todo += parts(value)
    return sum(map(sys.getsizeof, known.values()))


def test_a_rebuilt_state_is_no_larger_than_the_one_at_work() -> None:
    """A shard that lived within its limit of memory must be able to start again within it."""
    bus = Bus()
    bus.tick(kit.NOW)
    for at in range(EVENTS):
        bus.route(inbound(bus, seed=f"event {at}", case=f"case {at}"))

    living = held(*(router.state for router in bus.routers.values()))
    rebuilt = held(*(bus.rebuilt(number) for number in bus.routers))

    assert rebuilt <= living * MARGIN


def test_what_events_say_alike_is_held_once() -> None:
    """Desks, clauses and scopes come from short lists: a thousand events add none of their own."""
    view = View(State())

    for number in range(2):
        effect = {
            "k": "event", "sub": f"case {number}", "jti": f"event {number}", "iss": "crip",
            "etype": "IP", "iat": 1, "desks": {"edu-s": {"grant": "R01", "scopes": ["FACTS"]}},
        }  # fmt: skip
        evolve(view, [orjson.loads(orjson.dumps(effect))], "leaf")  # as a log is read

    first, second = (view.case(f"case {at}").events[f"event {at}"] for at in range(2))
    assert first.iss is second.iss
    assert first.etype is second.etype
    assert next(iter(first.desks)) is next(iter(second.desks))
    assert next(iter(first.desks.values())) is next(iter(second.desks.values()))
