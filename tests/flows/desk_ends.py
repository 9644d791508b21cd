"""Desks of the world that end by an owners' order; desks and partners that join it at work."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from contracts.keys import keyring
from contracts.keys.keyring import HeldSigners, MemoryKeyRing, Signer
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


def joined(partners: dict[str, tuple[str, str]], *versions: bytes) -> World:
    """A world in which versions came into force, and desks joined: desk -> role and agency."""
    world = World()
    world.clock.advance(30 * kit.DAY)
    for text in versions:
        world.adopt(text)
    keeper, agencies = Keeper(world), []
    for desk, (role, agency) in partners.items():
        agencies.append(house(world, agency, desk, *keeper.add(desk, role, agency=agency)))
    keeper.adopt()
    for one in agencies:
        world.join(Office(one))
    return world


def house(world: World, agency: str, desk: str, own: Signer, ring: MemoryKeyRing) -> Agency:
    """An agency of one desk, with valid keys and an outbox."""
    trade = trade_of(agency)
    return Agency(
        name=agency, desks=(desk,), signers={own.owner: HeldSigners(own)},
        rings={own.owner: ring}, secret=agency.encode().ljust(32),
        routing={"civil": world.secrets["civil"]}, registries={"civil": world.registries["civil"]},
        intake=trade.intake, describe=trade.words.arrival,
    )  # fmt: skip
