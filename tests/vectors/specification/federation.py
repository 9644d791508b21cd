"""The small federation of the vectors: three desks, a router, owners; keys that never change."""

from __future__ import annotations

from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.conventions import shipped
from contracts.encoding import b64u, digest
from contracts.keys import keyring as keys
from contracts.keys.directory import EncryptionKey
from contracts.keys.sealing_keys import period_of
from contracts.keys.sealing_kinds import ECDH, public_half
from contracts.vocabulary.schema import desk_urn, router_urn, short
from tests.contracts.envelope.kit import DAY, Realm, pinned, sealing, signer
from tests.contracts.log.first_orders import KEEPER

AT: Final = 1_795_514_400  # Tuesday 2026-11-24, 10:00 UTC
BEGUN: Final = AT - 30 * DAY  # when the orders hold
CRIP, PARQUET, SCHOOL = (desk_urn("civil", desk) for desk in ("crip", "parq-civ", "edu-s"))
ROUTING_SECRET: Final = b"routing secret of the vectors 32"
AGENCY_SECRET: Final = b"agency secret of the vectors, 32"
CONVD: Final = digest(shipped())
_DESKS: Final = {SCHOOL: ("EDU-S", True), CRIP: ("CRIP", True), PARQUET: ("PARQ-CIV", False)}


def _keys() -> Realm:
    router = signer(router_urn("civil"), "router-civil-1")
    month = period_of("P30", AT).label
    signers, rings, rows = {}, {}, []
    for urn, (role, secrecy) in _DESKS.items():
        desk = short(urn)
        signers[desk] = own = signer(urn, f"{desk}-sig-1")
        private = sealing(kid := f"{desk}-p30-{month}")
        rings[desk] = keys.MemoryKeyRing({kid: private})
        label = {"fr": f"Service {role}", "en": f"Desk {role}"}
        listed = {"P30": {month: public_half(private)}}
        row = keys.sealing_row(own, owner=urn, keys=listed, iat=BEGUN)
        rows.append(keys.desk_entry(urn, role, secrecy, label, [signing_row(own)], row))
    payload = keys.build_directory("civil", 1, BEGUN, AT + 400 * DAY, [signing_row(router)], rows)
    token, keepers = keys.sign_directory(payload, KEEPER), pinned(KEEPER)
    directory = keys.load_directory(token, keepers)
    return Realm("civil", router, KEEPER, keepers, signers, rings, payload, token, directory)


def signing_row(own: keys.MemorySigner) -> dict[str, Any]:
    """A signing key's entry."""
    return keys.signing_entry(own, own.public, own.owner, BEGUN, AT + 800 * DAY)


def sealing_key(urn: str) -> EncryptionKey:
    """What one seals for a desk with."""
    return KEYS.directory.sealing_key(urn, "P30", AT)


def public_jwk(own: keys.MemorySigner) -> dict[str, str]:
    """A verification key."""
    return {
        "kty": "OKP", "crv": "Ed25519", "alg": own.alg, "kid": own.kid, "owner": own.owner,
        "x": b64u(own.public),
    }  # fmt: skip


def signing_jwk(own: keys.MemorySigner) -> dict[str, str]:
    """A desk's private signing key; synthetic, as all here."""
    assert isinstance(own._private, Ed25519PrivateKey)
    return public_jwk(own) | {"d": b64u(own._private.private_bytes_raw())}


def private_jwk(urn: str) -> dict[str, str]:
    """A desk's private decryption key; synthetic, as all here."""
    key = sealing_key(urn)
    return {
        "kty": "OKP", "crv": "X25519", "alg": ECDH, "kid": key.kid, "owner": urn,
        "x": b64u(key.public), "d": b64u(sealing(key.kid).private_bytes_raw()),
    }  # fmt: skip


KEYS: Final = _keys()
