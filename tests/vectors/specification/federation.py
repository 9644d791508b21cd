"""The small federation of the vectors: three desks, a router, owners; keys that never change."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from contracts.conventions import shipped
from contracts.encoding import b64u, digest
from contracts.keys import keyring as keys
from contracts.keys.directory import Directory, EncryptionKey, SigningKey
from contracts.keys.sealing_keys import period_of
from contracts.keys.sealing_kinds import ECDH
from contracts.keys.signers import Signer
from contracts.log.orders.order import OrderKind
from contracts.vocabulary.schema import desk_urn, router_urn, short
from contracts.vocabulary.scopes import ROLES
from contracts.vocabulary.topics import PARTITIONS
from tests.contracts.convention.parties import adoption
from tests.contracts.envelope.kit import DAY, sealing, signer

AT: Final = 1_795_514_400  # Tuesday 2026-11-24, 10:00 UTC
BEGUN: Final = AT - 30 * DAY  # when the orders hold
CRIP, PARQUET, SCHOOL = (desk_urn("civil", desk) for desk in ("crip", "parq-civ", "edu-s"))
ROUTING_SECRET: Final = b"routing secret of the vectors 32"
AGENCY_SECRET: Final = b"agency secret of the vectors, 32"
CONVD: Final = digest(shipped())
_DESKS: Final = {SCHOOL: ("EDU-S", True), CRIP: ("CRIP", True), PARQUET: ("PARQ-CIV", False)}


@dataclass(frozen=True)
class SealingKey:
    """An encryption key: the desk's `sealing` it stands in, as a value, its private half."""

    row: dict[str, Any]
    entry: EncryptionKey
    private: X25519PrivateKey


@dataclass(frozen=True)
class Keys:
    """Everybody's keys."""

    router: keys.MemorySigner
    keeper: keys.MemorySigner
    owner: keys.MemorySigner
    signing: dict[str, keys.MemorySigner]
    encryption: dict[str, SealingKey]
    payload: dict[str, Any]
    token: str
    directory: Directory


@lru_cache(maxsize=1)
def _keys() -> Keys:
    router = signer(router_urn("civil"), "router-civil-1")
    keeper = signer("urn:relais:owner:directory", "directory-1")
    owner = signer("urn:relais:owner:convention", "convention-1")
    signing = {urn: signer(urn, f"{urn.rpartition(':')[2]}-sig-1") for urn in _DESKS}
    rows, sealed = [], {}
    for urn, own in signing.items():
        role, secrecy = _DESKS[urn]
        sealed[urn] = _sealing_row(own, urn)
        label = {"fr": f"Service {role}", "en": f"Desk {role}"}
        row = keys.desk_entry(
            urn, role, secrecy, label, [signing_row(own)], sealing=sealed[urn], agency=ROLES[role]
        )
        rows.append(row)
    payload = keys.build_directory("civil", 1, BEGUN, AT + 400 * DAY, [signing_row(router)], rows)
    token = keys.sign_directory(payload, keeper)
    directory = keys.load_directory(token, {keeper.kid: pinned(keeper)})
    encryption = {
        urn: SealingKey(row, directory.encryption[_kid(urn)], sealing(_kid(urn)))
        for urn, row in sealed.items()
    }
    return Keys(router, keeper, owner, signing, encryption, payload, token, directory)


def signing_row(own: keys.MemorySigner) -> dict[str, Any]:
    """A signing key's entry."""
    return keys.signing_entry(own, own.public, own.owner, BEGUN, AT + 800 * DAY)


def _sealing_row(own: keys.MemorySigner, urn: str) -> dict[str, Any]:
    public = sealing(_kid(urn)).public_key().public_bytes_raw()
    return keys.sealing_row(
        own, owner=urn, keys={"P30": {period_of("P30", AT).label: public}}, iat=BEGUN
    )


def _kid(urn: str) -> str:
    return f"{short(urn)}-p30-{period_of('P30', AT).label}"


def pinned(own: Signer) -> SigningKey:
    """A key as an owners file pins it."""
    return SigningKey(own.kid, own.alg, own.owner, own.public, 0, 2**40)


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


def private_jwk(key: SealingKey) -> dict[str, str]:
    """A desk's private decryption key; synthetic, as all here."""
    return {
        "kty": "OKP", "crv": "X25519", "alg": ECDH, "kid": key.entry.kid,
        "owner": key.entry.owner, "x": b64u(key.entry.public),
        "d": b64u(key.private.private_bytes_raw()),
    }  # fmt: skip


def contents() -> tuple[tuple[OrderKind, dict[str, Any]], ...]:
    """What the first three orders say."""
    return (
        ("layout", {"shards": 1, "partitions": PARTITIONS}),
        ("adopt_directory", {"directory": KEYS.directory.digest}),
        ("adopt_convention", adoption(shipped())),
    )


KEYS: Final = _keys()
