"""Desks of the world that end by an owners' order; desks and partners that join it at work."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from contracts.keys import keyring
from contracts.keys.keyring import HeldSigners
from contracts.log.orders.desk_end import DAY_S, DESK_END
from contracts.vocabulary.schema import desk_urn
from services.agency.office.office import Office
from services.agency.office.sending.identity import Agency
from services.agency.trade import trade_of
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


def join(world: World, old: str, new: str, role: str = "") -> None:
    """A new desk in the service of another's agency, of its role unless one is named."""
    same, _realms, secrecy = kit.DESKS[old]
    keeper, agency = Keeper(world), world.office(old).agency
    own, ring = keeper.add(new, role or same, secrecy, agency.name if role else "")
    keeper.adopt()
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


def joined(partners: dict[str, tuple[str, str]], *versions: bytes) -> World:
    """A world in which versions came into force, and desks joined: desk -> role and agency."""
    world = World()
    world.clock.advance(30 * kit.DAY)
    for text in versions:
        world.adopt(text)
    keeper, agencies = Keeper(world), []
    for desk, (role, name) in partners.items():
        own, ring = keeper.add(desk, role, agency=name)
        trade = trade_of(name)
        agencies.append(Agency(
            name=name, desks=(desk,), signers={own.owner: HeldSigners(own)},
            rings={own.owner: ring}, secret=name.encode().ljust(32),
            routing={REALM: world.secrets[REALM]}, registries={REALM: world.registries[REALM]},
            intake=trade.intake, describe=trade.words.arrival,
        ))  # fmt: skip
    keeper.adopt()
    for agency in agencies:
        world.join(Office(agency))
    return world
