"""Builders for everybody's tests: desks with keys in both realms, events, deliveries, forgeries."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Final, TypeVar

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from contracts.encoding import b64u, case_token, digest, partition_of, unb64u
from contracts.envelope import cloudevent
from contracts.envelope.cloudevent import delivery_message
from contracts.envelope.event import Published
from contracts.envelope.issue import Issued, Recipient, issue
from contracts.envelope.limits import COVER, RECEIPT, SLIP
from contracts.envelope.model import Cover, project_claims
from contracts.envelope.receive import RecipientContext, addressee
from contracts.envelope.verify import RouterContext, verify_published
from contracts.envelope.wire import Inbound, Outbound
from contracts.keys import keyring
from contracts.keys.directory import Directory, SigningKey
from contracts.keys.jose import sign_jws
from contracts.keys.sealing_keys import periods_of
from contracts.keys.sealing_kinds import public_half
from contracts.vocabulary import topics
from contracts.vocabulary.conditions import Declared, Informed
from contracts.vocabulary.schema import Closed, desk_urn, router_urn, short
from contracts.vocabulary.scopes import RETENTION_CLASSES, ROLES

NOW: Final = 1_795_514_400  # Tuesday 2026-11-24, 10:00 UTC
DAY: Final = 86_400
CONVD: Final = digest("a convention")
ROUTING_SECRET: Final = b"routing secret of the tests, 32 b"
AGENCY_SECRET: Final = b"agency secret of the tests, 32 by"
BOTH: Final = ("civil", "criminal")
CIVIL: Final = ("civil",)

Row = TypeVar("Row", Inbound, Outbound)

# short id -> role, realms, secrecy-bound (rules §2)
DESKS: Final[dict[str, tuple[str, tuple[str, ...], bool]]] = {
    "edu-s": ("EDU-S", CIVIL, True),
    "edu-h-1": ("EDU-H", CIVIL, False),
    "edu-h-2": ("EDU-H", CIVIL, False),
    "pol": ("POL", BOTH, False),
    "parq-civ": ("PARQ-CIV", CIVIL, False),
    "parq-crim": ("PARQ-CRIM", BOTH, False),
    "je": ("JE", CIVIL, False),
    "pjj": ("PJJ", CIVIL, True),
    "crip": ("CRIP", CIVIL, True),
    "ase": ("ASE", CIVIL, True),
    "pmi": ("PMI", CIVIL, True),
    "home-1": ("HOME", CIVIL, True),
    "home-2": ("HOME", CIVIL, True),
    "mo": ("MO", CIVIL, True),
    "asso": ("ASSO", CIVIL, True),
    "psp": ("PSP", CIVIL, True),
}


class Seeded:
    """A deterministic source for the `random` arguments: SHA-256 in counter mode."""

    def __init__(self, seed: str) -> None:
        self.seed = seed.encode()
        self.calls = 0

    def __call__(self, size: int) -> bytes:
        self.calls += 1
        out = b""
        while len(out) < size:
            block = self.calls.to_bytes(8, "big") + len(out).to_bytes(8, "big")
            out += hashlib.sha256(self.seed + block).digest()
        return out[:size]


class Note(Closed):
    """A body that stands for any other in the envelope's own tests."""

    text: str


def read_note(etype: str, scope: str, body: Mapping[str, Any]) -> Closed:
    """Stands for `contracts.vocabulary.events.read_body`."""
    del etype, scope
    return Note.model_validate(body)


def signer(owner: str, kid: str) -> keyring.MemorySigner:
    """The same key for the same kid, always."""
    seed = Seeded(f"signing {owner} {kid}")(32)
    return keyring.MemorySigner(kid, owner, Ed25519PrivateKey.from_private_bytes(seed))


def pinned(*signers: keyring.MemorySigner) -> dict[str, SigningKey]:
    """Their public keys by kid, valid for ever: as settings pin them."""
    return {
        one.kid: SigningKey(one.kid, one.alg, one.owner, one.public, 0, 2**40) for one in signers
    }


def sealing(kid: str) -> X25519PrivateKey:
    """The same encryption key for the same kid, always."""
    return X25519PrivateKey.from_private_bytes(Seeded(f"sealing {kid}")(32))


@dataclass(frozen=True)
class Realm:
    """One realm's directory and its payload, the keepers' pinned keys; keys by short desk id."""

    realm: str
    router: keyring.MemorySigner
    keeper: keyring.MemorySigner
    keepers: dict[str, SigningKey]
    signers: dict[str, keyring.MemorySigner]
    rings: dict[str, keyring.MemoryKeyRing]
    payload: dict[str, Any] = field(repr=False)
    token: str = field(repr=False)
    directory: Directory = field(repr=False)

    def urn(self, desk: str) -> str:
        """Urn of a desk by its short id."""
        return desk_urn(self.realm, desk)


