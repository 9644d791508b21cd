"""Cases, and deliveries as the router would have written them, with the tools that alter them.

behind the router   tokens are exchanged after the receipt was signed: it vouches for others
under a receipt     the router's key signs a receipt for what is altered (`confirmed`): it was
deceived, or taken; only the recipient's own checks are left
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final

from contracts.encoding import (  # fmt: skip
    b64u,
    canonical,
    digest,
    event_id,
    part_digest,
    sha256,
    unb64u,
)
from contracts.envelope import cloudevent
from contracts.envelope.limits import NOTICE, PART, RECEIPT, SLIP
from contracts.envelope.part import padded
from contracts.envelope.wire import Inbound
from contracts.keys.directory import EncryptionKey
from contracts.keys.jose import seal_jwe, sign_jws
from contracts.vocabulary.schema import router_urn
from contracts.vocabulary.topics import inbox
from tests.contracts.envelope.kit import DAY, claims_of
from tests.vectors.conformance.federation import (
    FED,
    ISSUER,
    KEPT,
    REALM,
    ROUTER,
    TESTED,
    draws,
    urn,
)
from tests.vectors.specification.computations import reheaded
from tests.vectors.specification.federation import AT, CONVD

PARTITION: Final = 3
AGENCY: Final = "child_welfare"
CANARY: Final = "Témoin-Fictif"  # a name in every sealed identity, and nowhere else
BODIES: Final[Mapping[str, Mapping[str, Any]]] = {
    "FACTS": {
        "facts": [{"observed": "Hématome au bras, s’endort en classe.",
        "observed_on": "2026-11-23"}]
    },
    "HEALTH.vital": {"signs": ["visible_injury"]},
    "IDENTITY": {
        "birth_date": "2011-05-14", "first_name": "Lina", "name": CANARY, "sex": "female",
    },
}  # fmt: skip
# Of the longest body that there is: 12 facts of 4,000 signs of four bytes.
_LONG: Final = {"observed": "𝄞" * 2000, "observed_on": "2026-11-20", "quoted": "𝄞" * 2000}
LONGEST: Final = {"facts": [_LONG] * 12}
DESCRIPTION: Final = "IDENTITY.description"
PHOTOGRAPH: Final = {"photo": {"data": b64u(bytes(136 << 10)), "media": "image/jpeg"}}


def altered(members: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Members with others in their place; None takes one away."""
    return {name: value for name, value in {**members, **changes}.items() if value is not None}


def digest_of(part: str) -> str:
    """`P` of a part, whatever is wrong with it."""
    head, _, rest = part.partition(".")
    return part_digest(head, sha256(rest.encode()))


def spoiled(token: str, segment: int) -> str:
    """A token one of whose segments begins with another character."""
    pieces = token.split(".")
    text = pieces[segment]
    pieces[segment] = ("A" if text[0] != "A" else "B") + text[1:]
    return ".".join(pieces)


def wire(record: Inbound) -> dict[str, Any]:
    """A record as a vector has it."""
    return {
        "topic": record.topic, "partition": record.partition, "offset": record.offset,
        "key": (record.key or b"").decode(),
        "headers": [[name, text and text.decode()] for name, text in record.headers],
        "value": record.value and record.value.decode(),
    }  # fmt: skip


def arrival(token: str, number: int, partition: int, value: bytes) -> Inbound:
    """The record of Kafka in which a slip or a notice arrives as the router's message `number`."""
    return Inbound(
        inbox(REALM, AGENCY), partition, number - 1, digest(token).encode(), value,
        tuple(cloudevent.headers()), 0,
    )  # fmt: skip


