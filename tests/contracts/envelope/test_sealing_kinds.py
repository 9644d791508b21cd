"""Parts for keys of P-256: sealed, routed blind, opened; never those of another curve."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from contracts.encoding import b64u, canonical, framed, unb64u
from contracts.envelope.part import open_part, read_part, seal_part
from contracts.envelope.receive import open_delivery
from contracts.envelope.verify import verify_published
from contracts.keys import jose, keyring
from contracts.keys.checked_desk import check_desk
from contracts.keys.directory import Directory
from contracts.keys.directory_form import DeskRow, read_form
from contracts.keys.sealing_keys import period_of
from contracts.keys.sealing_kinds import ECDH, public_half, sealing_member
from tests.contracts.envelope import kit
from tests.contracts.envelope.refusal import refused

MONTH: Final = period_of("P30", kit.NOW)
BEFORE: Final = period_of("P30", kit.NOW - 30 * kit.DAY)
PRIVATE: Final = ec.derive_private_key(20261127, ec.SECP256R1())
HELD: Final = f"crip-p30-{BEFORE.label}"
OWN: Final = [*kit.realm().rings["crip"].held()]
RING: Final = keyring.MemoryKeyRing({HELD: kit.sealing(HELD), f"crip-p30-{MONTH.label}": PRIVATE})


@lru_cache(maxsize=1)
def listed() -> Directory:
    """The civil directory in which the CRIP has keys of P-256 from this week, X25519 before."""
    here = kit.realm()
    payload = {**here.payload, "desks": [dict(row) for row in here.payload["desks"]]}
    (row,) = (one for one in payload["desks"] if one["desk"] == here.urn("crip"))
    keys = {BEFORE.label: public_half(kit.sealing(HELD)), MONTH.label: public_half(PRIVATE)}
    row["sealing"] = keyring.sealing_row(
        here.signers["crip"], owner=row["desk"], keys={"P30": keys}, iat=kit.NOW - kit.DAY
    )
    return keyring.check_directory(payload)


def sealed() -> str:
    """A part for the CRIP's key."""
    key = listed().sealing_key(kit.realm().urn("crip"), "P30", kit.NOW)
    iss, evt = kit.realm().urn("edu-s"), kit.sample_issue().claims.jti
    return seal_part(
        {"text": "zoé"}, cat="FACTS", evt=evt, iss=iss, key=key, random=kit.Seeded("x")
    )


def opened(token: str) -> dict[str, Any]:
    """What the CRIP reads of a part."""
    _head, header = read_part(token, "part")
    return open_part(token, header, RING, "part")


def test_an_event_is_sealed_by_the_directory_entry_and_opened() -> None:
    """The issuer takes the newest key, whatever its curve; the router sees that, and no content."""
    directory = listed()
    issued = kit.sample_issue(directory=directory)
    published = verify_published(kit.inbound(issued), kit.router_context(directory=directory))
    delivered = kit.deliver(published, "crip")

    reader = kit.recipient_context("crip", directory=directory, ring=RING)
    received = open_delivery(delivered.value, delivered.headers, reader)

    assert set(received.bodies) == {"FACTS", "HEALTH.vital", "IDENTITY"}
    heads = [json.loads(unb64u(part.split(".")[0])) for part in issued.parts]
    assert {(head["alg"], head["epk"]["crv"]) for head in heads} == {(ECDH, "P-256")}
    assert {head["kid"] for head in heads} == {f"crip-p30-{MONTH.label}"}


