"""A recipient's checks of what reached its inbox (envelope §8).

A recipient trusts its directory and its own keys, neither Kafka nor the order of what it reads. The
router's receipt and the issuer's slip must both verify, and agree with each other and with what
came.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from contracts.encoding import digest, parse, segments, unb64u_checked
from contracts.envelope import cloudevent
from contracts.envelope.event import Head
from contracts.envelope.limits import (  # fmt: skip
    MAX_NOTICE,
    MAX_RECEIPT,
    MAX_SLIP,
    NOTICE,
    RECEIPT,
    SLIP,
)
from contracts.envelope.model import CLOCK_SKEW, MAX_PARTS, Receipt, Slip, read_claims
from contracts.envelope.part import Header, check_bound, open_part, read_part
from contracts.errors import EnvelopeError
from contracts.keys.directory import Directory
from contracts.keys.jose import Jws, open_jws
from contracts.keys.keyring import KeyRing
from contracts.vocabulary.events.notices import notice_of
from contracts.vocabulary.schema import Closed, router_urn
from contracts.vocabulary.topics import MAX_RECORD_BYTES

ReadBody = Callable[[str, str, Mapping[str, Any]], Closed]  # event type, scope, body -> typed body


@dataclass(frozen=True, slots=True)
class RecipientContext:
    """What a desk holds its arrivals against.

    Attributes:
        desk: urn of the desk that reads.
        directory: the newest one.
        earlier: digest -> a directory that was in force: of a desk that has left it has the keys.
        read_body: types a part's body, `contracts.vocabulary.events.read_body`.
    """

    desk: str
    directory: Directory
    ring: KeyRing
    read_body: ReadBody
    earlier: Mapping[str, Directory] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery whose signatures verify and agree.

    Attributes:
        slip: what the issuer says to this desk.
        receipt: the router's claims.
        slip_token: to be kept as proof.
        parts: head, header and token of each, in the order they came.
        bodies: scope -> content, as it was sealed; empty until it was opened.
    """

    slip: Slip
    receipt: dict[str, Any]
    slip_token: str = field(repr=False)
    parts: tuple[tuple[Head, Header, str], ...] = field(repr=False)
    bodies: dict[str, dict[str, Any]] = field(repr=False, default_factory=dict)


def addressee(
    value: bytes | None, headers: cloudevent.Headers
) -> tuple[str, bool, cloudevent.CloudEvent]:
    """Whom a record of an inbox names (a desk's urn, at best), whether a notice, its shell.

    An agency's desks share an inbox: this says whose keys and numbers a record is to be held
    against, by `check_notice` or `check_delivery`. Nothing is verified yet.

    Raises:
        EnvelopeError: it has neither form.
    """
    shell = cloudevent.read(
        value,
        headers,
        data=cloudevent.DELIVERED,
        or_data=cloudevent.NOTICED,
        limit=MAX_RECORD_BYTES,
    )
    name = "notice" if "notice" in shell.data else "receipt"
    payload = segments(cloudevent.text(shell.data, name), 3, name)[1]
    claims = parse(unb64u_checked(payload), limit=MAX_RECORD_BYTES, place=name)
    return str(claims.get("aud")), name == "notice", shell


def check_delivery(shell: cloudevent.CloudEvent, context: RecipientContext) -> Delivery:
    """Steps 1 to 6 of `open_delivery`: what a delivery is, without opening it.

    Args:
        shell: read in the delivered form.

    Raises:
        EnvelopeError: one code a cause.
        SignatureError: `bad_signature`.
    """
    # 1.
    slip_token = cloudevent.text(shell.data, "slip")
    receipt_token = cloudevent.text(shell.data, "receipt")
    parts = cloudevent.texts(shell.data, "parts", MAX_PARTS)
    # 2.
    try:
        slip, claims = _verified_slip(slip_token, context.directory)
        receipt = _verified_receipt(receipt_token, context.directory)
    except EnvelopeError as error:
        if error.code != "unknown_key":
            raise
        receipt = _verified_receipt(receipt_token, context.directory)
        slip, claims = _verified_slip(
            slip_token, context.earlier.get(receipt.dird, context.directory)
        )
    # 3.
    arrived = receipt.iat if receipt.arrived is None else receipt.arrived
    if arrived >= slip.exp:
        raise EnvelopeError("expired", f"{arrived - slip.exp} s late", "", "slip.exp")
    if slip.iat > receipt.iat + CLOCK_SKEW:
        raise EnvelopeError("issued_ahead", "a later instant", "the receipt's", "slip.iat")
    # 4.
    shell.check(cloudevent.of_event(claims))
    # 5.
    for aud, place in ((slip.aud, "slip.aud"), (receipt.aud, "receipt.aud")):
        if aud != context.desk:
            raise EnvelopeError("wrong_audience", "another desk", "this one", place)
    # 6.
    read = tuple((*read_part(part, f"parts[{at}]"), part) for at, part in enumerate(parts))
    _check_agreement(slip, slip_token, receipt, [head.digest for head, _, _ in read])
    return Delivery(slip, receipt.wire(), slip_token, read)


