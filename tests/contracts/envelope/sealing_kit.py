"""Desks that are sealed for otherwise than on X25519, in a directory beside all the others."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec

from contracts.keys import keyring
from contracts.keys.directory import Directory
from contracts.keys.hybrid import HybridPrivateKey
from contracts.keys.sealing_kinds import HYBRID, P256, SealingPrivate, public_half
from tests.contracts.envelope import kit

WEEK: Final = keyring.week_of(kit.NOW)
BEFORE: Final = keyring.week_of(kit.NOW - 7 * kit.DAY)
PRIVATE: Final[dict[str, SealingPrivate]] = {
    P256: ec.derive_private_key(20261127, ec.SECP256R1()),
    HYBRID: HybridPrivateKey(bytes(range(32))),
}


@lru_cache(maxsize=2)
def directory_of(kind: str, desk: str = "crip") -> Directory:
    """The civil directory in which a desk has keys of a kind from this week on, of X25519 before."""
    here = kit.realm()
    payload = {**here.payload, "desks": [dict(row) for row in here.payload["desks"]]}
    (row,) = (one for one in payload["desks"] if one["desk"] == here.urn(desk))
    del row["encryption"]
    before = kit.sealing(f"{desk}-p30-{BEFORE.label}").public_key().public_bytes_raw()
    keys = {"P30": {BEFORE.label: before, WEEK.label: public_half(PRIVATE[kind])}}
    row["sealing"] = keyring.sealing_row(
        here.signers[desk], owner=here.urn(desk), keys=keys, iat=kit.NOW - kit.DAY
    )
    return keyring.check_directory(payload)


def ring_of(kind: str, desk: str = "crip") -> keyring.MemoryKeyRing:
    """That desk's private keys."""
    before = f"{desk}-p30-{BEFORE.label}"
    return keyring.MemoryKeyRing(
        {before: kit.sealing(before), f"{desk}-p30-{WEEK.label}": PRIVATE[kind]}
    )
