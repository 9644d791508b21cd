"""Partners that join a federation at work: each with one desk, and a service like any other."""

from __future__ import annotations

from contracts.keys.keyring import HeldSigners, MemoryKeyRing, Signer
from services.agency.office.office import Office
from services.agency.office.sending.identity import Agency
from services.agency.trade import trade_of
from tests.contracts.envelope import kit
from tests.flows.key_succession import Keeper
from tests.world import World


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