@dataclass(frozen=True)
class LooseDelivery:
    """A delivery as loose tokens."""

    bench: Workbench = field(repr=False)
    slip: str
    receipt: str
    parts: tuple[str, ...]
    number: int = 1
    partition: int = PARTITION

    def having(self, **tokens: Any) -> LooseDelivery:
        """The same with other tokens, the receipt as it was signed."""
        return replace(self, **tokens)

    def confirmed(self, *, by: str = ROUTER, **changes: Any) -> LooseDelivery:
        """The same with the router's receipt of it as it stands; None takes a claim away."""
        claims = claims_of(self.receipt) | {
            "slip": digest(self.slip), "parts": sorted({digest_of(part) for part in self.parts}),
            "partition": self.partition, "seq": self.number,
        }  # fmt: skip
        return replace(self, receipt=sign_jws(altered(claims, changes), RECEIPT, FED.signers[by]))

    def reslipped(self, *, by: str = f"{ISSUER}-sig-2", **changes: Any) -> LooseDelivery:
        """The same with other claims in its slip, signed and confirmed; None takes one away."""
        claims = altered(claims_of(self.slip), changes)
        return replace(self, slip=sign_jws(claims, SLIP, FED.signers[by])).confirmed()

    def listing(self, *parts: str, **changes: Any) -> LooseDelivery:
        """The same with these parts, listed and confirmed; `changes` are the receipt's."""
        listed = sorted({digest_of(part) for part in parts}) or None
        clauses = {"clauses": dict.fromkeys(BODIES, "R01")}
        return replace(self, parts=parts).reslipped(parts=listed).confirmed(**clauses | changes)

    def shell(self) -> dict[str, Any]:
        """The CloudEvent, as the slip wants it."""
        return {
            "datacontenttype": "application/json", "specversion": "1.0",
            **cloudevent.of_event(claims_of(self.slip)),
            "data": {"parts": list(self.parts), "receipt": self.receipt, "slip": self.slip},
        }  # fmt: skip

    def record(self, **changes: Any) -> Inbound:
        """The record of Kafka; `changes` are fields of it."""
        value = canonical(self.shell())
        return replace(arrival(self.slip, self.number, self.partition, value), **changes)


@dataclass(frozen=True)
class Workbench:
    """One case's means: all that it makes is of bytes that are this case's own."""

    case: str

    @cached_property
    def random(self) -> Callable[[int], bytes]:
        """What would be drawn at random."""
        return draws("case", self.case)

    def event(self) -> str:
        """An event id of that instant."""
        return event_id(AT * 1000 + 123, self.random(10))

    def token(self) -> str:
        """A case token."""
        return b64u(self.random(32))

    def slip(self, *, by: str = ISSUER, **changes: Any) -> dict[str, Any]:
        """The claims of a concern's slip for the tested desk, no part listed, but for `changes`."""
        return {
            "aud": urn(TESTED), "convd": CONVD, "etype": "IP",
            "exp": AT + 7 * DAY, "iat": AT, "iss": urn(by),
            "jti": self.event(), "purpose": "assess", "realm": REALM, "sub": self.token(),
        } | changes  # fmt: skip

    def content(self, slip: Mapping[str, Any], cat: str = "FACTS") -> dict[str, Any]:
        """What a part of the event of a slip holds, without its padding."""
        return {
            "body": BODIES.get(cat), "cat": cat, "evt": slip["jti"], "iss": slip["iss"],
            "salt": b64u(self.random(16)),
        }  # fmt: skip

    def sealed(
        self,
        slip: Mapping[str, Any],
        cat: str = "FACTS",
        *,
        key: EncryptionKey | None = None,
        plaintext: bytes | None = None,
        inner: Mapping[str, Any] | None = None,
        **header: Any,
    ) -> str:
        """A part of the event of a slip, for the tested desk."""
        content = self.content(slip, cat) | dict(inner or {})
        plaintext = padded(content) if plaintext is None else plaintext
        whole = {
            "aud": urn(TESTED), "cat": cat, "cty": "json", "evt": slip["jti"],
            "iss": slip["iss"], "pth": digest(plaintext), "typ": PART,
        } | header  # fmt: skip
        return seal_jwe(plaintext, whole, key or FED.newest(TESTED), self.random)

    def by_router(self, number: int, at: int) -> dict[str, Any]:
        """What the router claims in receipts and notices alike."""
        return {
            "aud": urn(TESTED), "iss": router_urn(REALM), "iat": at,
            "partition": PARTITION, "seq": number, "nonce": b64u(self.random(16)),
            "dec": b64u(self.random(32)), "convd": CONVD, "dird": FED.directory.digest,
        }  # fmt: skip

    def delivery(
        self,
        *cats: str,
        by: str = ISSUER,
        number: int = 1,
        claims: Mapping[str, Any] | None = None,
    ) -> LooseDelivery:
        """A sound delivery to the tested desk, a clause for each scope that an alert may have."""
        slip = self.slip(by=by, **(claims or {}))
        parts = tuple(self.sealed(slip, cat) for cat in cats)
        if parts:
            slip["parts"] = sorted(map(digest_of, parts))
        token = sign_jws(slip, SLIP, FED.signers[f"{by}-sig-2"])
        owed = {
            "act": "R39:final", "creditor": slip["iss"], "debtor": slip["aud"],
            "due": AT + 90 * DAY, "event": {"iss": slip["iss"], "jti": slip["jti"]},
            "id": f"{slip['jti']}/R39:final/crip/1", "legal": True,
        }  # fmt: skip
        receipt = self.by_router(number, AT + 1) | {
            "clauses": dict.fromkeys(BODIES, "R01") if parts else {}, "due": [owed],
        }  # fmt: skip
        unconfirmed = sign_jws(receipt, RECEIPT, FED.signers[ROUTER])
        return LooseDelivery(self, token, unconfirmed, parts, number).confirmed()

    def whole(self, **given: Any) -> LooseDelivery:
        """A sound delivery of three parts; arguments as `delivery`."""
        return self.delivery(*BODIES, **given)

    def notice(self, number: int = 1, **changes: Any) -> dict[str, Any]:
        """The claims of a notice `overdue` to the tested desk; `changes` are claims."""
        ref = {"iss": urn(ISSUER), "jti": self.event()}
        duty = {
            "act": "ACK:received", "creditor": urn(ISSUER), "debtor": urn(TESTED),
            "due": AT - DAY, "event": ref, "id": f"{ref['jti']}/ACK:received/crip/1",
            "legal": False,
        }  # fmt: skip
        claims = self.by_router(number, AT) | {
            "jti": self.event(), "sub": self.token(), "event": ref, "kind": "overdue", "duty": duty,
        }  # fmt: skip
        return altered(claims, changes)

    def noticed(
        self, claims: Mapping[str, Any], *, by: str = ROUTER, typ: str = NOTICE, **changes: Any
    ) -> Inbound:
        """A notice as a record."""
        token = sign_jws(claims, typ, FED.signers[by])
        shell = {
            "datacontenttype": "application/json", "specversion": "1.0",
            **cloudevent.of_notice(claims), **changes, "data": {"notice": token},
        }  # fmt: skip
        return arrival(token, claims["seq"], PARTITION, canonical(shell))


