"""Issuing: seal each part, sign a slip an addressee and one cover (envelope §1).

What may be sent is decided before; here it is made. Randomness and time are arguments.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from contracts.encoding import canonical, digest, event_id, part_digest, sha256
from contracts.envelope import cloudevent
from contracts.envelope.limits import COVER, MAX_COVER, MAX_SLIP, SLIP
from contracts.envelope.model import MAX_LIFETIME, Cover, project_claims, read_claims
from contracts.envelope.part import seal_part
from contracts.envelope.shape import check_cover
from contracts.errors import DirectoryError, EnvelopeError
from contracts.keys.agreement import Random
from contracts.keys.directory import Directory
from contracts.keys.jose import sign_jws, sign_text
from contracts.keys.keyring import Signer
from contracts.vocabulary.conditions import Declared
from contracts.vocabulary.schema import LeftOut, Linked, Ref, router_urn
from contracts.vocabulary.topics import MAX_EVENT_BYTES

FACTS: Final = frozenset(
    {
        "phase",
        "final",
        "stage",
        "decided_on",
        "received_on",
        "ends_on",
        "due",
    }
)  # clear facts: those that clocks need, and what the bus's own events say


@dataclass(frozen=True, slots=True)
class Recipient:
    """One addressee of an event to be issued.

    Attributes:
        desk: urn.
        purpose: why; None in an attempt only.
        bodies: scope -> content, as JSON on our profile (`Closed.wire()`).
        retention: class of the key to seal with, the deciding clause's; unused without bodies.
        re: what this answers, copies or withdraws, for this desk.
    """

    desk: str
    purpose: str | None
    bodies: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    retention: str = "P30"
    re: Sequence[Ref] = ()


@dataclass(frozen=True)
class Issued:
    """A whole event, sealed and signed.

    Attributes:
        claims: the cover's.
        cover: token.
        slips: tokens, in the order of the cover's `to`.
        parts: tokens.
    """

    claims: Cover
    cover: str = field(repr=False)
    slips: tuple[str, ...] = field(repr=False)
    parts: tuple[str, ...] = field(repr=False)

    @cached_property
    def digest(self) -> str:
        """D(cover): the `prev` of this desk's next cover in this partition."""
        return digest(self.cover)

    @property
    def ref(self) -> Ref:
        """How other events refer to this one."""
        return Ref(iss=self.claims.iss, jti=self.claims.jti)

    @property
    def key(self) -> bytes:
        """Of the Kafka record: D(cover), unique and no pseudonym of a case."""
        return self.digest.encode()

    def headers(self, **more: str) -> list[tuple[str, bytes]]:
        """Of the Kafka record; `more` as text (idempotency keys as base64url of their HMACs)."""
        return cloudevent.headers(**more)

    def value(self) -> bytes:
        """Of the Kafka record: the published CloudEvent."""
        return self._value

    @cached_property
    def _value(self) -> bytes:
        return cloudevent.write(
            cloudevent.of_event(vars(self.claims)),
            {"cover": self.cover, "parts": list(self.parts), "slips": list(self.slips)},
        )


