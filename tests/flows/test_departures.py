"""Desks that left, or that nobody agreed to: routing tells nobody who has no inbox, and goes on."""

from __future__ import annotations

from contracts.conventions import shipped
from tests.contracts.convention.hospital import third
from tests.contracts.envelope import kit
from tests.flows.acts import CASE, decided, draft, owed, raw, recorded, same_state
from tests.flows.desk_ends import join
from tests.flows.key_succession import Keeper
from tests.world import World


def leave(world: World, keeper: Keeper, desk: str) -> None:
    """Take a desk out of the directory."""
    keeper.payload["desks"].remove(keeper.row(desk))
    keeper.adopt()
    world.settle()


def told(world: World, desk: str) -> int:
    """Number of records for a desk, in whatever inbox."""
    return len(kit.addressed(world.rows(".inbox."), desk))


def test_what_is_owed_to_a_desk_that_has_left_falls_overdue_all_the_same() -> None:
    """The record is written and the debtor told; nothing goes where nobody is."""
    world = World()
    raw(world, "psp", "IP", ("crip", "assess", "FACTS IDENTITY"))
    leave(world, Keeper(world), "psp")
    before, crip = told(world, "psp"), told(world, "crip")

    world.clock.advance(4 * kit.DAY)
    world.settle()

    assert recorded(world, "overdue")
    assert told(world, "psp") == before
    assert told(world, "crip") == crip + 1
    assert owed(world) == ["crip ACK:received", "crip R39:final"]
    same_state(world)


def test_what_was_in_flight_to_a_desk_that_has_left_reaches_nobody() -> None:
    """Its key is no longer the directory's: put aside, and the issuer is told."""
    world = World()
    to = ("asso", "specialist_followup", "IDENTITY")
    world.publish_raw("ase", draft("ase", "SPECREF", to))

    leave(world, Keeper(world), "asso")

    assert len(recorded(world, "quarantined")) == 1
    assert (told(world, "asso"), told(world, "ase")) == (0, 1)
    assert world.audit()["clean"]


def test_a_desk_without_any_clause_is_refused_and_not_told() -> None:
    """A role that the convention does not have, in a house that has an outbox: no poison there."""
    world = World()
    join(world, "crip", "umj", "UMJ")

    (event,) = world.publish_raw("umj", draft("umj", "IP", ("crip", "assess", "FACTS"), case=CASE))
    world.settle()

    assert world.decision_on(event)["addressees"][0]["reasons"] == ["no_clause"]
    assert told(world, "umj") == 0
    assert world.audit()["clean"]


def test_an_agency_gets_no_role_from_the_directory_alone() -> None:
    """The convention gives UMJ to the hospital: another agency's desk of that role is nobody."""
    world = World()
    world.clock.advance(30 * kit.DAY)
    world.adopt(third(shipped()))
    keeper = Keeper(world)
    keeper.add("umj", "UMJ", agency="clinic")
    keeper.adopt()

    event = raw(world, "crip", "FEEDBACK", ("umj", "close_loop", "CODE.outcome"))

    assert decided(world, event, "umj")["reasons"] == ["unknown_desk"]
    assert told(world, "umj") == 0
    assert world.audit()["clean"]
