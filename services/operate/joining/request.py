"""A request to join: what a partner makes by its own hand, and what of it the owners are shown.

    keys/…          private JWKs of its desk (keys §5.2), made here and kept here
    client.key      the private key of its agency's certificate
    agency.secret   its own 32 bytes, for its case tokens
    settings.json   desk, realm, agency (`partner_settings`)
    request.json    public: the desk's row as the directory is to have it, a certificate's request,
        its wishes

The folder is that of `examples/README.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal
from unicodedata import category

import orjson
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID
from pydantic import Field, ValidationError

from contracts.convention.agreed import grants_of
from contracts.convention.clauses import DutySpec, Grant
from contracts.convention.model import Convention
from contracts.convention.retention import classes_of
from contracts.decision.conditions import clause_of
from contracts.errors import UsageError
from contracts.keys.checked_desk import CheckedDesk, check_desk
from contracts.keys.directory_form import DeskRow
from contracts.keys.keyring import desk_entry
from contracts.vocabulary import principals
from contracts.vocabulary.events import version_of
from contracts.vocabulary.schema import Closed, Digest, Realm, desk_urn, realm_of, short
from services.operate.home import keys as making
from services.operate.home.partners import is_name
from services.operate.joining.partner_settings import kept_settings, write_settings
from services.platform.keys.private_files import read_private
from services.platform.process.durable_file import write_durably

FILE: Final = "request.json"
MOST_BYTES: Final = 1 << 20  # of a request or an answer


def is_shown(row: DeskRow) -> bool:
    """Whether its names are what a reader sees: no character that moves text or cursor."""
    hidden = ("Cc", "Cf", "Cn", "Co", "Zl", "Zp")
    return all(category(char) not in hidden for name in row.label.wire().values() for char in name)


def names_its_keys(row: DeskRow) -> bool:
    """Whether its signing keys are named as its own, as its encryption keys can only be.

    A key id stands once in a directory: by another desk's, or that desk's next one, nobody could
        sign the next version.
    """
    named = re.compile(rf"{short(row.desk)}-sig-[0-9]{{1,4}}")
    return row.encryption is None and all(named.fullmatch(key.kid) for key in row.signing)


def check_reads(row: DeskRow, convention: Convention) -> None:
    """That a desk reads what others owe it: whoever cannot seal an answer would be late for ever.

    Raises:
        UsageError: `owed_unread`.
    """
    owed = _acts_owed(convention, realm_of(row.desk), row.role)
    missing = [etype for etype in owed if version_of(etype) not in (row.reads or ())]
    if row.reads is not None and missing:
        types = ", ".join(missing)
        expected = f"what others owe its role among them: {types}"
        raise UsageError("owed_unread", ", ".join(row.reads), expected, row.desk)


def _acts_owed(convention: Convention, realm: str, role: str) -> list[str]:
    """Event types that others owe a role, by which they are to answer its desks."""
    grants = grants_of(convention, realm)
    owed = {
        act
        for grant in grants
        for duty in grant.duties
        if _is_owed(grant, duty, role)
        for act in duty.acts
    }
    return sorted(
        {
            grant.event
            for grant in grants
            if role in grant.recipients and clause_of(grant.id) in owed
        }
    )


def _is_owed(grant: Grant, duty: DutySpec, role: str) -> bool:
    parties = {"issuer": grant.issuers, "recipient": grant.recipients}
    return role in parties.get(duty.creditor, (duty.creditor,))


class RequestFile(Closed):
    """What travels to the owners.

    Attributes:
        convd: the convention whose clauses are meant.
        csr: PKCS#10 in PEM; its common name is the agency's principal.
    """

    format: Literal[1]
    realm: Realm
    convd: Digest
    row: DeskRow
    csr: Annotated[str, Field(max_length=8192)]


@dataclass(frozen=True, slots=True)
class PartnerRequest:
    """A request that holds: every key in it proved itself.

    Attributes:
        csr: of the agency's certificate, signed by its own key.
    """

    file: RequestFile
    checked: CheckedDesk
    csr: x509.CertificateSigningRequest


def make_request(
    folder: Path,
    convention: Convention,
    *,
    desk: str,
    role: str,
    label: Mapping[str, str],
    at: int,
    weeks: int,
    realm: str = "civil",
    reads: Iterable[str] = (),
) -> RequestFile:
    """Make what is missing of a partner's folder, and its request.

    Args:
        desk: short id.
        at: now, seconds.
        weeks: that its encryption keys cover.
        label, reads: its names, and event types that its software reads (`IP`) of those that it is
            sent; empty: as the folder's request of this role says, else the role's names, and all
            of them.

    Raises:
        UsageError: `desk_malformed`, `role_unknown`, `folder_taken`, `key_file_too_open`,
            `not_sent_to_role`, `owed_unread`.
    """
    if not is_name(desk):
        expected = "a small letter, then letters, digits and hyphens: at most 41"
        raise UsageError("desk_malformed", "another name", expected)
    known = convention.roles.get(role)
    if known is None or realm not in known.realms:
        roles = (name for name, other in convention.roles.items() if realm in other.realms)
        raise UsageError("role_unknown", "another role", ", ".join(roles), role)
    urn, keys = desk_urn(realm, desk), folder / "keys"
    standing, reads = _own_request(folder, urn), sorted(reads)
    if standing and standing.row.role == role:
        label = label or standing.row.label.wire()
        reads = reads or [read.partition("/")[0] for read in standing.row.reads or ()]
    making.private_folder(folder)
    making.ensure_signing(keys / f"{desk}-sig-1.json", urn, at)
    classes = classes_of(convention, realm, role)
    making.ensure_weeks(keys, desk, urn, classes, making.weeks_from(at, weeks))
    making.ensure_secret(folder / "agency.secret")
    signing, sealing = making.entries(keys, desk, at)
    row = desk_entry(
        urn, role, known.bound, label or known.label, signing, sealing=sealing, agency=known.agency,
        reads=_versions(reads, convention, realm, role),
    )  # fmt: skip
    told = DeskRow.model_validate_json(orjson.dumps(row))
    check_reads(told, convention)
    made = RequestFile(
        format=1, realm=realm, convd=convention.digest, row=told,
        csr=certificate_request(folder / "client.key", principals.agency(known.agency)),
    )  # fmt: skip
    write_settings(folder, {"desk": urn, "realm": realm, "agency": known.agency})
    write_durably(folder / FILE, orjson.dumps(made.wire(), option=orjson.OPT_INDENT_2))
    return made


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


def _versions(reads: Iterable[str], convention: Convention, realm: str, role: str) -> list[str]:
    """Event types, which a role is sent, with the version that is written today."""
    grants = grants_of(convention, realm)
    sent = sorted({grant.event for grant in grants if role in grant.recipients})
    for etype in reads:
        if etype not in sent:
            raise UsageError("not_sent_to_role", etype, f"of {', '.join(sent)}")
    return [version_of(etype) for etype in reads]


def read_outside(path: Path) -> bytes:
    """A file that came from outside; of one that is too long a little more than is taken.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return file.read(MOST_BYTES + 1)