@lru_cache(maxsize=8)
def realm(name: str = "civil", *, start: int = NOW - 7 * DAY, weeks: int = 14) -> Realm:
    """All desks of a realm with keys for `weeks` weeks from `start`."""
    router = signer(router_urn(name), f"router-{name}-s1")
    keeper = signer("urn:relais:owner:directory", "directory-1")
    signers, rings, rows = {}, {}, []
    for desk, (role, realms, secrecy) in DESKS.items():
        if name not in realms:
            continue
        own = signer(desk_urn(name, desk), f"{desk}-s1")
        private, listed = sealing_keys(own, desk, start, weeks)
        label = {"fr": f"Service {desk}", "en": f"Desk {desk}"}
        rows.append(keyring.desk_entry(own.owner, role, secrecy, label, [signing_row(own)], listed))
        signers[desk], rings[desk] = own, keyring.MemoryKeyRing(private)
    payload = keyring.build_directory(
        name, 1, start - DAY, start + 400 * DAY, [signing_row(router)], rows
    )
    token = keyring.sign_directory(payload, keeper)
    keepers = pinned(keeper)
    directory = keyring.load_directory(token, keepers)
    return Realm(name, router, keeper, keepers, signers, rings, payload, token, directory)


def signing_row(own: keyring.MemorySigner) -> dict[str, Any]:
    """A signing key's entry, valid for years around NOW."""
    return keyring.signing_entry(own, own.public, own.owner, NOW - 400 * DAY, NOW + 800 * DAY)


def sealing_keys(
    own: keyring.MemorySigner, desk: str, start: int, weeks: int
) -> tuple[dict[str, X25519PrivateKey], dict[str, Any]]:
    """A desk's private encryption keys, and the row that lists them."""
    private: dict[str, X25519PrivateKey] = {}
    keys: dict[str, dict[str, bytes]] = {}
    for retention in RETENTION_CLASSES:
        for period in periods_of(retention, start, start + weeks * 7 * DAY):
            kid = f"{desk}-{retention.lower()}-{period.label}"
            private[kid] = sealing(kid)
            keys.setdefault(retention, {})[period.label] = public_half(private[kid])
    return private, keyring.sealing_row(own, owner=own.owner, keys=keys, iat=start)


def sample_recipient(
    desk: str, scopes: Sequence[str], *, purpose: str | None = "assess", name: str = "civil"
) -> Recipient:
    """An addressee with a note in each scope."""
    bodies = {scope: {"text": f"note on {scope} for {desk}"} for scope in scopes}
    return Recipient(desk_urn(name, desk), purpose, bodies)


def sample_issue(
    issuer: str = "edu-s",
    to: Sequence[Recipient] | None = None,
    *,
    name: str = "civil",
    etype: str = "IP",
    case: str = "case 1",
    seed: str = "event",
    at: int = NOW,
    declared: Declared | None = None,
    **more: Any,
) -> Issued:
    """A whole event; by default an IP of EDU-S to the CRIP with three parts, parents informed.

    Args:
        case: local reference; or a case token of 43 characters.
    """
    here = realm(name)
    own = here.signers[issuer]
    if to is None:
        to = [sample_recipient("crip", ("FACTS", "HEALTH.vital", "IDENTITY"), name=name)]
    if declared is None and not more.get("attempt"):
        declared = Declared(informed=Informed(parents="informed", minor="informed"))
    token = case if len(case) == 43 else case_token(AGENCY_SECRET, name, own.owner, case)
    return issue(
        **{
            "signer": own, "directory": here.directory, "etype": etype, "convd": CONVD,
            "sub": token, "to": to, "at_ms": at * 1000 + 123, "random": Seeded(seed),
            "declared": declared, **more,
        }
    )  # fmt: skip


def three_addressees() -> Issued:
    """An event to CRIP, parquet and police: 3, 2 and 2 parts."""
    to = [
        sample_recipient("crip", ("FACTS", "HEALTH.vital", "IDENTITY")),
        sample_recipient("parq-civ", ("FACTS", "IDENTITY"), purpose="protect_now"),
        sample_recipient("pol", ("FACTS", "IDENTITY"), purpose="protect_now"),
    ]
    return sample_issue(to=to, etype="SIG")


