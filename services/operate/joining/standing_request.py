"""The request of a partner's folder: as it stands, where nothing else is asked for; else made anew, of the same keys.

Owners are told its digest by telephone: one that is made anew without need would be another file under an old digest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from contracts.convention.model import Convention
from contracts.errors import RelaisError, UsageError
from contracts.keys.checked_desk import check_desk
from contracts.keys.entries import EncryptionKey
from contracts.keys.keyring import read_encryption_file, read_signing_file
from contracts.keys.sealing_kinds import public_half
from contracts.vocabulary.schema import desk_urn
from services.operate.joining.partner_settings import kept_settings, write_settings
from services.operate.joining.request import FILE, RequestFile, make_request, read_outside
from services.platform.keys.private_files import read_private

WEEKS: Final = 16  # that keys cover where nobody says


def request_of(
    folder: Path,
    convention: Convention,
    *,
    desk: str,
    role: str,
    label: Mapping[str, str],
    at: int,
    weeks: int | None,
    realm: str,
    reads: Iterable[str],
) -> tuple[RequestFile, bool]:
    """A desk's request, and whether it stood there already.

    Args:
        desk, role, at, realm: as `make_request`.
        label, reads: as `make_request`; empty: as the request that stands there says, if it is of this role.
        weeks: None: as the request says while its keys last, else 16.

    Raises:
        UsageError: `folder_taken`: the folder is another desk's; `key_file_too_open`; those of `make_request`.
    """
    urn = desk_urn(realm, desk)
    standing = _own_request(folder, urn)
    asked = sorted(reads)
    if standing and standing.row.role == role:
        said, read = standing.row.label.wire(), _events(standing)
        label, asked = label or said, asked or read
        same = (standing.convd, said, read) == (convention.digest, label, asked)
        if same and weeks is None and _holds(folder, standing, at):
            write_settings(folder, {"desk": urn, "realm": realm, "agency": standing.row.agency})
            return standing, True
    made = make_request(
        folder, convention, desk=desk, role=role, label=label, at=at, weeks=weeks or WEEKS, realm=realm,
        reads=asked,
    )  # fmt: skip
    return made, False


def _own_request(folder: Path, urn: str) -> RequestFile | None:
    """The request of a folder that is this desk's; None if there is none that can be read.

    Raises:
        UsageError: `folder_taken`, `key_file_too_open`.
    """
    standing, settings = _read(folder), kept_settings(folder)
    owners = {standing.row.desk if standing else urn, settings.desk if settings else urn}
    if others := sorted(owners - {urn}):
        expected = "this desk’s own folder: what lies there is the other’s, and stays"
        raise UsageError("folder_taken", others[0], expected, "--folder")
    return standing


def _read(folder: Path) -> RequestFile | None:
    try:
        return RequestFile.model_validate_json(read_outside(folder / FILE))
    except (OSError, ValidationError):
        return None


def _events(request: RequestFile) -> list[str]:
    """The event types that a request says its desk's software reads, sorted; none: all."""
    return sorted(version.partition("/")[0] for version in request.row.reads or ())


def _holds(folder: Path, request: RequestFile, at: int) -> bool:
    """Whether each key of a request proves itself, covers an instant and has its private half in the folder."""
    try:
        checked = check_desk(request.row, request.realm)
    except RelaisError:
        return False
    sealing, keys = checked.sealing, folder / "keys"
    kept = sealing.classes if sealing else ()
    return all(signs(keys, key.kid, key.public) for key in checked.signing) and all(
        opens(keys, sealing.valid(listed.retention, at)) for listed in kept if sealing
    )


def signs(keys: Path, kid: str, public: object) -> bool:
    """Whether a folder of keys holds the private half of a signing key."""
    try:
        return read_signing_file(read_private(keys / f"{kid}.json"))[0].public == public
    except RelaisError:
        return False


def opens(keys: Path, listed: Iterable[EncryptionKey]) -> bool:
    """Whether a folder of keys holds the private half of one of these encryption keys."""
    return any(_opens(keys, key) for key in listed)


def _opens(keys: Path, key: EncryptionKey) -> bool:
    try:
        private = read_encryption_file(read_private(keys / f"{key.kid}.json"))[1]
    except RelaisError:
        return False
    return public_half(private) == key.public
