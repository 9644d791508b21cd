"""A request to join: what a partner makes by its own hand, and what of it the owners are shown.

    keys/…          private JWKs of its desk (keys §5.2), made here and kept here
    client.key      the private key of its agency's certificate
    agency.secret   its own 32 bytes, for its case tokens
    settings.json   desk, realm, agency and, once known, brokers; a program keeps its own members
    request.json    public: the desk's row as the directory is to have it, a certificate's request

The folder is that of `examples/README.md`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self
from unicodedata import normalize

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
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from contracts.convention.agreed import grants_of
from contracts.convention.model import Convention
from contracts.convention.retention import classes_of
from contracts.decision.conditions import clause_of
from contracts.errors import UsageError
from contracts.keys.checked_desk import check_desk
from contracts.keys.directory_form import DeskRow
from contracts.keys.keyring import desk_entry
from contracts.vocabulary import principals
from contracts.vocabulary.events import version_of
from contracts.vocabulary.schema import Closed, Code, DeskUrn, Digest, Realm, desk_urn, short
from services.operate.home import keys as making
from services.operate.home.partners import is_name
from services.platform.keys.private_files import read_private
from services.platform.process.durable_file import write_durably

FILE: Final = "request.json"
SETTINGS: Final = "settings.json"
_ADDRESS: Final = r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):\d{1,5}"
BROKERS: Final = rf"^{_ADDRESS}(, *{_ADDRESS})*$"
Brokers = Annotated[str, StringConstraints(pattern=BROKERS)]
MOST_BYTES: Final = 1 << 20  # of a request or an answer
# Letters of European languages in Latin script, ASCII, and the signs of print; nothing unseen.
_NAME: Final = re.compile(
    r"[ -~\u00a0\u00ab\u00b0\u00b7\u00bb\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u0137\u0139-\u017e"
    r"\u2010-\u2027\u202f-\u203a]*"
)


class PartnerSettings(BaseModel):
    """What `settings.json` says.

    Attributes:
        kafka: addresses of brokers; missing until the owners' answer was taken.
        ahead: seconds by which a play federation's clock is ahead.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="allow")

    desk: DeskUrn
    realm: Realm
    agency: Code
    kafka: Brokers | None = None
    ahead: Annotated[int, Field(ge=-(1 << 32), le=1 << 32)] = 0


def settings_of(folder: Path) -> PartnerSettings:
    """A partner's settings.

    Raises:
        UsageError: `settings_malformed`; those of `read_private`.
    """
    data = read_private(folder / SETTINGS)
    try:
        return PartnerSettings.model_validate_json(data)
    except ValueError:
        expected = "`desk`, `realm` and `agency`, as JSON"
        raise UsageError("settings_malformed", "another content", expected, SETTINGS) from None


def write_settings(folder: Path, **members: str) -> None:
    """Write these members; the others stay.

    Raises:
        UsageError: as `settings_of`.
    """
    file = folder / SETTINGS
    before = settings_of(folder).model_dump(exclude_unset=True) if file.exists() else {}
    write_durably(file, orjson.dumps(before | members))


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

    @property
    def certificate(self) -> x509.CertificateSigningRequest:
        """The certificate's request."""
        return x509.load_pem_x509_csr(self.csr.encode())

    @model_validator(mode="after")
    def _check(self) -> Self:
        """Refuse names that deceive, keys named as another desk's, and a key without its proof.

        A key id stands once in a directory: by another desk's, or that desk's next one, nobody
        could sign the next version.
        """
        own = re.compile(rf"{short(self.row.desk)}-sig-[0-9]{{1,4}}")
        names = self.row.label.wire().values()
        if (
            not all(own.fullmatch(key.kid) for key in self.row.signing)
            or not all(map(_is_plain, names))
            or not self.certificate.is_signature_valid
            or not isinstance(self.certificate.public_key(), ec.EllipticCurvePublicKey)
            # What stands beside it another program might read as the request.
            or self.certificate.public_bytes(Encoding.PEM).decode() != self.csr
        ):
            raise ValueError("got another request")
        return self


