"""Partners that join a federation at work: each with one desk, and a service like any other."""

from __future__ import annotations

import copy

from contracts.keys import keyring
from contracts.keys.keyring import HeldSigners
from contracts.vocabulary.schema import desk_urn
from services.agency.office.office import Office
from services.agency.office.sending.identity import Agency
from services.agency.trade import trade_of
from services.play.demo.bus import WEEKS
from tests.contracts.envelope import kit
from tests.world import World, realm_keys


def joined(partners: dict[str, tuple[str, str]], *versions: bytes) -> World:
    """A world in which versions came into force, and desks joined: desk -> role and agency."""
    world = World()
    world.clock.advance(30 * kit.DAY)
    for text in versions:
        world.adopt(text)
    here = realm_keys("civil")
    payload, agencies = copy.deepcopy(here.payload), []
    for desk, (role, agency) in partners.items():
        own = kit.signer(desk_urn("civil", desk), f"{desk}-s1")
        private, entries = kit._encryption(own, desk, payload["iat"] + kit.DAY, WEEKS + 2)
        label, keys = {"fr": role, "en": f"{role} desk"}, [kit.signing_row(own)]
        payload["desks"].append(
            keyring.desk_entry(own.owner, role, True, label, keys, entries, agency=agency)
        )
        trade = trade_of(agency)
        agencies.append(
            Agency(
                name=agency, desks=(desk,), signers={own.owner: HeldSigners(own)},
                rings={own.owner: keyring.MemoryKeyRing(private)},
                secret=agency.encode().ljust(32), routing={"civil": world.secrets["civil"]},
                registries={"civil": world.registries["civil"]},
                intake=trade.intake, describe=trade.words.arrival,
            )
        )  # fmt: skip
    payload["version"] += 1
    payload["desks"].sort(key=lambda one: str(one["desk"]))
    token = keyring.sign_directory(payload, here.keeper)
    world.order("civil", "adopt_directory", {"directory": token})
    for one in agencies:
        world.join(Office(one))
    return world
