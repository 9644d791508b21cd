"""Directories of the world that change: desks join and end, signing keys follow, are stolen."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from contracts.keys import keyring
from contracts.keys.keyring import HeldSigners, MemoryKeyRing
from contracts.keys.sealing_keys import parts_of
from contracts.log.orders.desk_end import DAY_S, DESK_END
from contracts.vocabulary.schema import desk_urn, router_urn
from services.agency.office.office import Office
from services.operate.home.key_life import LEAD, OVERLAP
from services.play.demo.bus import WEEKS
from tests.contracts.envelope import kit
from tests.flows.acts import CASE, raw
from tests.world import PromptWorld, World, realm_keys

REALM: Final = "civil"
LASTS: Final = 900 * kit.DAY


class Keeper:
    """Whoever keeps the civil directory: every version is one more than the last."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.payload: dict[str, Any] = copy.deepcopy(realm_keys(REALM).payload)

    def entries(self, desk: str) -> list[dict[str, Any]]:
        """The signing entries of a desk, or of the router if none is named."""
        if not desk:
            return self.payload["router"]["signing"]  # type: ignore[no-any-return]
        return self.row(desk)["signing"]  # type: ignore[no-any-return]

    def row(self, desk: str) -> dict[str, Any]:
        """What the next version lists of a desk."""
        urn = desk_urn(REALM, desk)
        return next(row for row in self.payload["desks"] if row["desk"] == urn)

    def add(
        self, desk: str, role: str, secrecy: bool = True, agency: str = ""
    ) -> tuple[keyring.Signer, MemoryKeyRing]:
        """List a desk more in the next version: its signing key, and its decryption keys."""
        own = kit.signer(desk_urn(REALM, desk), f"{desk}-s1")
        private, listed = kit.sealing_keys(own, desk, self.payload["iat"] + kit.DAY, WEEKS + 2)
        label, signing = {"fr": f"Service {desk}", "en": f"Desk {desk}"}, [kit.signing_row(own)]
        row = keyring.desk_entry(own.owner, role, secrecy, label, signing, listed, agency=agency)
        rows = [*self.payload["desks"], row]
        self.payload["desks"] = sorted(rows, key=lambda one: str(one["desk"]))
        return own, MemoryKeyRing(private)

    def follow(
        self, desk: str, begins: int | None = None, *, hand_over: bool = True
    ) -> keyring.Signer:
        """List a second key, ending the first a week later, and adopt; what signs with it."""
        now = self.world.clock.now()
        begins = now + LEAD if begins is None else begins
        urn = desk_urn(REALM, desk) if desk else router_urn(REALM)
        old = realm_keys(REALM).signers[desk] if desk else realm_keys(REALM).router
        new = kit.signer(urn, f"{old.kid[:-1]}2")
        entries = self.entries(desk)
        entries[0] |= {"revoked": begins + OVERLAP, "reason": "superseded"}
        entries.append(keyring.signing_entry(new, new.public, urn, begins, begins + LASTS))
        self.adopt()
        if hand_over and desk:
            agency = self.world.office(desk).agency
            agency.signers[urn] = keyring.HeldSigners(old, new)  # type: ignore[index]
        return new

    def steal(self, desk: str, since: int) -> None:
        """End the first key of a desk now, as stolen, and adopt."""
        now = self.world.clock.now()
        self.entries(desk)[0] |= {"revoked": now, "reason": "stolen", "since": since}
        self.adopt()

    def seal(self, desk: str, destroyed: Mapping[str, int] = MappingProxyType({})) -> None:
        """List all of a desk's encryption keys in a row of its own, but those destroyed."""
        keys: dict[str, dict[str, bytes]] = {}
        for kid in realm_keys(REALM).rings[desk].held():
            _desk, retention, label = parts_of(kid)
            if kid not in destroyed:
                public = kit.sealing(kid).public_key().public_bytes_raw()
                keys.setdefault(retention, {})[label] = public
        self.row(desk)["sealing"] = keyring.sealing_row(
            realm_keys(REALM).signers[desk], owner=desk_urn(REALM, desk), keys=keys,
            iat=self.world.clock.now(), destroyed=destroyed,
        )  # fmt: skip

    def adopt(self) -> None:
        """Sign the next version and order it."""
        self.payload["version"] += 1
        token = keyring.sign_directory(self.payload, realm_keys(REALM).keeper)
        self.world.order(REALM, "adopt_directory", {"directory": token})


def own_ring(world: World, desk: str) -> MemoryKeyRing:
    """A desk's decryption keys, which other worlds do not share, in its service."""
    kids = realm_keys(REALM).rings[desk].held()
    ring = MemoryKeyRing({kid: kit.sealing(kid) for kid in kids})
    world.office(desk).agency.rings[desk_urn(REALM, desk)] = ring  # type: ignore[index]
    return ring


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
    world.wait(DAYS * DAY_S)


def join(world: World, old: str, new: str, role: str = "") -> None:
    """A new desk in the service of another's agency, of its role unless one is named."""
    same, _realms, secrecy = kit.DESKS[old]
    keeper, agency = Keeper(world), world.office(old).agency
    own, ring = keeper.add(new, role or same, secrecy, agency.name if role else "")
    keeper.adopt()
    grown = replace(
        agency,
        desks=tuple(sorted({*agency.desks, new})),
        signers=dict(agency.signers) | {own.owner: HeldSigners(own)},
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


def joined(partners: dict[str, tuple[str, str]], *versions: bytes) -> PromptWorld:
    """A world in which versions came into force, and desks joined: desk -> role and agency."""
    world = PromptWorld()
    world.clock.advance(30 * kit.DAY)
    for text in versions:
        world.adopt(text)
    keeper, agencies = Keeper(world), []
    for desk, (role, name) in partners.items():
        own, ring = keeper.add(desk, role, agency=name)
        agencies.append(world.agency(name, {own.owner: (own, ring)}))
    keeper.adopt()
    for agency in agencies:
        world.join(Office(agency))
    return world
