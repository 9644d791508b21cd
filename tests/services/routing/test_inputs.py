"""Whose outboxes a shard reads: of the agencies of the day."""

from __future__ import annotations

import copy
from types import SimpleNamespace
from typing import Any, cast

from contracts.keys import keyring
from contracts.vocabulary import topics
from services.routing.inputs import inputs
from services.routing.shard import Shard
from tests.contracts.envelope import kit
from tests.contracts.log.bus import OWNER, Bus, order_values

GONE = topics.outbox("civil", "association")


def without_association(version: int = 2, *, back: bool = False) -> str:
    """A next directory of the civil realm, in which no desk of the association is, or is again."""
    here = kit.realm("civil")
    payload: dict[str, Any] = copy.deepcopy(here.payload)
    payload["version"] = version
    if not back:
        desks = here.directory.desks
        payload["desks"] = [
            row for row in payload["desks"] if desks[str(row["desk"])].agency != "association"
        ]
    return keyring.sign_directory(payload, here.keeper)


def ordered(bus: Bus, token: str) -> None:
    """The owners adopt a directory, and the log says so."""
    values = order_values(
        "civil", "adopt_directory", {"directory": token}, last=bus.registry.last, start=kit.NOW,
        signers=[OWNER],
    )  # fmt: skip
    assert not bus.registry.extend(values), bus.registry.rejected
    bus.tick(kit.NOW)


def shard_of(bus: Bus) -> Shard:
    """What the inputs are told from: a shard of two partitions."""
    two = SimpleNamespace(
        control=bus,
        clock=SimpleNamespace(now=lambda: kit.NOW),
        routers={number: bus.routers[number] for number in (0, 3)},
    )
    return cast("Shard", two)


def test_who_is_announced_is_not_read_before_the_log_has_adopted_it() -> None:
    """Control holds the directory already: its desk would be unknown to every record until then."""
    bus = Bus()
    bus.tick(kit.NOW)
    ordered(bus, without_association())
    values = order_values(
        "civil", "adopt_directory", {"directory": without_association(3, back=True)},
        last=bus.registry.last, start=kit.NOW, signers=[OWNER],
    )  # fmt: skip

    assert not bus.registry.extend(values)

    assert GONE not in {place.topic for place in inputs(shard_of(bus))}
    bus.tick(kit.NOW)
    assert GONE in {place.topic for place in inputs(shard_of(bus))}
