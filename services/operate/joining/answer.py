"""The owners' answer to a request: all that a partner lacks, no secret in clear.

The realm's routing secret travels as a JWE for the desk's own encryption key (keys §5.3): whoever
passes the file on, or keeps a copy, learns nothing by it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import orjson
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from pydantic import StringConstraints

from contracts.convention.checks.lookalike_names import skeleton
from contracts.convention.model import Convention
from contracts.encoding import parse_json, unb64u
from contracts.errors import EnvelopeError, UsageError
from contracts.keys.checked_desk import check_desk
from contracts.keys.directory_form import DeskRow
from contracts.keys.jose import MAX_HEADER_BYTES, open_jwe, seal_jwe
from contracts.keys.keyring import read_encryption_file
from contracts.keys.sealing_keys import parts_of
from contracts.vocabulary import principals
from contracts.vocabulary.schema import Closed, Digest, Realm, short
from services.operate.home.home import Home
from services.operate.home.keys import write_secret
from services.operate.home.partners import Partner
from services.operate.joining.request import (
    BROKERS,
    MOST_BYTES,
    Brokers,
    PartnerSettings,
    RequestFile,
    client_key,
    common_names,
    settings_of,
    write_settings,
)
from services.platform.keys.owners import FILE as OWNERS
from services.platform.keys.private_files import SECRET_BYTES, read_private
from services.platform.ports import random_bytes
from services.platform.process.clock import FileClock
from services.platform.process.durable_file import write_durably

TYP: Final = "referral-secret+jwe"
# Roles of the console: at an identity provider one claim names them and desks alike.
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
    home: Home, request: RequestFile, kafka: str, certificate: str, authority: str
) -> AnswerFile:
    """What the owners send back.

    Args:
        certificate, authority: PEM: of the request's key by the federation's authority; whom to
            trust.

    Raises:
        UsageError: `certificate_differs`; `nothing_to_seal_for`: the desk has no encryption key;
            `brokers_malformed`; those of `read_private`.
    """
    if not re.fullmatch(BROKERS, kafka):
        expected = "`host:port`, several with commas"
        raise UsageError("brokers_malformed", "another text", expected, "--brokers")
    row, realm = request.row, request.realm
    check_certificate(certificate, authority, request.certificate.public_key(), row.agency)
    secret = read_private(home.keys / realm / "routing.secret")
    return AnswerFile(
        format=1, realm=realm, desk=row.desk, agency=row.agency, convd=home.convention.digest,
        owners=orjson.loads((home.path / OWNERS).read_bytes()), kafka=kafka,
        certificate=certificate, authority=authority,
        routing_secret=_sealed(secret, request, FileClock(home.clock).now()),
    )  # fmt: skip


def _sealed(secret: bytes, request: RequestFile, at: int) -> str:
    """A JWE for the newest of the desk's keys that is valid."""
    desk, sealing = request.row.desk, check_desk(request.row, request.realm).sealing
    keys = [key for key in sealing.values() if key.not_before <= at < key.not_after]
    if not keys:
        raise UsageError("nothing_to_seal_for", "none", "an encryption key of this week", desk)
    key = max(keys, key=lambda listed: (listed.not_before, listed.kid))
    return seal_jwe(secret, {"aud": desk, "typ": TYP}, key, random_bytes)


def check_certificate(certificate: str, authority: str, public: Any, agency: str) -> None:
    """Of the key that asked for it, in its agency's name, by this authority.

    Raises:
        UsageError: `certificate_differs`.
    """
    try:
        own, by = map(x509.load_pem_x509_certificate, (certificate.encode(), authority.encode()))
        own.verify_directly_issued_by(by)
        fits = own.public_key() == public and common_names(own) == [principals.agency(agency)]
    except (ValueError, TypeError, InvalidSignature, x509.InvalidVersion):
        fits = False
    if not fits:
        got, expected = "another certificate", "one of the request's key, by this authority"
        raise UsageError("certificate_differs", got, expected)


