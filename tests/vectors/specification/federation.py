"""The small federation of the vectors: three desks, a router, owners; keys that never change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from contracts.conventions import shipped
from contracts.encoding import b64u, digest
from contracts.keys import keyring as keys
from contracts.keys.directory import Directory, EncryptionKey, SigningKey
from contracts.keys.sealing_keys import period_of
from contracts.keys.sealing_kinds import ECDH, public_half
from contracts.keys.signers import Signer
from contracts.log.orders.order import OrderKind
from contracts.vocabulary.schema import desk_urn, router_urn, short
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
class Keys:
    """Everybody's keys, a desk's by its urn, and the directory that lists them."""

    router: keys.MemorySigner
    keeper: keys.MemorySigner
    owner: keys.MemorySigner
    signing: dict[str, keys.MemorySigner]
    private: dict[str, X25519PrivateKey]
    payload: dict[str, Any]
    token: str
    directory: Directory

    def sealing(self, urn: str) -> EncryptionKey:
        """What one seals for a desk with."""
        return self.directory.sealing_key(urn, "P30", AT)


def _keys() -> Keys:
    router = signer(router_urn("civil"), "router-civil-1")
    keeper = signer("urn:relais:owner:directory", "directory-1")
    owner = signer("urn:relais:owner:convention", "convention-1")
    signing = {urn: signer(urn, f"{short(urn)}-sig-1") for urn in _DESKS}
    month = period_of("P30", AT).label
    private = {urn: sealing(f"{short(urn)}-p30-{month}") for urn in _DESKS}
    rows = []
    for urn, (role, secrecy) in _DESKS.items():
        label = {"fr": f"Service {role}", "en": f"Desk {role}"}
        listed = keys.sealing_row(
            signing[urn], owner=urn, keys={"P30": {month: public_half(private[urn])}}, iat=BEGUN
        )
        entries = [signing_row(signing[urn])]
        rows.append(keys.desk_entry(urn, role, secrecy, label, entries, listed))
    payload = keys.build_directory("civil", 1, BEGUN, AT + 400 * DAY, [signing_row(router)], rows)
    token = keys.sign_directory(payload, keeper)
    directory = keys.load_directory(token, {keeper.kid: pinned(keeper)})
    return Keys(router, keeper, owner, signing, private, payload, token, directory)


def signing_row(own: keys.MemorySigner) -> dict[str, Any]:
    """A signing key's entry."""
    return keys.signing_entry(own, own.public, own.owner, BEGUN, AT + 800 * DAY)


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


def private_jwk(urn: str) -> dict[str, str]:
    """A desk's private decryption key; synthetic, as all here."""
    key = KEYS.sealing(urn)
    return {
        "kty": "OKP", "crv": "X25519", "alg": ECDH, "kid": key.kid, "owner": urn,
        "x": b64u(key.public), "d": b64u(KEYS.private[urn].private_bytes_raw()),
    }  # fmt: skip


def contents() -> tuple[tuple[OrderKind, dict[str, Any]], ...]:
    """What the first three orders say."""
    return (
        ("layout", {"shards": 1, "partitions": PARTITIONS}),
        ("adopt_directory", {"directory": KEYS.directory.digest}),
        ("adopt_convention", adoption(shipped())),
    )


KEYS: Final = _keys()
