"""The owners' answer to a request: all that a partner lacks, no secret in clear.

The realm's routing secret travels as a JWE for the desk's own encryption key (keys §5.3): whoever
passes the file on, or keeps a copy, learns nothing by it.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import orjson
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import NameOID
from pydantic import StringConstraints, ValidationError

from contracts.convention.model import Convention
from contracts.encoding import parse_json, unb64u
from contracts.errors import EnvelopeError, SignatureError, UsageError
from contracts.keys.directory_form import DeskRow
from contracts.keys.entries import EncryptionKey
from contracts.keys.jose import MAX_HEADER_BYTES, open_jwe, seal_jwe
from contracts.keys.keyring import read_encryption_file
from contracts.vocabulary import principals
from contracts.vocabulary.principals import AUDITOR_DESK
from contracts.vocabulary.schema import Closed, Digest, Realm, short
from services.operate.home.keys import write_secret
from services.operate.joining.partner_settings import (
    Brokers,
    PartnerSettings,
    are_brokers,
    settings_of,
    write_settings,
)
from services.operate.joining.request import (
    MOST_BYTES,
    PartnerRequest,
    client_key,
)
from services.platform.keys.private_files import SECRET_BYTES, read_private
from services.platform.process.durable_file import write_durably

FILE: Final = "answer.json"
TYP: Final = "referral-secret+jwe"
# Roles of the console: at an identity provider a desk's name is a role too, and one claim names
# both.
CONSOLE_ROLES: Final = frozenset({"operator", "auditor"})
Shown = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,2048}$")]  # moves no terminal's cursor


class AnswerFile(Closed):
    """What travels to the partner by any carrier: what is shown of it hides nothing."""

    format: Literal[1]
    realm: Realm
    desk: Shown
    agency: Shown
    convd: Digest
    owners: dict[str, Any]
    kafka: Brokers
    certificate: str
    authority: str
    routing_secret: str


def answer(
    asked: PartnerRequest,
    convention: Convention,
    *,
    owners: bytes,
    routing_secret: bytes,
    kafka: str,
    at: int,
    certificate: str,
    authority: str,
) -> AnswerFile:
    """What the owners send back.

    Args:
        owners: the owners file (keys §5.1).
        at: now, seconds.
        certificate, authority: PEM: of the request's key by the federation's authority; whom to
            trust.

    Raises:
        UsageError: `certificate_differs`; `nothing_to_seal_for`: the desk has no encryption key;
            `brokers_malformed`.
    """
    if not are_brokers(kafka):
        expected = "`host:port`, several with commas"
        raise UsageError("brokers_malformed", "another text", expected, "--brokers")
    row = asked.file.row
    check_certificate(certificate, authority, asked.csr.public_key(), row.agency)
    return AnswerFile(
        format=1, realm=asked.file.realm, desk=row.desk, agency=row.agency, convd=convention.digest,
        owners=orjson.loads(owners), kafka=kafka, certificate=certificate, authority=authority,
        routing_secret=_sealed(routing_secret, asked, at),
    )  # fmt: skip


def _sealed(secret: bytes, asked: PartnerRequest, at: int) -> str:
    """A JWE for the newest of the desk's keys that is valid."""
    sealing = asked.checked.sealing
    keys: list[EncryptionKey] = [
        key
        for kept in (sealing.classes if sealing else ())
        for key in (sealing.valid(kept.retention, at) if sealing else ())
    ]
    if not keys:
        got, expected = "none", "an encryption key of this week"
        raise UsageError("nothing_to_seal_for", got, expected, asked.file.row.desk)
    key = max(keys, key=lambda listed: (listed.not_before, listed.kid))
    return seal_jwe(secret, {"aud": key.owner, "typ": TYP}, key, os.urandom)


