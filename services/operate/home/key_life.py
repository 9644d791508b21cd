"""How a signing key follows another: it begins soon, the one before ends a week later.

What a directory says of a signing key stays in every later one, so that what it has signed can be
read. An end is the keeper's to add (keys §2.5); the key itself signs nothing for it, and may be
gone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)

from contracts.envelope.model import CLOCK_SKEW
from contracts.errors import DirectoryError, UsageError
from contracts.keys.checked_desk import KEEPERS
from contracts.keys.directory import SigningKey
from contracts.keys.keyring import Signer, signing_entry, signing_file
from contracts.keys.verification import ED25519, ES256, public_members
from services.platform.keys.signers import read_signer
from services.platform.process.durable_file import make_folder_durably, write_durably

DAY: Final = 86_400
# A key is listed before it begins: then all services have read of it, and no clock is further off.
LEAD: Final = CLOCK_SKEW
OVERLAP: Final = 7 * DAY  # as of encryption keys
LASTS: Final = 3 * 365 * DAY
SUPERSEDED: Final = "superseded"
STOLEN: Final = "stolen"
_NUMBER: Final = re.compile(r"-(\d+)\Z")

Row = Mapping[str, Any]


class KeyPlace(NamedTuple):
    """A signing key that was made elsewhere, as in a device.

    Attributes:
        signer: the URI that names it (keys §5.2).
        public: the PEM file of its public half.
    """

    signer: str
    public: Path


def key_files(folder: Path, stem: str) -> list[Path]:
    """An owner's signing key files `<stem>-N.json`, the newest last."""
    numbered = {
        int(number[1]): path
        for path in folder.glob(f"{stem}-*.json")
        if (number := _NUMBER.search(path.stem)) and path.stem == f"{stem}-{number[1]}"
    }
    return [path for _number, path in sorted(numbered.items())]


def make_next(folder: Path, stem: str, number: int, owner: str, begins: int) -> SigningKey:
    """Make the key that follows an owner's others; on the disk when this returns.

    Raises:
        OSError: it cannot be written.
    """
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    key = SigningKey(f"{stem}-{number}", ED25519, owner, public, begins, begins + LASTS)
    make_folder_durably(folder)
    write_durably(folder / f"{key.kid}.json", signing_file(private, key))
    return key


def name_next(
    folder: Path, stem: str, number: int, owner: str, begins: int, place: KeyPlace
) -> SigningKey:
    """Write the file of a key made elsewhere that follows an owner's; on disk on return.

    Raises:
        UsageError: `public_malformed`.
        OSError: it cannot be written.
    """
    alg, public = public_half(place.public)
    key = SigningKey(f"{stem}-{number}", alg, owner, public, begins, begins + LASTS)
    make_folder_durably(folder)
    write_durably(folder / f"{key.kid}.json", signing_file(None, key, place.signer))
    return key


def public_half(path: Path) -> tuple[str, bytes]:
    """Algorithm and public key of a PEM file, as the maker's tool of a device writes one.

    Raises:
        UsageError: `public_malformed`.
    """
    try:
        public = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm):
        public = None
    if isinstance(public, Ed25519PublicKey):
        return ED25519, public.public_bytes_raw()
    if isinstance(public, ec.EllipticCurvePublicKey) and isinstance(public.curve, ec.SECP256R1):
        return ES256, public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    expected = "a public key of Ed25519 or P-256 in PEM"
    raise UsageError("public_malformed", "another file", expected, str(path))


def signing_rows(
    folder: Path, stem: str, before: Iterable[Row], ends: Mapping[str, Row]
) -> list[dict[str, Any]]:
    """An owner's entries in the next directory: as they were, the new ones, and who ends when.

    Args:
        before: its entries in the last one.
        ends: key id -> `revoked`, `reason` and `since`, of those that are to end now.
    """
    rows = {row["kid"]: dict(row) for row in before}
    for path in key_files(folder, stem):
        key, signer = read_signer(path)
        if not public_members(key.alg, key.public).items() <= rows.get(key.kid, {}).items():
            span = key.not_before, key.not_after
            rows[key.kid] = signing_entry(signer, key.public, key.owner, *span)
    inorder = sorted(rows.values(), key=lambda row: (row["not_before"], row["kid"]))
    for row, successor in pairwise(inorder):
        until = successor["not_before"] + OVERLAP
        is_free = "revoked" not in row or row.get("reason") == SUPERSEDED  # a successor made anew
        if is_free and until < row["not_after"]:
            row |= {"revoked": until, "reason": SUPERSEDED}
    return [_ended(row, ends) for row in inorder]


def _ended(row: dict[str, Any], ends: Mapping[str, Row]) -> dict[str, Any]:
    end = ends.get(row["kid"])
    if end is None:
        return row
    return row | {**end, "revoked": min(end["revoked"], row.get("revoked", end["revoked"]))}


def row_from_outside(row: Row, before: Row, ends: Mapping[str, Row]) -> dict[str, Any]:
    """The row of a partner that keeps its keys itself: as it asked, and which of them have ended.

    What a stolen key vouches for is left out: the desk receives nothing by it.

    Args:
        before: its row in the last directory, if it is in one.
        ends: as of `signing_rows`.
    """
    listed = {key["kid"]: dict(key) for key in before.get("signing", ())}
    for key in row["signing"]:
        known = listed.get(key["kid"], {})
        said = {name: known[name] for name in KEEPERS if name in known}
        listed[key["kid"]] = dict(key) | (said if known.get("x") == key["x"] else {})
    signing = {kid: _ended(key, ends) for kid, key in listed.items()}
    made: dict[str, Any] = {**row, "signing": list(signing.values())}
    if signing.get(made.get("sealing", {}).get("by", ""), {}).get("reason") == STOLEN:
        del made["sealing"]
    return made


def signer_among(folder: Path, rows: Iterable[Row], at: int) -> Signer:
    """The newest of an owner's keys that its entries have as valid, and whose file is there.

    Raises:
        DirectoryError: `no_signing_key`.
    """
    for row in sorted(rows, key=lambda row: int(row["not_before"]), reverse=True):
        path = folder / f"{row['kid']}.json"
        ends = min(row["not_after"], row.get("revoked", row["not_after"]))
        if row["not_before"] <= at < ends and path.exists():
            return read_signer(path)[1]
    raise DirectoryError("no_signing_key", "none valid", "a key file of a listed key", folder.name)
