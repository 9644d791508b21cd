"""Desks of the world that end by an order with their consent; and a third home."""

from __future__ import annotations

import copy
from dataclasses import replace
from functools import lru_cache
from typing import Final

from contracts.keys import keyring
from contracts.log.orders.succession import DAY_S, SUCCESSION, sign_consent, succession
from contracts.vocabulary.schema import desk_urn
from services.agency.office.office import Office
from services.play.demo.bus import WEEKS
from tests.contracts.envelope import kit
from tests.flows.acts import CASE, raw
from tests.world import World, realm_keys

DAYS: Final = 30  # that old and new desk overlap
OVERLAP: Final = DAYS * DAY_S
THIRD: Final = "home-3"


def pass_on(world: World, desk: str, *heirs: str, days: int = DAYS, lag: int = 0) -> int:
    """Let a desk end, recorded `lag` seconds later; the instant from which it is told nothing."""
    start = world.clock.now()
    until = start + days * DAY_S
    urns = [desk_urn("civil", heir) for heir in heirs]
    bare = succession(desk_urn("civil", desk), urns, until)
    consent = sign_consent("civil", bare, start, _signer(desk))
    world.order("civil", SUCCESSION, succession(bare["desk"], urns, until, consent))
    world.clock.advance(lag)
    world.settle()
    return until


def place(world: World, home: str = "home-1", case: str = CASE) -> str:
    """An emergency order: the home owes its receipt within the hour."""
    return raw(
        world, "parq-civ", "MEASURE", (home, "execute_opp", "IDENTITY"), case=case,
        decided_on="2026-09-07",
    )  # fmt: skip


def three_homes(partitions: int = 6) -> World:
    """A world whose child welfare opens a third home before anything else happens."""
    world, urn = World(partitions=partitions), desk_urn("civil", THIRD)
    token, ring = _third_home()
    world.order("civil", "adopt_directory", {"directory": token})
    agency = world.office("home-1").agency
    world.agencies.remove(agency.name)
    world.join(
        Office(
            replace(
                agency,
                desks=(*agency.desks, THIRD),
                signers={**agency.signers, urn: keyring.HeldSigners(_signer(THIRD))},
                rings={**agency.rings, urn: ring},
            )
        )
    )
    world.settle()
    return world


@lru_cache(maxsize=1)
def _third_home() -> tuple[str, keyring.MemoryKeyRing]:
    """The next directory with the home in it, and its private keys: made once for all."""
    here, own = realm_keys("civil"), _signer(THIRD)
    payload = copy.deepcopy(here.payload)
    payload["version"] += 1
    private, entries = kit._encryption(own, THIRD, payload["iat"] + kit.DAY, WEEKS + 2)
    label = {"fr": "Troisième foyer", "en": "Third home"}
    row = keyring.desk_entry(own.owner, "HOME", True, label, [kit.signing_row(own)], entries)
    payload["desks"] = sorted([*payload["desks"], row], key=lambda one: str(one["desk"]))
    return keyring.sign_directory(payload, here.keeper), keyring.MemoryKeyRing(private)


def _signer(desk: str) -> keyring.Ed25519Signer:
    return realm_keys("civil").signers.get(desk) or kit.signer(
        desk_urn("civil", desk), f"{desk}-s1"
    )