def check_certificate(certificate: str, authority: str, public: Any, agency: str) -> None:
    """Of the key that asked for it, in its agency's name, by this authority.

    Raises:
        UsageError: `certificate_differs`.
    """
    try:
        own, by = (
            x509.load_pem_x509_certificate(text.encode()) for text in (certificate, authority)
        )
        own.verify_directly_issued_by(by)
        names = [
            str(name.value) for name in own.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        ]
        fits = own.public_key() == public and names == [principals.agency(agency)]
    except (ValueError, TypeError, InvalidSignature):
        fits = False
    if not fits:
        got, expected = "another certificate", "one of the request's key, by this authority"
        raise UsageError("certificate_differs", got, expected)


def check_name(row: DeskRow, own: Collection[str], others: Iterable[Mapping[str, Any]]) -> None:
    """A desk's first request, or another of who holds its keys.

    Args:
        own: short ids of the desks whose keys the home has.
        others: rows of all realms of desks that keep their keys themselves.

    Raises:
        UsageError: `desk_taken`.
    """
    name = short(row.desk)
    listed = [DeskRow.model_validate_json(orjson.dumps(other)) for other in others]
    same = [other for other in listed if short(other.desk) == name]
    if (
        name in own
        or name in CONSOLE_ROLES | {AUDITOR_DESK}
        or not all(_is_again(row, other) for other in same)
    ):
        got, expected = "a name that is somebody else's", "a name that nobody has"
        raise UsageError("desk_taken", got, expected, row.desk)


def _is_again(row: DeskRow, before: DeskRow) -> bool:
    """Whether a row is of the same desk, by none but its keys; or of its agency's on the other bus.

    That some of its keys are the desk's shows nothing: those stand in the directory for everybody
    to copy.
    """
    if row.desk != before.desk:
        return row.agency == before.agency
    known = {(key.kid, key.alg, key.x, key.y) for key in before.signing}
    return row.role == before.role and all(
        (key.kid, key.alg, key.x, key.y) in known for key in row.signing
    )


def join(folder: Path, data: bytes) -> AnswerFile:
    """Take the owners' answer into a partner's folder, once all of it fits its own keys.

    Raises:
        UsageError: `answer_malformed`, `certificate_differs`, `key_file_missing`.
    """
    settings = settings_of(folder)
    given, secret = _read(folder, data, settings)
    public = client_key(folder / "client.key").public_key()
    check_certificate(given.certificate, given.authority, public, settings.agency)
    write_secret(folder / "routing.secret", secret)
    write_durably(folder / "ca.pem", given.authority.encode())
    write_durably(folder / "client.pem", given.certificate.encode())
    write_durably(folder / "owners.json", orjson.dumps(given.owners))
    write_settings(folder, {"desk": settings.desk, "kafka": given.kafka})
    return given


def _read(folder: Path, data: bytes, settings: PartnerSettings) -> tuple[AnswerFile, bytes]:
    """An answer for this desk, and the secret in it.

    Raises:
        UsageError: `answer_malformed`, `key_file_missing`.
    """
    own = settings.desk, settings.realm, settings.agency
    try:
        parse_json(data, limit=MOST_BYTES, place="answer")  # no member twice
        given = AnswerFile.model_validate_json(data)
        if own == (given.desk, given.realm, given.agency):
            return given, _opened(folder, given.routing_secret)
    except (EnvelopeError, SignatureError, KeyError, TypeError, AttributeError, ValidationError):
        pass
    got, expected = "another content", "what `relais partner answer` makes for this desk"
    raise UsageError("answer_malformed", got, expected)


def _opened(folder: Path, token: str) -> bytes:
    """The routing secret, by the key that it was sealed for.

    Raises:
        RelaisError: it does not open.
        UsageError: `key_file_missing`.
    """
    header: Mapping[str, Any] = parse_json(
        unb64u(token.partition(".")[0]), limit=MAX_HEADER_BYTES, place="routing_secret"
    )
    kid = str(header["kid"])
    if not kid.replace("-", "").isalnum():
        raise KeyError(kid)
    private = read_encryption_file(read_private(folder / "keys" / f"{kid}.json"))[1]
    secret = open_jwe(token, private, unb64u(header["epk"]["x"]), "routing_secret")
    if len(secret) != SECRET_BYTES or header["typ"] != TYP:
        raise KeyError(kid)
    return secret
