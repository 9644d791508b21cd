"""The synthetic federation of the vectors: six desks, a router, their keys, a signed directory.

All keys follow from one seed, so that the same files come out; whoever has the folder has the
seed, and no key here protects anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from contracts.encoding import sha256
from contracts.keys import keyring
from contracts.keys.agreement import Random
from contracts.keys.directory import Directory, EncryptionKey
from contracts.keys.es256 import ORDER
from contracts.keys.sealing_keys import period_of
from contracts.keys.sealing_kinds import SealingPrivate, public_half
from contracts.keys.signers import MemorySigner, PrivateKey, Signer
from contracts.vocabulary.schema import desk_urn, router_urn
from tests.contracts.envelope.kit import DAY, pinned
from tests.vectors.specification.federation import AT

SEED: Final = "conformance"
REALM: Final = "civil"
YEAR: Final = 365 * DAY
KEEPER: Final = "urn:relais:owner:directory"
# desk -> role, bound by secrecy, of P-256 rather than of Curve25519
_DESKS: Final = {
    "edu-s": ("EDU-S", True, False),
    "pol": ("POL", False, True),
    "crip": ("CRIP", True, False),
    "ase": ("ASE", True, False),
    "crip-east": ("CRIP", True, False),
    "crip-west": ("CRIP", True, False),
}
TESTED: Final = "crip"  # the desk whose part the tested system takes
ISSUER: Final = "edu-s"
ROUTER: Final = "router-civil-2"  # its key in use


def draws(*purpose: str) -> Random:
    """A source of bytes that are the same for a purpose: for synthetic keys alone."""
    state, count = sha256("\0".join((SEED, *purpose)).encode()), 0

    def draw(size: int) -> bytes:
        nonlocal count
        out = b""
        while len(out) < size:
            count += 1
            out += sha256(state + count.to_bytes(8, "big"))
        return out[:size]

    return draw


@dataclass(frozen=True)
class SyntheticFederation:
    """What the generator holds of a federation, everybody's private keys included."""

    keeper: MemorySigner
    payload: Mapping[str, Any]
    signers: Mapping[str, Signer]
    private: Mapping[str, SealingPrivate]  # kid -> what opens
    token: str
    directory: Directory

    def newest(self, desk: str) -> EncryptionKey:
        """The key to seal for a desk with."""
        return self.directory.sealing_key(urn(desk), "P30", AT)

    def key_files(self, *kids: str) -> list[Any]:
        """Encryption keys as a desk's files have them."""
        listed = self.directory.encryption
        files = [keyring.encryption_file(self.private[kid], listed[kid]) for kid in kids]
        return [orjson.loads(file) for file in files]


def urn(desk: str) -> str:
    """Urn of a desk by its short id."""
    return desk_urn(REALM, desk)


def _federation() -> SyntheticFederation:
    keeper = MemorySigner("directory-1", KEEPER, signing_private(KEEPER, "directory-1"))
    signers = _signers()
    rows, private = [], dict[str, SealingPrivate]()
    for desk, (role, secrecy, _) in _DESKS.items():
        row, own = _sealing(signers[f"{desk}-sig-2"], desk)
        entries = _entries(signers, f"{desk}-sig")
        label = {"fr": f"Service fictif {role}", "en": f"Synthetic desk {role}"}
        rows.append(keyring.desk_entry(urn(desk), role, secrecy, label, entries, row))
        private |= own
    router = _entries(signers, "router-civil")
    payload = keyring.build_directory(REALM, 1, AT - DAY, AT + YEAR, router, rows)
    token = keyring.sign_directory(payload, keeper)
    directory = keyring.load_directory(token, pinned(keeper))
    return SyntheticFederation(keeper, payload, signers, private, token, directory)


# kid's ending -> validity around `AT`, in days; and whether it was revoked, and when
_LIVES: Final[Mapping[str, tuple[int, int, int | None]]] = {
    "1": (-800, -100, None),  # ended
    "2": (-400, 400, None),  # in use
    "3": (-400, 400, -2),  # revoked two days ago
    "4": (30, 400, None),  # not valid yet
}


def _signers() -> dict[str, Signer]:
    """Key id -> signer, a stranger among them."""
    owners = {f"{desk}-sig": (urn(desk), on_p256) for desk, (*_, on_p256) in _DESKS.items()} | {
        "router-civil": (router_urn(REALM), False)
    }
    kids = {f"{stem}-{life}": owner for stem, owner in owners.items() for life in _LIVES}
    kids["stranger-sig-1"] = urn(ISSUER), False
    return {
        kid: MemorySigner(kid, owner, signing_private(owner, kid, on_p256=on_p256))
        for kid, (owner, on_p256) in kids.items()
    }


def _entries(signers: Mapping[str, Signer], stem: str) -> list[dict[str, Any]]:
    """What a directory says of an owner's keys."""
    found = []
    for life, (begins, ends, revoked) in _LIVES.items():
        signer = signers[f"{stem}-{life}"]
        span = AT + begins * DAY, AT + ends * DAY
        entry = keyring.signing_entry(signer, signer.public, signer.owner, *span)
        if revoked is not None:
            entry |= {"revoked": AT + revoked * DAY, "reason": "superseded"}
        found.append(entry)
    return found


def signing_private(owner: str, kid: str, *, on_p256: bool = False) -> PrivateKey:
    """The private half of a signing key."""
    random = draws("signing", owner, kid)
    return _on_p256(random) if on_p256 else Ed25519PrivateKey.from_private_bytes(random(32))


def _on_p256(random: Random) -> ec.EllipticCurvePrivateKey:
    number = int.from_bytes(random(32), "big") % (ORDER - 1) + 1
    return ec.derive_private_key(number, ec.SECP256R1())


def _sealing(signer: Signer, desk: str) -> tuple[dict[str, Any], dict[str, SealingPrivate]]:
    """A desk's keys of this month, the one before and the next, as listed; kid -> private."""
    private, classes = dict[str, SealingPrivate](), dict[str, dict[str, bytes]]()
    for retention in ("P30", "P90"):
        classes[retention] = {}
        for moment in (AT - 30 * DAY, AT, AT + 30 * DAY):
            label = period_of(retention, moment).label
            kid = f"{desk}-{retention.lower()}-{label}"
            random = draws("sealing", kid)
            private[kid] = (
                _on_p256(random) if _DESKS[desk][2]
                else X25519PrivateKey.from_private_bytes(random(32))
            )  # fmt: skip
            classes[retention][label] = public_half(private[kid])
    return keyring.sealing_row(signer, owner=signer.owner, keys=classes, iat=AT - 10 * DAY), private


FED: Final = _federation()
KEPT: Final = FED.newest(TESTED).kid  # of the tested desk's keys the one whose private half it has
