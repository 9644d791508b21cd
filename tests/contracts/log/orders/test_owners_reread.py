"""A party whose key is pinned too late: nothing is taken in another order than others'."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest

from contracts.convention.load import load
from contracts.conventions import SECOND, read
from contracts.keys.keyring import sign_directory
from contracts.log.orders.order import OrderKind, Owners, make_order
from contracts.log.orders.registry import Registry
from tests.contracts.convention.hospital import third
from tests.contracts.convention.parties import PINNED, adoption
from tests.contracts.envelope import kit
from tests.contracts.log.bus import order_values
from tests.world import BEGIN, OWNER, first_orders, realm_keys

WHOLE, FIRST = first_orders("civil")
WITHOUT = replace(WHOLE, parties={kid: key for kid, key in PINNED.items() if "hospital" not in kid})
LATER = BEGIN + 30 * kit.DAY


class Control:
    """All that stands on control, as one who pins every key writes it."""

    def __init__(self) -> None:
        self.registry = Registry("civil", WHOLE)
        self.values: list[bytes | None] = [*FIRST]
        self.registry.extend(self.values)

    def order(self, kind: OrderKind, content: dict[str, Any], at: int) -> bytes:
        """The next order."""
        values = order_values(
            "civil", kind, content, last=self.registry.last, start=at, signers=[OWNER]
        )
        assert self.registry.extend(values) == []
        self.values += values
        return values[-1]


def revoking() -> dict[str, Any]:
    """A directory in which a stolen key is revoked."""
    here = realm_keys("civil")
    payload = copy.deepcopy(here.payload)
    payload["version"] += 1
    payload["desks"][0]["signing"][0]["revoked"] = LATER
    return {"directory": sign_directory(payload, here.keeper)}


def versions(registry: Registry) -> tuple[int, int]:
    """Of the convention and the directory in force."""
    convd, dird = registry.in_force(LATER + kit.DAY)
    return registry.conventions[convd].version, registry.directories[dird].version


@pytest.fixture
def control() -> Control:
    """The second version, a third with a hospital among its parties, then a revocation."""
    made = Control()
    made.order("adopt_convention", adoption(read(SECOND)), LATER)
    made.order("adopt_convention", adoption(third()), LATER + 60)
    made.order("adopt_directory", revoking(), LATER + 120)
    return made


def reader(control: Control, owners: Owners = WITHOUT) -> Registry:
    """Somebody who has read all of it."""
    registry = Registry("civil", owners)
    registry.extend(control.values)
    return registry


@pytest.mark.slow
def test_a_key_that_is_pinned_later_brings_all_that_was_missed(control: Control) -> None:
    """The order it was wanted for and the revocation behind it, as after a restart."""
    running = reader(control)
    missed = versions(running)

    taken = running.reread(control.values, WHOLE)

    assert (missed, running.rejected) == ((2, 1), [])
    assert taken
    assert versions(running) == versions(reader(control, WHOLE)) == (3, 2)


@pytest.mark.slow
def test_owners_by_whom_a_taken_order_would_fall_are_not_taken(control: Control) -> None:
    """What is in the log cannot be untaken: the registry stays as it was."""
    running = reader(control, WHOLE)

    taken = running.reread(control.values, WITHOUT)

    assert not taken
    assert running.owners is WHOLE
    assert versions(running) == (3, 2)


@pytest.mark.slow
def test_an_order_that_cannot_be_judged_here_is_known_as_such(control: Control) -> None:
    """Whoever would write the next one would part control; a missing signature is not that."""
    half = Registry("civil", WHOLE)
    half.extend(control.values[:-3])
    content = adoption(third(), ("education", "police"))
    half.extend(
        [make_order("civil", "adopt_convention", content, last=half.last, start=LATER + 60,
        signers=[OWNER])]
    )  # fmt: skip

    assert reader(control).unpinned
    assert not reader(control, WHOLE).unpinned
    assert (half.rejected, half.unpinned) == (["convention_half_signed"], False)
    assert load(third()).version == 3


@pytest.mark.slow
def test_an_older_directory_does_not_come_back_for_those_who_seal(control: Control) -> None:
    """Ordered again by its own keeper, it is taken by no router, and so by no intake either."""
    old = realm_keys("civil").token
    control.order("adopt_directory", {"directory": old}, LATER + 180)

    registry = reader(control, WHOLE)

    assert versions(registry) == (3, 2)