def check_name(
    row: DeskRow, own: Collection[Partner], others: Collection[Mapping[str, Any]], known: Convention
) -> None:
    """A desk's first request, or another of who holds its keys, by names that nobody else has.

    Args:
        own: the desks whose keys the home has.
        others: rows of all realms of desks that keep their keys themselves.
        known: the convention: any desk may be called as its own role is.

    Raises:
        UsageError: `desk_taken`, `label_taken`.
    """
    name = short(row.desk)
    names = CONSOLE_ROLES.union(partner.desk for partner in own)
    same = (orjson.dumps(other) for other in others if short(other["desk"]) == name)
    again = all(_is_again(row, DeskRow.model_validate_json(other)) for other in same)
    if name in names or not again:
        raise UsageError("desk_taken", "somebody else's name", "a name that nobody has", row.desk)
    labels = [*known.party_labels.values(), *known.readers.values()]
    labels += [partner.label for partner in own]
    labels += [text for role in known.roles.values() for text in (role.label, role.named)]
    labels += [other["label"] for other in others if short(other["desk"]) != name]
    labels += [{"code": code} for code in (*known.roles, *known.readers) if code != row.role]
    taken = {skeleton(text) for label in labels for text in label.values()}
    role = known.roles[row.role]
    chosen = row.label.wire().items() - role.label.items() - role.named.items()
    if any(skeleton(text) in taken for _lang, text in chosen):
        got, expected = "another service's, in French or English", "names of its own"
        raise UsageError("label_taken", got, expected, row.desk)


def _is_again(row: DeskRow, before: DeskRow) -> bool:
    """Whether a row is of the same desk, by none but its keys; or of its agency's on the other bus.

    That some of its keys are the desk's shows nothing: those stand in the directory for everybody
    to copy.
    """
    if row.desk != before.desk:
        return row.agency == before.agency
    new, known = ({(k.kid, k.alg, k.x, k.y) for k in one.signing} for one in (row, before))
    return row.role == before.role and new <= known


def join(folder: Path, data: bytes) -> AnswerFile:
    """Take the owners' answer into a partner's folder, once all of it fits its own keys.

    Raises:
        UsageError: `answer_malformed`, `certificate_differs`, `key_file_missing`; those of
            `settings_of`.
    """
    settings = settings_of(folder)
    given, secret = _read(folder, data, settings)
    public = client_key(folder / "client.key").public_key()
    check_certificate(given.certificate, given.authority, public, settings.agency)
    write_secret(folder / "routing.secret", secret)
    write_durably(folder / "ca.pem", given.authority.encode())
    write_durably(folder / "client.pem", given.certificate.encode())
    write_durably(folder / "owners.json", orjson.dumps(given.owners))
    write_settings(folder, kafka=given.kafka)
    return given


def _read(folder: Path, data: bytes, own: PartnerSettings) -> tuple[AnswerFile, bytes]:
    """An answer for this desk, and the secret in it."""
    try:
        given = AnswerFile.model_validate(parse_json(data, limit=MOST_BYTES, place="answer"))
        if (given.desk, given.realm, given.agency) == (own.desk, own.realm, own.agency):
            return given, _opened(folder, given)
    except (EnvelopeError, KeyError, TypeError, AttributeError, ValueError):
        pass
    got, expected = "another content", "what `relais partner answer` makes for this desk"
    raise UsageError("answer_malformed", got, expected)


def _opened(folder: Path, given: AnswerFile) -> bytes:
    """The routing secret, by the key of this desk that it was sealed for."""
    place, head = "routing_secret", unb64u(given.routing_secret.partition(".")[0])
    header = parse_json(head, limit=MAX_HEADER_BYTES, place=place)
    kid = header["kid"]
    if parts_of(kid)[0] != short(given.desk) or header["typ"] != TYP:
        raise ValueError("got another header")
    private = read_encryption_file(read_private(folder / "keys" / f"{kid}.json"))[1]
    secret = open_jwe(given.routing_secret, private, unb64u(header["epk"]["x"]), place)
    if len(secret) != SECRET_BYTES:
        raise ValueError("got another length")
    return secret