def test_a_seal_is_broken_by_a_bit_anywhere() -> None:
    """In each segment behind the head; a head's own bits are refused by form, key or seal."""
    segments = sealed().split(".")
    assert opened(".".join(segments))["body"] == {"text": "zoé"}
    for at in range(1, 5):
        raw = bytearray(unb64u(segments[at]))
        for place in {0, len(raw) // 2, len(raw) - 1}:
            raw[place] ^= 1
            changed = [*segments[:at], b64u(bytes(raw)), *segments[at + 1 :]]
            raw[place] ^= 1
            with refused("cannot_open"):
                opened(".".join(changed))


def test_a_key_of_another_curve_opens_nothing() -> None:
    """X25519's under the id of one of P-256: one clear refusal."""
    token, private = sealed(), kit.sealing("any")
    _head, header = read_part(token, "part")
    with refused("cannot_open"):
        jose.open_jwe(token, private, bytes(65))
    with refused("cannot_open"):
        open_part(token, header, keyring.MemoryKeyRing({header["kid"]: private}), "part")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"alg": "ECDH-ES"}, "wrong_alg"),
        ({"epk": {"crv": "P-256", "kty": "EC", "x": "A" * 43}}, "wrong_epk"),
        ({"epk": {"crv": "P-256", "kty": "OKP", "x": "A" * 43, "y": "A" * 43}}, "wrong_epk"),
        ({"epk": {"crv": "X25519", "kty": "EC", "x": "A" * 43, "y": "A" * 43}}, "wrong_epk"),
        ({"epk": {"crv": "X25519", "kty": "OKP", "x": "A" * 43, "y": "A" * 43}}, "wrong_epk"),
    ],
)
def test_what_belongs_together_stays_together(change: dict[str, Any], code: str) -> None:
    """Algorithm, ephemeral key and its members: no mixture has a meaning."""
    head, _, rest = sealed().partition(".")
    other = b64u(canonical(json.loads(unb64u(head)) | change))

    with refused(code):
        read_part(f"{other}.{rest}", "part")


def test_a_router_holds_a_part_to_its_keys_curve() -> None:
    """A part for X25519 under the id of a key of P-256 is put aside."""
    with refused("wrong_epk"):
        verify_published(kit.inbound(kit.sample_issue()), kit.router_context(directory=listed()))


def test_an_ephemeral_point_off_the_curve_is_refused() -> None:
    """By the recipient: before anything is agreed with it."""
    head, _, rest = sealed().partition(".")
    members = json.loads(unb64u(head))
    members["epk"]["y"] = members["epk"]["x"]
    token = f"{b64u(canonical(members))}.{rest}"

    with refused("wrong_epk"):
        opened(token)


def changed_row(member: Any) -> None:
    """Check the CRIP's row with another key in it."""
    here = kit.realm()
    row = next(dict(one) for one in here.payload["desks"] if one["desk"] == here.urn("crip"))
    row["sealing"] = keys_signed(member)
    check_desk(read_form(DeskRow, canonical(row), "a desk"), "civil")


def keys_signed(member: Any) -> dict[str, Any]:
    """The CRIP's `sealing` with a member as it stands, under its own signature."""
    signer = kit.realm().signers["crip"]
    bare = {"by": signer.kid, "iat": kit.NOW, "keys": {"P30": {MONTH.label: member}}}
    signed = framed("relais", "sealing-keys", signer.owner, canonical(bare))
    return {**bare, "sig": b64u(signer.sign(signed))}


def test_what_a_directory_refuses_of_these_keys() -> None:
    """Each by its cause, whoever has signed it."""
    jwk = sealing_member(public_half(PRIVATE))
    assert isinstance(jwk, dict)
    changed_row(jwk)
    cases = (
        (jwk | {"y": jwk["x"]}, "key_not_on_curve"),
        (jwk | {"crv": "P-384"}, "malformed"),
        ({"kty": "OKP", "crv": "X25519", "x": "B" * 43}, "malformed"),
    )
    for member, code in cases:
        with refused(code):
            changed_row(member)


def test_keys_of_before_go_on_beside_the_new_curve() -> None:
    """What was sealed last week on X25519 is opened, and its key is found by its id."""
    directory = listed()
    key = directory.encryption[HELD]
    assert len(key.public) == 32
    token = seal_part(
        {"text": "before"}, cat="FACTS", evt=kit.sample_issue().claims.jti,
        iss=kit.realm().urn("edu-s"), key=key, random=kit.Seeded("y"),
    )  # fmt: skip
    assert opened(token)["body"] == {"text": "before"}
    assert len(directory.encryption) == len(kit.realm().directory.encryption) - len(OWN) + 2
