"""Parts for P-256 and hybrid keys: sealed, routed blind, opened; never another kind."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, Final

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec

from contracts.encoding import b64u, canonical, framed, unb64u
from contracts.envelope.part import open_part, read_part, seal_part
from contracts.envelope.receive import open_delivery
from contracts.envelope.verify import verify_published
from contracts.keys import jose, keyring
from contracts.keys.checked_desk import check_desk
from contracts.keys.directory import Directory
from contracts.keys.directory_form import DeskRow, read_form
from contracts.keys.hybrid import HybridPrivateKey
from contracts.keys.sealing_kinds import (
    ECDH,
    HYBRID,
    P256,
    SealingPrivate,
    public_half,
    sealing_member,
)
from tests.contracts.envelope import kit
from tests.contracts.envelope.refusal import refused

KINDS: Final = (P256, HYBRID)


WEEK: Final = keyring.week_of(kit.NOW)
BEFORE: Final = keyring.week_of(kit.NOW - 7 * kit.DAY)
PRIVATE: Final[dict[str, SealingPrivate]] = {
    P256: ec.derive_private_key(20261127, ec.SECP256R1()),
    HYBRID: HybridPrivateKey(bytes(range(32))),
}


@lru_cache(maxsize=2)
def directory_of(kind: str, desk: str = "crip") -> Directory:
    """The civil directory in which a desk has keys of a kind from this week, X25519 before."""
    here = kit.realm()
    payload = {**here.payload, "desks": [dict(row) for row in here.payload["desks"]]}
    (row,) = (one for one in payload["desks"] if one["desk"] == here.urn(desk))
    del row["encryption"]
    before = kit.sealing(f"{desk}-p30-{BEFORE.label}").public_key().public_bytes_raw()
    keys = {"P30": {BEFORE.label: before, WEEK.label: public_half(PRIVATE[kind])}}
    row["sealing"] = keyring.sealing_row(
        here.signers[desk], owner=here.urn(desk), keys=keys, iat=kit.NOW - kit.DAY
    )
    return keyring.check_directory(payload)


def ring_of(kind: str, desk: str = "crip") -> keyring.MemoryKeyRing:
    """That desk's private keys."""
    before = f"{desk}-p30-{BEFORE.label}"
    return keyring.MemoryKeyRing(
        {before: kit.sealing(before), f"{desk}-p30-{WEEK.label}": PRIVATE[kind]}
    )


def sealed(kind: str) -> str:
    """A part for the CRIP's key of a kind."""
    key = directory_of(kind).sealing_key(kit.realm().urn("crip"), "P30", kit.NOW)
    iss, evt = kit.realm().urn("edu-s"), kit.sample_issue().claims.jti
    return seal_part(
        {"text": "zoé"}, cat="FACTS", evt=evt, iss=iss, key=key, random=kit.Seeded("x")
    )


def opened(token: str, kind: str) -> dict[str, Any]:
    """What the CRIP reads of a part."""
    _head, header = read_part(token, "part")
    return open_part(token, header, ring_of(kind), "part")


