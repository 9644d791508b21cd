"""Desks of the world that are renamed: directory, order, the service's new start."""

from __future__ import annotations

from dataclasses import replace

from contracts.keys import keyring
from contracts.vocabulary import topics
from contracts.vocabulary.schema import desk_urn
from services.agency.office.office import Office
from tests.contracts.envelope import kit
from tests.flows.key_succession import REALM, Keeper
from tests.flows.passing_on import pass_on
from tests.world import World


def rename(world: World, keeper: Keeper, old: str, new: str) -> None:
    """Give a desk another name: a new desk of its role in its agency's service, and the order."""
    join(world, keeper, old, new)
    pass_on(world, old, new)


def join(world: World, keeper: Keeper, old: str, new: str) -> None:
    """A new desk of a desk's role, in its agency's service, with its references."""
    role, _realms, secrecy = kit.DESKS[old]
    own, ring = keeper.add(new, role, secrecy)
    keeper.adopt()
    urn = own.owner
    agency = world.office(old).agency
    grown = replace(
        agency,
        desks=tuple(sorted({*agency.desks, new})),
        signers=dict(agency.signers) | {urn: keyring.HeldSigners(own)},
        rings=dict(agency.rings) | {urn: ring},
        references={urn: agency.references.get(desk_urn(REALM, old), desk_urn(REALM, old))},
    )
    begin_anew(world, Office(grown))


def leave(world: World, keeper: Keeper, desk: str) -> None:
    """Take a desk that has ended out of the directory."""
    urn = desk_urn(REALM, desk)
    keeper.payload["desks"] = [row for row in keeper.payload["desks"] if row["desk"] != urn]
    keeper.adopt()
    world.settle()


def begin_anew(world: World, office: Office) -> None:
    """A new start of an agency's service: it reads its topics from their beginning."""
    name, at = office.agency.name, world.clock.now()
    office.succeed(at)
    for realm, number in world.routers:
        for desk in office.agency.desks:
            office.view(desk).numbers.start_at((realm, number), complete=True)
        for record in world.topics[topics.outbox(realm, name), number]:
            office.read_back(record, realm, at)
    world.offices[name] = office
    for key in [key for key in world._read if key[0] == name]:
        del world._read[key]
    world.read_inboxes(name)