def issue(
    *,
    signer: Signer,
    directory: Directory,
    etype: str,
    convd: str,
    sub: str,
    to: Sequence[Recipient],
    at_ms: int,
    random: Random,
    declared: Declared | None = None,
    linked: Linked | None = None,
    ends: Sequence[Ref] = (),
    facts: Mapping[str, Any] | None = None,
    attempt: bool = False,
    left_out: Sequence[LeftOut] = (),
    prev: str | None = None,
    jti: str | None = None,
    lifetime: int = MAX_LIFETIME,
) -> Issued:
    """Seal and sign an event.

    Args:
        signer: a key of the issuing desk, valid now.
        convd: digest of the convention that intake read.
        sub: case token.
        at_ms: instant of issue, milliseconds; `iat` is its second.
        random: n -> n secure random bytes.
        facts: those of FACTS that the event has.
        prev: D of this desk's previous cover in the same partition; None if nothing is left there.
        jti: event id if it was made before; else made here.
        lifetime: seconds until `exp`.

    Raises:
        DirectoryError: `directory_expired`, `wrong_realm`, `no_encryption_key`.
        EnvelopeError: `unknown_fact`, `part_too_large`, `too_large`, `cover_malformed`, those of
            `shape.check_cover`.
    """
    at = at_ms // 1000
    if at >= directory.expires:
        raise DirectoryError("directory_expired", f"{at - directory.expires} s ago", "a newer one")
    if unknown := sorted(set(facts or ()) - FACTS):
        raise EnvelopeError("unknown_fact", str(len(unknown)), "a clear fact of a cover")
    jti = jti or event_id(at_ms, random(10))
    sealed = [_seal(one, jti, signer.owner, directory, at, random) for one in to]
    claims: dict[str, Any] = {
        "aud": router_urn(directory.realm), "convd": convd, "etype": etype, "exp": at + lifetime,
        "iat": at, "iss": signer.owner, "jti": jti, "realm": directory.realm, "sub": sub,
        "to": [_entry(one, parts) for one, parts in zip(to, sealed, strict=True)],
        **(facts or {}),
        **_optional(declared, linked, ends, attempt, left_out, prev),
    }  # fmt: skip
    slips = tuple(_slip(claims, entry, signer) for entry in claims["to"])
    payload = canonical(claims)
    cover = sign_text(payload, COVER, signer)
    parts = tuple(token for own in sealed for token in own.values())
    read = read_claims(Cover, payload, "cover")
    check_cover(read)  # what we would refuse from others is not sent
    issued = Issued(read, cover, slips, parts)
    _check_sizes(issued)
    return issued


def _seal(
    recipient: Recipient, jti: str, iss: str, directory: Directory, at: int, random: Random
) -> dict[str, str]:
    """P(part) -> token, of one addressee."""
    if not recipient.bodies:
        return {}
    key = directory.sealing_key(recipient.desk, recipient.retention, at)
    sealed = {}
    for scope in sorted(recipient.bodies):
        token = seal_part(
            recipient.bodies[scope], cat=scope, evt=jti, iss=iss, key=key, random=random
        )
        head, _, rest = token.partition(".")
        sealed[part_digest(head, sha256(rest.encode("ascii")))] = token
    return sealed


def _entry(recipient: Recipient, parts: Mapping[str, str]) -> dict[str, Any]:
    """An entry of `to`, its slip's digest still to come."""
    entry: dict[str, Any] = {"desk": recipient.desk}
    if recipient.purpose is not None:
        entry["purpose"] = recipient.purpose
    if recipient.re:
        entry["re"] = [ref.wire() for ref in recipient.re]
    if parts:
        entry["parts"] = sorted(parts)
    return entry


def _optional(
    declared: Declared | None,
    linked: Linked | None,
    ends: Sequence[Ref],
    attempt: bool,
    left_out: Sequence[LeftOut],
    prev: str | None,
) -> dict[str, Any]:
    """Claims that are left out when there is nothing to say."""
    claims: dict[str, Any] = {
        "declared": declared.wire() if declared is not None else None,
        "linked": linked.wire() if linked is not None else None,
        "ends": [ref.wire() for ref in ends],
        "attempt": attempt,
        "left_out": [left.wire() for left in left_out],
        "prev": prev,
    }
    return {name: value for name, value in claims.items() if value}


def _slip(claims: Mapping[str, Any], entry: dict[str, Any], signer: Signer) -> str:
    """Sign the addressee's projection, and name it in the cover's entry."""
    slip = sign_jws(project_claims(claims, entry), SLIP, signer)
    entry["slip"] = digest(slip)
    return slip


def _check_sizes(issued: Issued) -> None:
    sizes = [(len(issued.cover), MAX_COVER, "cover")]
    sizes += [(len(slip), MAX_SLIP, "slip") for slip in issued.slips]
    sizes.append((len(issued.value()), MAX_EVENT_BYTES, "event"))
    for size, limit, place in sizes:
        if size > limit:
            raise EnvelopeError("too_large", str(size), f"at most {limit}", place)