@pytest.mark.parametrize("kind", KINDS)
def test_an_event_is_sealed_by_the_directory_entry_and_opened(kind: str) -> None:
    """The issuer takes the newest key, whatever its kind; the router sees `alg`, and no content."""
    directory = directory_of(kind)
    issued = kit.sample_issue(directory=directory)
    published = verify_published(kit.inbound(issued), kit.router_context(directory=directory))
    delivered = kit.deliver(published, "crip")

    reader = kit.recipient_context("crip", directory=directory, ring=ring_of(kind))
    received = open_delivery(delivered.value, delivered.headers, reader)

    assert set(received.bodies) == {"FACTS", "HEALTH.vital", "IDENTITY"}
    heads = [json.loads(unb64u(part.split(".")[0])) for part in issued.parts]
    assert {head["alg"] for head in heads} == {HYBRID if kind == HYBRID else ECDH}
    assert {head["kid"] for head in heads} == {f"crip-p30-{WEEK.label}"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_seal_is_broken_by_a_bit_anywhere(kind: str) -> None:
    """In each segment behind the head; a head's own bits are refused by form, key or seal."""
    segments = sealed(kind).split(".")
    assert opened(".".join(segments), kind)["body"] == {"text": "zoé"}
    for at in range(1, 5):
        raw = bytearray(unb64u(segments[at]))
        for place in {0, len(raw) // 2, len(raw) - 1}:
            raw[place] ^= 1
            changed = [*segments[:at], b64u(bytes(raw)), *segments[at + 1 :]]
            raw[place] ^= 1
            with refused("cannot_open"):
                opened(".".join(changed), kind)


def test_a_hybrid_content_key_is_bound_to_its_header() -> None:
    """Taken from one part it opens no other, although the key is the same."""
    first = sealed(HYBRID).split(".")
    head = json.loads(unb64u(first[0])) | {"cat": "RISK"}
    other = b64u(canonical(head))
    private = PRIVATE[HYBRID]
    jose.open_jwe(".".join(first), private, b"")

    with pytest.raises(InvalidTag):  # the seal of the key itself, before any content
        jose._content_key(other, unb64u(first[1]), private, b"")
    with refused("cannot_open"):
        jose.open_jwe(".".join([other, *first[1:]]), private, b"")


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_of_another_kind_opens_nothing(kind: str) -> None:
    """X25519's, the other kind's, and none at all: one clear refusal each."""
    token = sealed(kind)
    others = [kit.sealing("any"), *(private for name, private in PRIVATE.items() if name != kind)]
    _head, header = read_part(token, "part")
    for private in others:
        with refused("cannot_open"):
            jose.open_jwe(token, private, b"" if kind == HYBRID else bytes(65))
        ring = type(ring_of(kind))({header["kid"]: private})
        with refused("cannot_open"):
            open_part(token, header, ring, "part")


@pytest.mark.parametrize(
    ("kind", "change", "code"),
    [
        (HYBRID, {"alg": ECDH}, "wrong_header_keys"),
        (HYBRID, {"epk": {"crv": "X25519", "kty": "OKP", "x": "A" * 43}}, "wrong_header_keys"),
        (HYBRID, {"alg": "HPKE-0"}, "wrong_header_keys"),
        (P256, {"alg": HYBRID}, "wrong_header_keys"),
        (P256, {"alg": "ECDH-ES"}, "wrong_alg"),
        (P256, {"epk": {"crv": "P-256", "kty": "EC", "x": "A" * 43}}, "wrong_epk"),
        (P256, {"epk": {"crv": "P-256", "kty": "OKP", "x": "A" * 43, "y": "A" * 43}}, "wrong_epk"),
        (P256, {"epk": {"crv": "X25519", "kty": "EC", "x": "A" * 43, "y": "A" * 43}}, "wrong_epk"),
        (P256, {"epk": {"crv": "X25519", "kty": "OKP", "x": "A" * 43, "y": "A" * 43}}, "wrong_epk"),
    ],
)
def test_what_belongs_together_stays_together(kind: str, change: dict[str, Any], code: str) -> None:
    """Algorithm, ephemeral key and its members: no mixture has a meaning."""
    head, _, rest = sealed(kind).partition(".")
    other = b64u(canonical(json.loads(unb64u(head)) | change))

    with refused(code):
        read_part(f"{other}.{rest}", "part")


def test_a_router_holds_a_part_to_its_keys_kind() -> None:
    """A part for X25519 under the id of a key of P-256, or of a hybrid one, is put aside."""
    plain = kit.sample_issue()
    for kind, code in ((P256, "wrong_epk"), (HYBRID, "wrong_alg")):
        with refused(code):
            verify_published(kit.inbound(plain), kit.router_context(directory=directory_of(kind)))


def test_an_ephemeral_point_off_the_curve_is_refused() -> None:
    """By the recipient: before anything is agreed with it."""
    head, _, rest = sealed(P256).partition(".")
    members = json.loads(unb64u(head))
    members["epk"]["y"] = members["epk"]["x"]
    token = f"{b64u(canonical(members))}.{rest}"

    with refused("wrong_epk"):
        opened(token, P256)


def changed_row(member: Any) -> None:
    """Check the CRIP's row with another key in it."""
    here = kit.realm()
    row = next(dict(one) for one in here.payload["desks"] if one["desk"] == here.urn("crip"))
    del row["encryption"]
    row["sealing"] = keys_signed(member)
    check_desk(read_form(DeskRow, canonical(row), "a desk"), "civil")


def keys_signed(member: Any) -> dict[str, Any]:
    """The CRIP's `sealing` with a member as it stands, under its own signature."""
    signer = kit.realm().signers["crip"]
    bare = {"by": signer.kid, "iat": kit.NOW, "keys": {"P30": {WEEK.label: member}}}
    signed = framed("relais", "sealing-keys", signer.owner, canonical(bare))
    return {**bare, "sig": b64u(signer.sign(signed))}


def test_what_a_directory_refuses_of_these_keys() -> None:
    """Each by its cause, whoever has signed it."""
    pub, jwk = public_half(PRIVATE[HYBRID]), sealing_member(public_half(PRIVATE[P256]))
    akp = {"kty": "AKP", "alg": HYBRID, "pub": b64u(pub)}
    assert isinstance(jwk, dict)
    changed_row(akp)
    changed_row(jwk)
    cases = (
        (akp | {"pub": b64u(b"\xff" * 3 + pub[3:])}, "key_not_canonical"),
        (akp | {"pub": b64u(pub[:-32] + bytes(32))}, "key_of_small_order"),
        (akp | {"pub": b64u(pub[:-1])}, "malformed"),
        (akp | {"alg": "MLKEM768-X25519"}, "malformed"),
        (akp | {"priv": b64u(bytes(32))}, "malformed"),
        (jwk | {"y": jwk["x"]}, "key_not_on_curve"),
        (jwk | {"crv": "P-384"}, "malformed"),
        ({"kty": "OKP", "crv": "X25519", "x": "B" * 43}, "malformed"),
    )
    for member, code in cases:
        with refused(code):
            changed_row(member)


def test_keys_of_before_go_on_beside_the_new_kind() -> None:
    """What was sealed last week on X25519 is opened, and its key is found by its id."""
    for kind in KINDS:
        directory = directory_of(kind)
        key = directory.encryption[f"crip-p30-{BEFORE.label}"]
        assert (key.alg, len(key.public)) == (ECDH, 32)
        token = seal_part(
            {"text": "before"}, cat="FACTS", evt=kit.sample_issue().claims.jti,
            iss=kit.realm().urn("edu-s"), key=key, random=kit.Seeded("y"),
        )  # fmt: skip
        assert opened(token, kind)["body"] == {"text": "before"}
        assert len(directory.encryption) == len(kit.realm().directory.encryption) - 42 + 2