@dataclass(frozen=True)
class Wire:
    """A published event as loose tokens, to be changed at will; its shell repeats `claims`."""

    claims: dict[str, Any]
    cover: str
    slips: tuple[str, ...]
    parts: tuple[str, ...]

    def value(self) -> bytes:
        """The Kafka record's value."""
        return cloudevent.write(
            cloudevent.of_event(self.claims),
            {"cover": self.cover, "parts": list(self.parts), "slips": list(self.slips)},
        )

    def inbound(self, **changes: Any) -> Inbound:
        """As the router reads it; `changes` are fields of Inbound."""
        desk, name = short(self.claims["iss"]), self.claims["realm"]
        agency = realm(name).directory.desks[desk_urn(name, desk)].agency
        record = Inbound(
            topic=topics.outbox(name, agency),
            partition=partition_of(ROUTING_SECRET, name, self.claims["sub"], topics.PARTITIONS),
            offset=0,
            key=digest(self.cover).encode(),
            value=self.value(),
            headers=tuple(cloudevent.headers()),
            timestamp_ms=NOW * 1000,
        )
        return replace(record, **changes)


def claims_of(token: str) -> dict[str, Any]:
    """The claims of a token, unverified."""
    claims: dict[str, Any] = orjson.loads(unb64u(token.split(".")[1]))
    return claims


def wire(issued: Issued) -> Wire:
    """An issued event as loose tokens."""
    return Wire(issued.claims.wire(), issued.cover, issued.slips, issued.parts)


def inbound(issued: Issued, **changes: Any) -> Inbound:
    """An issued event as the router reads it."""
    return wire(issued).inbound(**changes)


def reissue(
    issued: Issued,
    change: Callable[[dict[str, Any]], object],
    *,
    by: keyring.Signer | None = None,
) -> Wire:
    """The event of an issuer without scruples: other claims, slips that follow, all signed.

    Args:
        change: edits the claims in place.
    """
    claims = copy.deepcopy(issued.claims.wire())
    own = by or realm(claims["realm"]).signers[short(claims["iss"])]
    change(claims)
    slips = []
    for entry in claims["to"]:
        slips.append(sign_jws(project_claims(claims, entry), SLIP, own))
        entry["slip"] = digest(slips[-1])
    return Wire(claims, sign_jws(claims, COVER, own), tuple(slips), issued.parts)


def router_context(name: str = "civil", **changes: Any) -> RouterContext:
    """The router's, at NOW."""
    given: dict[str, Any] = {
        "directory": realm(name).directory, "partitions": topics.PARTITIONS,
        "accepts": lambda convd: convd == CONVD, "now": NOW + 1, **changes,
    }  # fmt: skip
    return RouterContext(realm=name, routing_secret=ROUTING_SECRET, **given)


def recipient_context(desk: str, **changes: Any) -> RecipientContext:
    """A civil desk's, with all its keys."""
    here = realm()
    context = RecipientContext(here.urn(desk), here.directory, here.rings[desk], read_note)
    return replace(context, **changes)


def receipt_claims(published: Published, desk: str, **changes: Any) -> dict[str, Any]:
    """What the router says when it releases every part to a desk."""
    cover = published.event.cover
    urn = desk_urn(cover.realm, desk)
    heads = published.event.heads_for(urn)
    claims = {
        "aud": urn, "iss": router_urn(cover.realm), "iat": NOW + 1, "partition": 3, "seq": 1,
        "nonce": b64u(bytes(16)), "dec": digest("leaf"), "convd": cover.convd,
        "dird": realm(cover.realm).directory.digest, "slip": digest(published.slips[urn]),
        "parts": sorted(head.digest for head in heads),
        "clauses": {head.cat: "R01" for head in heads}, "due": [],
    }  # fmt: skip
    return claims | changes


def inbox(name: str, desk: str) -> str:
    """The topic in which a desk of ours is told: its agency's."""
    return topics.inbox(name, ROLES[DESKS[desk][0]])


def addressed(rows: Iterable[Row], desk: str) -> list[Row]:
    """Of an inbox's records those that name a desk."""
    return [row for row in rows if short(addressee(row.value, row.headers)[0]) == desk]


def sign_receipt(claims: Mapping[str, Any], by: keyring.Signer | None = None) -> str:
    """A receipt, by the router unless by another."""
    name = str(claims["iss"]).split(":")[2]
    return sign_jws(claims, RECEIPT, by or realm(name).router)


def deliver(published: Published, desk: str, by: keyring.Signer | None = None) -> Outbound:
    """A delivery to a desk, by the router or another."""
    cover: Cover = published.event.cover
    urn = desk_urn(cover.realm, desk)
    receipt = sign_receipt(receipt_claims(published, desk), by)
    parts = [published.parts[head.digest] for head in published.event.heads_for(urn)]
    topic = inbox(cover.realm, desk)
    return delivery_message(topic, 3, cover, published.slips[urn], parts, receipt)


def route(record: Inbound, **context: Any) -> Published:
    """Verify as the civil router at NOW."""
    return verify_published(record, router_context(**context))