Making = Callable[[Any], Any]


def changed(
    change: Callable[[LooseDelivery], LooseDelivery] = lambda whole: whole,
) -> Making:
    """A sound delivery of three parts, and what a case makes of it."""
    return lambda bench: [change(bench.whole()).record()]


def holding(
    make: Callable[[Workbench, dict[str, Any]], str | list[str]],
) -> Making:
    """A delivery of what a case seals for its slip, listed by issuer, confirmed by router."""

    def made(bench: Workbench) -> list[Inbound]:
        slip = bench.slip()
        parts = make(bench, slip)
        listed = [parts] if isinstance(parts, str) else parts
        return [bench.delivery(claims=slip).listing(*listed).record()]

    return made


def resealed(change: Callable[[str], str]) -> Making:
    """A delivery of one part that a case alters before it is listed."""
    return holding(lambda bench, slip: change(bench.sealed(slip)))


def under_head(change: Callable[[bytes], bytes]) -> Making:
    """A delivery of one part whose header is another text, sealed under that very text."""
    private = FED.private[KEPT]
    return resealed(lambda part: reheaded(part, private, change(unb64u(part.partition(".")[0]))))


@dataclass(frozen=True)
class Case:
    """What arrives; all of it is sound but the last."""

    name: str
    title: str
    section: str
    make: Making = field(repr=False)
    reasons: frozenset[str] = frozenset()  # of a refusal, one of them; none: it must be taken
    noticed: bool = False  # it may be taken as well, if a reason is given
    withdraws: bool = False  # the last takes the first back


def refusal(name: str, title: str, make: Making, *reasons: str, section: str) -> Case:
    """A case whose last record must be refused for one of the reasons."""
    return Case(name, title, section, make, frozenset(reasons))
