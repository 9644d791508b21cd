"""The checklist of a desk that joins by its own keys: each row tested, or said to be somebody's to confirm.

    seen      tested now, and it is so
    not_yet   not there yet; nothing is wrong
    cannot    tested, and it does not work: the code says why
    ask       no program can see it: who confirms it, and where

Rows that look at the way to the brokers are those of the self-test (`services.platform.self_test`). Nothing here writes:
a PING is the partner's own to send, since whoever writes in its name stops its program (kafka §2).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509 import load_pem_x509_certificate
from pydantic import ValidationError

from contracts.convention.agreed import acting_desks
from contracts.convention.model import Convention
from contracts.convention.retention import classes_of
from contracts.errors import RelaisError
from contracts.keys.checked_desk import CheckedDesk, check_desk
from contracts.keys.directory import Directory
from contracts.keys.entries import EncryptionKey
from contracts.keys.keyring import read_encryption_file, read_signing_file
from contracts.keys.sealing_kinds import public_half
from services.agency.self_test.kafka_rows import certificate_row
from services.operate.joining.request import (
    FILE,
    RequestFile,
    client_key,
    read_outside,
    role_grants,
)
from services.platform.keys.certificate import read_certificate
from services.platform.keys.private_files import read_private
from services.platform.self_test.rows import SelfTestRow

State = Literal["seen", "not_yet", "cannot", "ask"]
STATES: Final[Mapping[str, State]] = {"working": "seen", "unused": "not_yet", "cannot": "cannot"}
# What no program can see, and where it is confirmed.
ASKED: Final[Mapping[str, str]] = {"digests": "by_telephone", "signatures": "on_paper"}


@dataclass(frozen=True, slots=True)
class ChecklistRow:
    """What one row found.

    Attributes:
        code: why not, or what is to be asked; empty if it is seen.
        facts: public ones, that words and JSON name.
    """

    name: str
    state: State
    code: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        told = {"row": self.name, "state": self.state}
        return told | ({"code": self.code} if self.code else {}) | dict(self.facts)


def of_self_test(row: SelfTestRow) -> ChecklistRow:
    """A row of the self-test among those of the checklist."""
    days = {} if row.days is None else {"days": row.days}
    return ChecklistRow(row.name, STATES[row.state], row.code, days)


def waits(name: str, because: ChecklistRow) -> ChecklistRow:
    """A row that cannot be tried before another one is seen, for that one's cause."""
    return ChecklistRow(name, "not_yet", because.code, because.facts)


def request_row(folder: Path, at: int) -> ChecklistRow:
    """The request is there, each key in it proves itself, and this folder holds its private half.

    Args:
        at: now, seconds.
    """
    try:
        asked = _request_of(folder)
        checked = check_desk(asked.row, asked.realm)
    except FileNotFoundError:
        return ChecklistRow("request", "not_yet", "no_request")
    except (OSError, ValidationError, RelaisError):
        return ChecklistRow("request", "cannot", "request_broken")
    code = _missing(folder, checked, at)
    return ChecklistRow("request", "cannot" if code else "seen", code)


def _request_of(folder: Path) -> RequestFile:
    """The folder's request.

    Raises:
        OSError: it cannot be read.
        ValidationError: it is malformed.
    """
    return RequestFile.model_validate_json(read_outside(folder / FILE))


def _missing(folder: Path, checked: CheckedDesk, at: int) -> str:
    """Which half of a key the folder lacks; empty if none."""
    sealing = checked.sealing
    kept = sealing.classes if sealing else ()
    valid = [list(sealing.valid(listed.retention, at)) for listed in kept] if sealing else []
    if not all(_signs(folder, key.kid, key.public) for key in checked.signing):
        return "key_missing"
    if not all(valid):
        return "keys_ended"
    return "" if all(opens(folder, keys) for keys in valid) else "key_missing"


def _signs(folder: Path, kid: str, public: object) -> bool:
    try:
        return read_signing_file(read_private(folder / "keys" / f"{kid}.json"))[0].public == public
    except RelaisError:
        return False


def opens(folder: Path, keys: Iterable[EncryptionKey]) -> bool:
    """Whether the folder holds the private half of one of the keys."""
    return any(_opens(folder, key) for key in keys)


def _opens(folder: Path, key: EncryptionKey) -> bool:
    try:
        private = read_encryption_file(read_private(folder / "keys" / f"{key.kid}.json"))[1]
    except RelaisError:
        return False
    return public_half(private) == key.public


def certificate(folder: Path, agency: str, at: float) -> ChecklistRow:
    """Of this folder's key, by the authority that it trusts, in its agency's name, and not about to end.

    Args:
        agency: whose answer was taken.
        at: now, seconds.
    """
    try:
        told = of_self_test(certificate_row(read_certificate(folder / "client.pem"), agency, at))
        own = load_pem_x509_certificate((folder / "client.pem").read_bytes())
        own.verify_directly_issued_by(load_pem_x509_certificate((folder / "ca.pem").read_bytes()))
        fits = own.public_key() == client_key(folder / "client.key").public_key()
    except (RelaisError, ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return ChecklistRow("certificate", "cannot", "other_certificate")
    return told if fits else ChecklistRow("certificate", "cannot", "other_certificate")


def directory_row(
    folder: Path, urn: str, convention: Convention, directory: Directory, at: int
) -> ChecklistRow:
    """The directory in force has the desk, with keys whose private halves lie in this folder."""
    row = directory.desk(urn)
    if row is None:
        return ChecklistRow("directory", "not_yet", "not_in_directory")
    if directory.expires <= at:
        return ChecklistRow("directory", "cannot", "directory_ended")
    if not any(_signs(folder, key.kid, key.public) for key in directory.signing_of.get(urn, ())):
        return ChecklistRow("directory", "cannot", "signer_not_listed")
    for retention in classes_of(convention, directory.realm, row.role):
        keys = directory.encryption.valid(urn, retention, at)
        if not opens(folder, keys):
            return ChecklistRow("directory", "cannot", "key_not_held" if keys else "no_key")
    return ChecklistRow("directory", "seen", facts={"days": (directory.expires - at) // 86_400})


def discovery_row(urn: str, convention: Convention, directory: Directory) -> ChecklistRow:
    """Whom the desk may write to, and who may write to it: what agencies' `/desks` is made of."""
    desks = {row.desk: row for row in acting_desks(convention, directory)}
    own = desks.pop(urn, None)
    if own is None:
        return ChecklistRow("discovery", "not_yet", "not_in_directory")
    sends, receives = role_grants(convention, directory.realm, own.role)
    to = {role for grant in sends for role in grant.recipients}
    by = {role for grant in receives for role in grant.issuers}
    facts = {
        "to": sum(row.role in to for row in desks.values()),
        "by": sum(row.role in by for row in desks.values()),
    }
    seen = any(facts.values())
    return ChecklistRow("discovery", "seen" if seen else "cannot", "" if seen else "nobody", facts)
