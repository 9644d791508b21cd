"""Keys of P-256, by their directory entries: ES256 signatures, parts sealed on that curve."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from contracts.encoding import b64u, canonical, framed, unb64u
from contracts.envelope.part import open_part, read_part, seal_part
from contracts.envelope.receive import open_delivery
from contracts.keys import jose, keyring
from contracts.keys.checked_desk import check_desk, check_signing
from contracts.keys.directory import Directory, SigningKey
from contracts.keys.directory_form import DeskRow, SigningEntry, read_form
from contracts.keys.sealing_keys import period_of
from contracts.keys.sealing_kinds import ECDH, public_half, sealing_member
from contracts.keys.signers import MemorySigner
from contracts.keys.verification import ED25519, ES256
from tests.contracts.envelope import kit
from tests.contracts.envelope.refusal import refused

HERE: Final = kit.realm()
MONTH: Final = period_of("P30", kit.NOW).label
BEFORE: Final = period_of("P30", kit.NOW - 30 * kit.DAY).label
HELD: Final = f"crip-p30-{BEFORE}"
PRIVATE: Final = ec.derive_private_key(20261127, ec.SECP256R1())
SIGNER: Final = MemorySigner("edu-s-s2", HERE.urn("edu-s"), PRIVATE)
ROUTER: Final = MemorySigner("router-civil-s2", HERE.router.owner, PRIVATE)
RING: Final = keyring.MemoryKeyRing({HELD: kit.sealing(HELD), f"crip-p30-{MONTH}": PRIVATE})


def entry(own: MemorySigner) -> dict[str, Any]:
    """A key's entry, valid around now."""
    return keyring.signing_entry(own, own.public, own.owner, kit.NOW - kit.DAY, kit.NOW + kit.DAY)


@lru_cache(maxsize=1)
def listed() -> Directory:
    """School and router have a key of P-256 too; the CRIP's are of it from this month on."""
    payload = {**HERE.payload, "desks": [dict(row) for row in HERE.payload["desks"]]}
    rows = {row["desk"]: row for row in payload["desks"]}
    school, crip = rows[SIGNER.owner], rows[HERE.urn("crip")]
    school["signing"] = [*school["signing"], entry(SIGNER)]
    router = payload["router"]
    payload["router"] = router | {"signing": [*router["signing"], entry(ROUTER)]}
    keys = {BEFORE: public_half(kit.sealing(HELD)), MONTH: public_half(PRIVATE)}
    crip["sealing"] = keyring.sealing_row(
        HERE.signers["crip"], owner=crip["desk"], keys={"P30": keys}, iat=kit.NOW - kit.DAY
    )
    return keyring.check_directory(payload)


def sealed(kid: str = f"crip-p30-{MONTH}") -> str:
    """A part for a key of the CRIP's."""
    evt, key = kit.sample_issue().claims.jti, listed().encryption[kid]
    return seal_part(
        {"text": "zoé"}, cat="FACTS", evt=evt, iss=SIGNER.owner, key=key, random=kit.Seeded("x")
    )


def opened(token: str) -> dict[str, Any]:
    """What the CRIP reads of a part."""
    body: dict[str, Any] = open_part(token, read_part(token, "part")[1], RING, "part")["body"]
    return body


def test_an_event_signed_and_sealed_on_p_256_is_routed_and_opened() -> None:
    """By the newest key, whatever its curve; cover, slip and receipt each by its own."""
    issued = kit.sample_issue(signer=SIGNER, directory=listed())
    published = kit.route(kit.inbound(issued), directory=listed())
    delivered = kit.deliver(published, "crip", ROUTER)

    reader = kit.recipient_context("crip", directory=listed(), ring=RING)
    received = open_delivery(delivered.value, delivered.headers, reader)

    assert received.slip.iss == SIGNER.owner
    assert set(received.bodies) == {"FACTS", "HEALTH.vital", "IDENTITY"}
    heads = [json.loads(unb64u(part.split(".")[0])) for part in issued.parts]
    assert {(head["alg"], head["epk"]["crv"]) for head in heads} == {(ECDH, "P-256")}
    assert {head["kid"] for head in heads} == {f"crip-p30-{MONTH}"}


