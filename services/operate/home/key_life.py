"""How a signing key follows another: it begins soon, the one before ends a week later.

What a directory says of a signing key stays for a year after its end, so that what it has signed
can be read; what is older is read by the directory of its time. An end is the keeper's to add
(keys §2.5); the key itself signs nothing for it, and may be gone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.envelope.model import CLOCK_SKEW
from contracts.errors import DirectoryError
from contracts.keys.checked_desk import KEEPERS
from contracts.keys.directory import SigningKey
from contracts.keys.keyring import Signer, signing_entry, signing_file
from contracts.keys.sealing_kinds import coordinates
from contracts.keys.verification import ED25519
from services.platform.keys.keystore import read_signer
from services.platform.process.durable_file import make_folder_durably, write_durably

DAY: Final = 86_400
# A key is listed before it begins: then all services have read of it, and no clock is further off.
LEAD: Final = CLOCK_SKEW
OVERLAP: Final = 7 * DAY  # as of encryption keys
LASTS: Final = 3 * 365 * DAY
LISTED: Final = 365 * DAY  # how long a directory lists a key that has ended
SUPERSEDED: Final = "superseded"
STOLEN: Final = "stolen"
_NUMBER: Final = re.compile(r"-(\d+)\Z")

Row = Mapping[str, Any]


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


def signing_rows(
    folder: Path, stem: str, at: int, before: Iterable[Row], ends: Mapping[str, Row]
) -> list[dict[str, Any]]:
    """An owner's entries in the next directory: as they were, the new ones, and who ends when.

    Args:
        at: of the next directory, seconds.
        before: its entries in the last one.
        ends: key id -> `revoked`, `reason` and `since`, of those that are to end now.
    """
    rows = {row["kid"]: dict(row) for row in before}
    listed = tuple(rows)
    for path in key_files(folder, stem):
        key, signer = read_signer(path)
        is_same = coordinates(key.public).items() <= rows.get(key.kid, {}).items()
        if not is_same and _may_stand(key.kid, listed):
            span = key.not_before, key.not_after
            rows[key.kid] = signing_entry(signer, key.public, key.owner, *span)
    inorder = _inorder(_ended(row, ends) for row in rows.values())
    # One that was stolen before it began follows none.
    for row, successor in pairwise([row for row in inorder if row["not_before"] < _end(row)]):
        until = successor["not_before"] + OVERLAP
        is_free = "revoked" not in row or row.get("reason") == SUPERSEDED  # a successor made anew
        if is_free and until < row["not_after"]:
            row |= {"revoked": until, "reason": SUPERSEDED}
    return _current(inorder, at)


def _inorder(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: (row["not_before"], row["kid"]))


def _may_stand(kid: str, listed: Sequence[str]) -> bool:
    """Whether a key is listed, or follows all that are: one that has left does not come back."""
    return kid in listed or _number(kid) > max(map(_number, listed), default=0)


def _number(kid: str) -> int:
    return int(kid.rpartition("-")[2])


def _current(inorder: list[dict[str, Any]], at: int, by: str = "") -> list[dict[str, Any]]:
    """The entries but those that ended a year ago; the newest always stays, and so does `by`."""
    return [
        row for row in inorder if row is inorder[-1] or row["kid"] == by or _end(row) + LISTED > at
    ]


def _end(row: Row) -> int:
    end: int = min(row["not_after"], row.get("revoked", row["not_after"]))
    return end


def _ended(row: dict[str, Any], ends: Mapping[str, Row]) -> dict[str, Any]:
    end = ends.get(row["kid"])
    if end is None:
        return row
    return row | {**end, "revoked": min(end["revoked"], row.get("revoked", end["revoked"]))}


def row_from_outside(row: Row, at: int, before: Row, ends: Mapping[str, Row]) -> dict[str, Any]:
    """The row of a partner that keeps its keys itself: as it asked, and which of them have ended.

    What a stolen key vouches for is left out: the desk receives nothing by it.

    Args:
        at, ends: as of `signing_rows`.
        before: its row in the last directory, if it is in one.
    """
    listed = {key["kid"]: dict(key) for key in before.get("signing", ())}
    known = tuple(listed)
    for key in row["signing"]:
        own = listed.get(key["kid"], {})
        said = {name: own[name] for name in KEEPERS if name in own}
        if _may_stand(key["kid"], known):
            listed[key["kid"]] = dict(key) | (said if own.get("x") == key["x"] else {})
    signing = [_ended(key, ends) for key in _inorder(listed.values())]
    by = row.get("sealing", {}).get("by", "")
    made: dict[str, Any] = {**row, "signing": _current(signing, at, by)}
    if any(key["kid"] == by and key.get("reason") == STOLEN for key in signing):
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
