"""Desks of the world that end by an owners' order, and a desk that joins to follow one."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from contracts.keys import keyring
from contracts.log.orders.desk_end import DAY_S, DESK_END
from contracts.vocabulary.schema import desk_urn
from services.agency.office.office import Office
from tests.contracts.envelope import kit
from tests.flows.acts import CASE, raw
from tests.flows.key_succession import REALM, Keeper
from tests.world import World

DAYS: Final = 30  # of notice


def end_desk(world: World, desk: str, successor: str) -> int:
    """Order the end of a desk; the instant from which it is sent nothing new."""
    until = world.clock.now() + DAYS * DAY_S
    urns = {"desk": desk_urn(REALM, desk), "successor": desk_urn(REALM, successor)}
    world.order(REALM, DESK_END, {**urns, "until": until})
    world.settle()
    return until


def after_its_day(world: World) -> None:
    """Let the notice run out."""
    world.clock.advance(DAYS * DAY_S)
    world.settle()


def join(world: World, old: str, new: str) -> None:
    """A new desk of a desk's role, in its agency's service."""
    role, _realms, secrecy = kit.DESKS[old]
    keeper = Keeper(world)
    own, ring = keeper.add(new, role, secrecy)
    keeper.adopt()
    agency = world.office(old).agency
    grown = replace(
        agency,
        desks=tuple(sorted({*agency.desks, new})),
        signers=dict(agency.signers) | {own.owner: keyring.HeldSigners(own)},
        rings=dict(agency.rings) | {own.owner: ring},
    )
    world.agencies.remove(agency.name)
    world.join(Office(grown))
    world.settle()


def place(world: World, home: str = "home-1", case: str = CASE) -> str:
    """An emergency order: the home owes its receipt within the hour."""
    return raw(
        world, "parq-civ", "MEASURE", (home, "execute_opp", "IDENTITY"), case=case,
        decided_on="2026-09-07",
    )  # fmt: skip
