"""What is in force is what control says; files speak only where control says nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contracts.conventions import shipped
from contracts.errors import LogError, UsageError
from contracts.keys.directory import DeskEntry
from contracts.log.orders.layout import Layout
from contracts.log.orders.order import make_order
from contracts.log.orders.registry import Registry
from services.operate.agreed import Agreed, from_registry, planned_topics, wanted_rights
from tests.contracts.decision.asking import CONVENTION
from tests.contracts.envelope import kit
from tests.contracts.log import first_orders as control

AT = kit.NOW
OTHER = replace(CONVENTION, grants=())  # what a file says that nobody adopted
FILES = Agreed(OTHER, kit.realm("civil").directory)


def _registry(*orders: bytes) -> Registry:
    registry = Registry("civil", control.owners())
    assert registry.extend(orders) == []
    return registry


def test_control_wins_over_files_from_the_hour_of_its_adoptions() -> None:
    """What nobody has signed into an order, or is announced, gives nothing to anybody."""
    registry = _registry(*control.first_orders("civil", 2))
    found, early = (from_registry(registry, FILES, at) for at in (AT, AT - 2 * kit.DAY))

    assert found.convention.digest == CONVENTION.digest
    assert (early.convention, early.directory) == (OTHER, FILES.directory)
    assert found.layouts == early.layouts == (Layout(1, 2),)
    assert "relais.civil.inbox.child_welfare" in {one.name for one in planned_topics([found])}
    assert not [one for one in planned_topics([FILES]) if ".inbox." in one.name]


def test_topics_have_the_partitions_of_the_first_layout() -> None:
    """What a home chose counts until then, and never after it."""
    chosen = replace(FILES, partitions=48)
    begun = from_registry(_registry(*control.first_orders("civil", 1, 24)), chosen, AT)
    empty = from_registry(_registry(), chosen, AT)

    for found, number in ((begun, 24), (empty, 48)):
        own = {one.name.split(".")[2]: one.partitions for one in planned_topics([found])}
        assert own.pop("control") == 1
        assert set(own.values()) == {number}


def test_no_file_stands_in_for_a_convention_that_was_refused() -> None:
    """Where control holds a convention without its parties' signatures, nothing is computed."""
    registry = _registry(*control.first_orders()[:3])
    unsigned = make_order(
        "civil", "adopt_convention", {"convention": shipped().decode()},
        last=registry.last, start=AT - kit.DAY, signers=[control.OWNER],
    )  # fmt: skip
    assert registry.extend([unsigned]) != []

    with pytest.raises(LogError):
        from_registry(registry, FILES, AT)


def test_a_desk_in_another_agency_than_agreed_has_no_right_there() -> None:
    """A directory that moves a desk to another house gives that house nothing of it."""
    directory = kit.realm("civil").directory
    urn = "urn:relais:civil:desk:crip"
    moved = {**directory.desks, urn: replace(directory.desks[urn], agency="police")}

    before = wanted_rights([Agreed(CONVENTION, directory)])
    after = wanted_rights([Agreed(CONVENTION, replace(directory, desks=moved))])

    assert set(after) <= set(before)


def test_the_criminal_bus_is_closed_to_a_school_whatever_the_convention_says() -> None:
    """Its desk in that directory ends the command before any broker is asked."""
    directory = kit.realm("criminal").directory
    urn = "urn:relais:criminal:desk:edu-s"
    school = DeskEntry(urn, "EDU-S", "education", False, {"fr": "x", "en": "x"})
    entered = {**directory.desks, urn: school}

    with pytest.raises(UsageError, match="right_forbidden: got EDU-S on the criminal bus"):
        wanted_rights([Agreed(CONVENTION, replace(directory, desks=entered))])
