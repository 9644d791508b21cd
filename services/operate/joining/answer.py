"""The owners' answer to a request: everything that a partner lacks, and no secret that others could read.

The realm's routing secret travels as a JWE for the desk's own encryption key (keys §5.3): whoever passes the file on, or
keeps a copy, learns nothing by it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import orjson
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import NameOID
from pydantic import BaseModel, StringConstraints, ValidationError

from contracts.convention.clauses import Grant
from contracts.convention.model import Convention
from contracts.encoding import parse_json, unb64u
from contracts.errors import EnvelopeError, SignatureError, UsageError
from contracts.kafka.rights import agency_rights
from contracts.keys.entries import EncryptionKey
from contracts.keys.jose import MAX_HEADER_BYTES, open_jwe, seal_jwe
from contracts.keys.keyring import read_encryption_file
from contracts.vocabulary import principals, topics
from contracts.vocabulary.schema import Closed, Code, Digest, Realm
from services.operate.home.keys import write_secret
from services.operate.joining.partner_settings import (
    PartnerSettings,
    are_brokers,
    settings_of,
    write_settings,
)
from services.operate.joining.request import (
    MOST_BYTES,
    PartnerRequest,
    client_key,
    role_grants,
)
from services.platform.keys.private_files import SECRET_BYTES, read_private
from services.platform.process.durable_file import write_durably

FILE: Final = "answer.json"
TYP: Final = "referral-secret+jwe"
Shown = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,2048}$")]  # moves no terminal's cursor


def client_settings(kafka: str, realm: str, agency: str) -> dict[str, str]:
    """Client -> the text of its settings; `kcat` a command."""
    transactional = topics.agency_transactions(agency)[0]
    inbox = topics.inbox(realm, agency)
    return {
        "python": (
            f"bootstrap_servers={kafka!r}\nsecurity_protocol='SSL'  # ssl.create_default_context(cafile='ca.pem'), then\n"
            "# load_cert_chain('client.pem', 'client.key')\nisolation_level='read_committed'\n"
            f"auto_offset_reset='earliest'\ntransactional_id={transactional!r}\nacks='all'\n"
        ),
        "node": (
            f"bootstrapBrokers: {kafka.split(',')!r}\ntls: ca.pem, client.pem, client.key\nisolationLevel: 1\n"
            "groupId: none is joined; fetch from assigned partitions\nidempotent: true\nacks: -1\n"
        ),
        "java": (
            f"bootstrap.servers={kafka}\nsecurity.protocol=SSL\nssl.truststore.type=PEM\nssl.truststore.location=ca.pem\n"
            "ssl.keystore.type=PEM\n# ssl.keystore.key, ssl.keystore.certificate.chain: client.key, client.pem as texts\n"
            f"isolation.level=read_committed\nauto.offset.reset=earliest\ntransactional.id={transactional}\nacks=all\n"
        ),
        "kcat": (
            f"kcat -b {kafka} -X security.protocol=ssl -X ssl.ca.location=ca.pem -X ssl.certificate.location=client.pem "
            f"-X ssl.key.location=client.key -X isolation.level=read_committed -C -t {inbox} -p 0 -o beginning -e"
        ),
    }


class ToldClause(BaseModel):
    """Of a clause its number, which is shown; the rest is for the partner's program."""

    clause: Code


class AnswerFile(Closed):
    """What travels to the partner, by whoever carries it: what is shown of it hides nothing that stands beside it."""

    format: Literal[1]
    realm: Realm
    desk: Shown
    agency: Shown
    convd: Digest
    owners: dict[str, Any]
    kafka: Shown
    certificate: str
    authority: str
    routing_secret: str
    topics: dict[str, str]
    rights: list[dict[str, str]]
    sends: list[ToldClause]
    receives: list[ToldClause]
    settings: dict[str, str]


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
) -> dict[str, Any]:
    """What the owners send back.

    Args:
        owners: the owners file (keys §5.1).
        at: now, seconds.
        certificate, authority: PEM: of the request's key by the federation's authority; whom to trust.

    Raises:
        UsageError: `certificate_differs`; `nothing_to_seal_for`: the desk has no encryption key; `brokers_malformed`.
    """
    if not are_brokers(kafka):
        expected = "`host:port`, several with commas"
        raise UsageError("brokers_malformed", "another text", expected, "--brokers")
    row = asked.file.row
    check_certificate(certificate, authority, asked.csr.public_key(), row.agency)
    sends, receives = role_grants(convention, asked.file.realm, row.role)
    return {
        "format": 1, "realm": asked.file.realm, "desk": row.desk, "agency": row.agency, "convd": convention.digest,
        "owners": orjson.loads(owners), "kafka": kafka, "certificate": certificate, "authority": authority,
        "routing_secret": _sealed(routing_secret, asked, at),
        "topics": {
            "reads": topics.inbox(asked.file.realm, row.agency), "writes": topics.outbox(asked.file.realm, row.agency),
            "orders": topics.control(asked.file.realm),
        },
        "rights": [
            {"resource": right.resource, "name": right.name, "operation": right.operation}
            for right in agency_rights(asked.file.realm, row.agency)
        ],
        "sends": [_clause(grant) for grant in sends], "receives": [_clause(grant) for grant in receives],
        "settings": client_settings(kafka, asked.file.realm, row.agency),
    }  # fmt: skip


def _clause(grant: Grant) -> dict[str, Any]:
    """What a sender needs of a grant (rules §15)."""
    return {
        "clause": grant.id, "event": grant.event, "purpose": grant.purpose, "from": sorted(grant.issuers),
        "to": sorted(grant.recipients), "scopes": sorted(grant.scopes), "conditions": list(grant.conditions),
        "retention": grant.keep,
    }  # fmt: skip


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


def join(folder: Path, data: bytes) -> dict[str, Any]:
    """Take the owners' answer into a partner's folder: what it lacked, once everything fits its own keys.

    Raises:
        UsageError: `answer_malformed`, `certificate_differs`, `key_file_missing`.
    """
    settings = settings_of(folder)
    given, secret = _read(folder, data, settings)
    certificate, authority = given["certificate"], given["authority"]
    public = client_key(folder / "client.key").public_key()
    check_certificate(certificate, authority, public, settings.agency)
    write_secret(folder / "routing.secret", secret)
    write_durably(folder / "ca.pem", authority.encode())
    write_durably(folder / "client.pem", certificate.encode())
    write_durably(folder / "owners.json", orjson.dumps(given["owners"]))
    write_settings(folder, {"desk": settings.desk, "kafka": given["kafka"]})
    return given


def _read(folder: Path, data: bytes, settings: PartnerSettings) -> tuple[dict[str, Any], bytes]:
    """An answer for this desk, and the secret in it.

    Raises:
        UsageError: `answer_malformed`, `key_file_missing`.
    """
    try:
        given: dict[str, Any] = parse_json(data, limit=MOST_BYTES, place="answer")
        AnswerFile.model_validate(given)
        own = {"desk": settings.desk, "realm": settings.realm, "agency": settings.agency}
        if own.items() <= given.items() and are_brokers(given["kafka"]):
            return given, _opened(folder, given["routing_secret"])
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