def read_request(data: bytes, convention: Convention) -> PartnerRequest:
    """A request as the owners see it: form, each key's proof, role's agency, bus, secrecy.

    Raises:
        UsageError: `request_malformed`, `request_differs`, `owed_unread`.
        DirectoryError: as `contracts.keys.checked_desk.check_desk`.
    """
    if len(data) > MOST_BYTES:
        raise _malformed()
    try:
        file = RequestFile.model_validate_json(data)
        csr = x509.load_pem_x509_csr(file.csr.encode())
        good = csr.is_signature_valid
    except (ValidationError, ValueError, InvalidSignature, UnsupportedAlgorithm):
        raise _malformed() from None
    if not (is_shown(file.row) and names_its_keys(file.row)):
        raise _malformed()
    role = convention.roles.get(file.row.role)
    names = [str(name.value) for name in csr.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    agreed = (
        role is not None
        and (role.agency, role.bound) == (file.row.agency, file.row.secrecy)
        and file.realm in role.realms
    )
    if not good or not agreed or names != [principals.agency(file.row.agency)]:
        got, expected = "another agency, bus, secrecy or name", "the convention’s of its role"
        raise UsageError("request_differs", got, expected, file.row.desk)
    check_reads(file.row, convention)
    return PartnerRequest(file, check_desk(file.row, file.realm), csr)


def _malformed() -> UsageError:
    got, expected = "another content", "what `relais partner new` makes"
    return UsageError("request_malformed", got, expected)


def client_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """The private key of the agency's certificate.

    Raises:
        UsageError: `request_malformed`: of another kind, or none; those of `read_private`.
    """
    try:
        key = load_pem_private_key(read_private(path), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):  # TypeError: it wants a password
        key = None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        got, expected = "another kind of key", "a key on P-256"
        raise UsageError("request_malformed", got, expected, str(path))
    return key


def certificate_request(path: Path, principal: str) -> str:
    """What an authority certifies: PKCS#10 as PEM, by a file's private key, made if missing."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, principal)])
    if not path.exists():
        private = ec.generate_private_key(ec.SECP256R1())  # Kafka reads PEM keys of RSA, DSA and EC
        pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        making.write_secret(path, pem)
    built = x509.CertificateSigningRequestBuilder().subject_name(name)
    return built.sign(client_key(path), SHA256()).public_bytes(Encoding.PEM).decode()