def test_keys_of_before_go_on_beside_the_new_curve() -> None:
    """What was sealed last month on X25519 is opened, and its key is found by its id."""
    assert opened(sealed()) == opened(sealed(HELD)) == {"text": "zoé"}


def test_a_key_of_another_curve_opens_nothing() -> None:
    """X25519's under the id of one of P-256: one clear refusal."""
    token, private = sealed(), kit.sealing("any")
    _head, header = read_part(token, "part")
    with refused("cannot_open"):
        jose.open_jwe(token, private, bytes(65))
    with refused("cannot_open"):
        open_part(token, header, keyring.MemoryKeyRing({header["kid"]: private}), "part")


def test_an_ephemeral_key_off_its_curve_is_refused() -> None:
    """By the router, of X25519 under a key of P-256; by the recipient, of no curve."""
    head, _, rest = sealed().partition(".")
    members = json.loads(unb64u(head))
    members["epk"]["y"] = members["epk"]["x"]

    with refused("wrong_epk"):
        kit.route(kit.inbound(kit.sample_issue()), directory=listed())
    with refused("wrong_epk"):
        opened(f"{b64u(canonical(members))}.{rest}")


def test_a_key_of_one_algorithm_verifies_nothing_of_the_other() -> None:
    """The bytes of a point are no Ed25519 key, nor 32 bytes a point."""
    for alg, own in ((ED25519, SIGNER), (ES256, HERE.signers["edu-s"])):
        key = SigningKey("k", alg, own.owner, own.public, 0, 1)
        with refused("bad_signature"):
            jose.verify_bytes(key, b"m", own.sign(b"m"))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"x": b64u(bytes([SIGNER.public[1] ^ 1]) + SIGNER.public[2:33])}, "key_not_on_curve"),
        ({"x": b64u(b"\xff" * 32)}, "key_not_on_curve"),
        ({"alg": ED25519}, "malformed"),
        ({"y": None}, "malformed"),
        ({"proof": b64u(bytes(64))}, "no_possession"),
        ({"not_after": kit.NOW + 2 * kit.DAY}, "no_possession"),
    ],
)
def test_what_a_directory_refuses_of_a_signing_key(change: dict[str, Any], code: str) -> None:
    """A point off the curve, a coordinate over the prime, one missing, another's proof."""
    row = {name: one for name, one in (entry(SIGNER) | change).items() if one is not None}
    with refused(code):
        check_signing(read_form(SigningEntry, canonical(row), "an entry"), SIGNER.owner)


JWK: Final[Any] = sealing_member(public_half(PRIVATE))


@pytest.mark.parametrize(
    ("member", "code"),
    [
        (JWK | {"y": JWK["x"]}, "key_not_on_curve"),
        (JWK | {"crv": "P-384"}, "malformed"),
        ({"kty": "OKP", "crv": "X25519", "x": "B" * 43}, "malformed"),
    ],
)
def test_what_a_directory_refuses_of_a_sealing_key(member: dict[str, str], code: str) -> None:
    """Each by its cause, whoever has signed it."""
    signer = HERE.signers["crip"]
    row = next(dict(one) for one in HERE.payload["desks"] if one["desk"] == signer.owner)
    bare = {"by": signer.kid, "iat": kit.NOW, "keys": {"P30": {MONTH: member}}}
    signed = framed("relais", "sealing-keys", signer.owner, canonical(bare))
    row["sealing"] = bare | {"sig": b64u(signer.sign(signed))}

    with refused(code):
        check_desk(read_form(DeskRow, canonical(row), "a desk"), "civil")