def open_delivery(
    value: bytes | None, headers: cloudevent.Headers, context: RecipientContext
) -> Delivery:
    """Verify and open a delivery: steps 1 to 11 of envelope §8, whose numbers stand in the code.

    Duplicates, `partition` and `seq` are for the caller, who keeps what was seen.

    Raises:
        EnvelopeError: one code a cause; from step 7 on the desk owes its issuer an ACK of stage
            `unreadable`.
        SignatureError: `bad_signature`, `cannot_open`, `wrong_commitment`.
    """
    shell = cloudevent.read(value, headers, data=cloudevent.DELIVERED, limit=MAX_RECORD_BYTES)
    checked = check_delivery(shell, context)
    bodies: dict[str, dict[str, Any]] = {}
    for at, (head, header, part) in enumerate(checked.parts):
        place = f"parts[{at}]"
        # 7.
        _check_head(checked, header, context, place)
        if head.cat in bodies:
            raise EnvelopeError("two_parts", "two", "one a scope", place)
        # 8, 9.
        content = open_part(part, header, context.ring, place)
        # 10.
        for name in ("evt", "iss", "cat"):
            if content[name] != header[name]:
                raise EnvelopeError("plaintext_differs", "another", "the head's", f"{place}.{name}")
        # 11.
        context.read_body(checked.slip.etype, head.cat, content["body"])
        bodies[head.cat] = content["body"]
    return replace(checked, bodies=bodies)


def check_notice(shell: cloudevent.CloudEvent, context: RecipientContext) -> dict[str, Any]:
    """Verify a notice, a shell that `addressee` has read in its form, and return its claims.

    Duplicates, `partition` and `seq` are for the caller.

    Raises:
        EnvelopeError: one code a cause.
        SignatureError: `bad_signature`.
    """
    token = cloudevent.text(shell.data, "notice")
    jws = _open(token, NOTICE, context.directory, "notice", MAX_NOTICE)
    _check_router(jws, context.directory, "notice")
    schema = notice_of(str(jws.claims.get("kind")))
    if schema is None:
        raise EnvelopeError("unknown_notice", "another kind", "a kind of notice", "notice.kind")
    notice = read_claims(schema, jws.payload, "notice")
    shell.check(cloudevent.of_notice(jws.claims))
    if notice.aud != context.desk:
        raise EnvelopeError("wrong_audience", "another desk", "this one", "notice.aud")
    return jws.claims


def _open(token: str, typ: str, directory: Directory, place: str, limit: int) -> Jws:
    return open_jws(token, typ, directory.signing, at=None, place=place, limit=limit)


def _verified_slip(token: str, directory: Directory) -> tuple[Slip, dict[str, Any]]:
    jws = _open(token, SLIP, directory, "slip", MAX_SLIP)
    slip = read_claims(Slip, jws.payload, "slip")
    if jws.key.owner != slip.iss:
        raise EnvelopeError("claimed_authorship", "another's key", "the issuer's own", "slip.iss")
    return slip, jws.claims


def _verified_receipt(token: str, directory: Directory) -> Receipt:
    jws = _open(token, RECEIPT, directory, "receipt", MAX_RECEIPT)
    _check_router(jws, directory, "receipt")
    return read_claims(Receipt, jws.payload, "receipt")


def check_told(data: Mapping[str, Any], directory: Directory) -> None:
    """That a receipt or notice in a record's `data` was signed by this realm's router; no more.

    Raises:
        EnvelopeError: `not_by_router`; those of `open_jws`.
        SignatureError: `bad_signature`.
    """
    if "notice" in data:
        jws = _open(cloudevent.text(data, "notice"), NOTICE, directory, "notice", MAX_NOTICE)
        _check_router(jws, directory, "notice")
    else:
        _verified_receipt(cloudevent.text(data, "receipt"), directory)


def _check_router(jws: Jws, directory: Directory, place: str) -> None:
    router = router_urn(directory.realm)
    if jws.key.owner != router or jws.claims.get("iss") != router:
        raise EnvelopeError("not_by_router", "another's key", "this realm's router", place)


def _check_agreement(slip: Slip, token: str, receipt: Receipt, received: list[str]) -> None:
    if receipt.slip != digest(token):
        raise EnvelopeError("receipt_for_other_slip", "another", "D of the slip", "receipt.slip")
    if list(receipt.parts) != sorted(set(received)) or len(received) != len(receipt.parts):
        raise EnvelopeError("parts_differ", "another set", "the receipt's, each once", "parts")
    if not set(received) <= set(slip.parts or ()):
        raise EnvelopeError("part_unlisted", "one more", "those of the slip", "parts")


def _check_head(checked: Delivery, header: Header, context: RecipientContext, place: str) -> None:
    check_bound(header, checked.slip.jti, checked.slip.iss, context.desk, place)
    key = context.directory.encryption.get(header["kid"])
    if key is not None and key.owner != context.desk:
        raise EnvelopeError("key_of_other_desk", "another's", "one of this desk's", place)
    if header["cat"] not in checked.receipt["clauses"]:
        raise EnvelopeError("scope_not_released", "no clause", "one in the receipt", place)