def _is_plain(name: str) -> bool:
    """Whether a name has letters, and is written as usual: other letters and signs look like it."""
    return any(map(str.isalpha, name)) and _NAME.fullmatch(normalize("NFC", name)) is not None


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
    reads: Sequence[str] = (),
) -> RequestFile:
    """Make what is missing of a partner's folder, and its request.

    Args:
        desk: short id.
        at: now, seconds.
        weeks: that its encryption keys cover.
        label, reads: its names, and event types that its software reads (`IP`) of those that it is
            sent; empty: the role's names, and all of them.

    Raises:
        UsageError: `desk_malformed`, `role_unknown`, `folder_taken`, `not_sent_to_role`; those of
            `settings_of` and `read_request`.
    """
    if not is_name(desk):
        expected = "a small letter, then letters, digits and hyphens: at most 41"
        raise UsageError("desk_malformed", "another name", expected)
    roles = {name: one for name, one in convention.roles.items() if realm in one.realms}
    if (known := roles.get(role)) is None:
        raise UsageError("role_unknown", "another role", ", ".join(roles), role)
    urn, keys = desk_urn(realm, desk), folder / "keys"
    sent = {grant.event for grant in grants_of(convention, realm) if role in grant.recipients}
    if unknown := sorted({*reads} - sent):
        raise UsageError("not_sent_to_role", unknown[0], f"of {', '.join(sorted(sent))}")
    if (folder / SETTINGS).exists() and (other := settings_of(folder).desk) != urn:
        expected = "this desk’s own folder: what lies there is the other’s, and stays"
        raise UsageError("folder_taken", other, expected, "--folder")
    making.private_folder(folder)
    write_settings(folder, desk=urn, realm=realm, agency=known.agency)
    making.ensure_signing(keys / f"{desk}-sig-1.json", urn, at)
    classes = classes_of(convention, realm, role)
    making.ensure_sealing(keys, desk, urn, classes, at, at + weeks * making.WEEK)
    making.ensure_secret(folder / "agency.secret")
    signing, sealing = making.entries(keys, desk, at)
    row = desk_entry(
        urn, role, known.bound, label or known.label, signing, sealing=sealing, agency=known.agency,
        reads=[version_of(etype) for etype in sorted(reads)],
    )  # fmt: skip
    csr = certificate_request(folder / "client.key", principals.agency(known.agency))
    made = {"format": 1, "realm": realm, "convd": convention.digest, "row": row, "csr": csr}
    data = orjson.dumps(made, option=orjson.OPT_INDENT_2)
    request = read_request(data, convention)
    write_durably(folder / FILE, data)
    return request


def read_outside(path: Path) -> bytes:
    """A file that came from outside; of one that is too long a little more than is taken.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return file.read(MOST_BYTES + 1)


def read_request(data: bytes, convention: Convention) -> RequestFile:
    """A request as the owners see it: form, each key's proof, role's agency, bus, secrecy.

    Raises:
        UsageError: `request_malformed`, `request_differs`, `owed_unread`.
        DirectoryError: as `contracts.keys.checked_desk.check_desk`.
    """
    try:
        request = RequestFile.model_validate_json(data if len(data) <= MOST_BYTES else b"")
        names = common_names(request.certificate)
    except (ValueError, InvalidSignature, UnsupportedAlgorithm, x509.InvalidVersion):
        got, expected = "another content", "what `relais partner new` makes, in Latin letters"
        raise UsageError("request_malformed", got, expected) from None
    row, role = request.row, convention.roles.get(request.row.role)
    if (
        role is None
        or request.realm not in role.realms
        or (role.agency, role.bound) != (row.agency, row.secrecy)
        or names != [principals.agency(row.agency)]
    ):
        got, expected = "another agency, bus, secrecy or name", "the convention’s of its role"
        raise UsageError("request_differs", got, expected, row.desk)
    _check_reads(row, convention, request.realm)
    check_desk(row, request.realm)
    return request


def _check_reads(row: DeskRow, convention: Convention, realm: str) -> None:
    """That a desk reads what others owe it: whoever cannot seal an answer would be late for ever.

    Raises:
        UsageError: `owed_unread`.
    """
    grants, owed = grants_of(convention, realm), set[str]()
    for grant in grants:
        parties = {"issuer": grant.issuers, "recipient": grant.recipients}
        for duty in grant.duties:
            if row.role in parties.get(duty.creditor, (duty.creditor,)):
                owed.update(duty.acts)
    sent = [grant for grant in grants if row.role in grant.recipients]
    types = {grant.event for grant in sent if clause_of(grant.id) in owed}
    missing = [etype for etype in sorted(types) if version_of(etype) not in (row.reads or ())]
    if row.reads is not None and missing:
        expected = f"what others owe its role among them: {', '.join(missing)}"
        raise UsageError("owed_unread", ", ".join(row.reads), expected, row.desk)


def common_names(one: x509.Certificate | x509.CertificateSigningRequest) -> list[str]:
    """The principals that a certificate, or the request for one, names."""
    return [str(name.value) for name in one.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]


def client_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """The private key of the agency's certificate.

    Raises:
        UsageError: `request_malformed`: of another kind, or none; those of `read_private`.
    """
    key: Any = None
    with suppress(ValueError, TypeError, UnsupportedAlgorithm):  # TypeError: it wants a password
        key = load_pem_private_key(read_private(path), None)
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
