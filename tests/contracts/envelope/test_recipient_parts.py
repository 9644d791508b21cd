"""What a recipient refuses under a valid receipt: the router itself, or who stole its key."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from contracts.encoding import b64u, canonical, digest, unb64u
from contracts.envelope.limits import SLIP
from contracts.envelope.part import padded
from contracts.keys.jose import seal_jwe, sign_jws
from contracts.keys.keyring import MemoryKeyRing
from tests.contracts.envelope import kit
from tests.contracts.envelope.inbox import (
    delivered,
    hand_sealed,
    inner,
    own_part,
    published,
    read,
    receipt,
    under_receipt,
    value,
)
from tests.contracts.envelope.refusal import refused


def test_under_receipt_is_sound_where_the_part_is() -> None:
    """The forger's tool makes a sound delivery of sound parts."""
    assert read(under_receipt(own_part())).bodies == {"FACTS": {"text": "x"}}
    assert read(under_receipt(hand_sealed(padded(inner())))).bodies == {"FACTS": {"text": "x"}}


def test_a_part_that_the_slip_does_not_list() -> None:
    """The router adds a part; the issuer never listed it."""
    with refused("part_unlisted"):
        read(under_receipt(own_part(), listed=False))


def test_part_of_another_event() -> None:
    """A part that the same issuer sealed for the same desk in another event."""
    part = own_part(evt=published("other").event.cover.jti)

    with refused("part_of_other_event"):
        read(under_receipt(part))


def test_part_of_another_issuer() -> None:
    """A part that somebody else sealed for the same desk."""
    with refused("part_of_other_issuer"):
        read(under_receipt(own_part(iss="urn:relais:civil:desk:pol")))


def test_part_for_another_desk() -> None:
    """The police's part in the CRIP's delivery."""
    with refused("part_for_other_desk"):
        read(under_receipt(own_part(desk="pol")))


def test_re_encrypted_forward() -> None:
    """A recipient seals what it read for another desk, under a header that says otherwise."""
    with refused("plaintext_differs") as caught:
        read(under_receipt(hand_sealed(padded(inner(evt=published("other").event.cover.jti)))))
    assert caught.value.place == "parts[0].evt"


def test_claimed_authorship_of_a_part() -> None:
    """A desk seals another desk's words under its own name, or its own under another's."""
    with refused("plaintext_differs") as caught:
        read(under_receipt(hand_sealed(padded(inner(iss="urn:relais:civil:desk:pol")))))
    assert caught.value.place == "parts[0].iss"


def test_another_scope_inside() -> None:
    """The header says FACTS, the seal holds IDENTITY."""
    with refused("plaintext_differs") as caught:
        read(under_receipt(hand_sealed(padded(inner(cat="IDENTITY")))))
    assert caught.value.place == "parts[0].cat"


def test_claimed_authorship_of_a_slip() -> None:
    """Another desk's key under the issuer's name."""
    claims = orjson.loads(unb64u(delivered()["slip"].split(".")[1]))
    slip = sign_jws(claims, SLIP, kit.realm().signers["pol"])
    data = delivered() | {"slip": slip, "receipt": receipt(slip=digest(slip))}

    with refused("claimed_authorship"):
        read(value(data))


def test_false_commitment() -> None:
    """A `pth` of another text: one ciphertext, two truths."""
    with refused("wrong_commitment"):
        read(under_receipt(hand_sealed(padded(inner()), pth=digest("another text"))))


@pytest.mark.parametrize(
    ("plaintext", "code"),
    [
        (b"x" * 512, "not_json"),
        (b"x" * 511, "plaintext_malformed"),
        (padded(inner(more="x")), "plaintext_malformed"),
        (padded(inner(body="text")), "plaintext_malformed"),
        (padded(inner(salt="short")), "base64_not_canonical"),
        (padded(inner(salt="AAAA")), "plaintext_malformed"),
        (padded(inner()).replace(b'"pad":"0', b'"pad":"1'), "plaintext_malformed"),
        (canonical(inner() | {"pad": "0" * (512 + int(len(padded(inner())) - len(
            canonical(inner() | {"pad": ""}))))}), "plaintext_malformed"),
        (padded(inner()).replace(b'{"body"', b' "body"'), "not_json"),
        (padded(inner(body={"text": [[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]})), "too_deep"),
    ],
)  # fmt: skip
def test_hostile_plaintext(plaintext: bytes, code: str) -> None:
    """What opens must still be canonical, closed and padded."""
    with refused(code):
        read(under_receipt(hand_sealed(plaintext)))


def test_a_body_outside_its_schema() -> None:
    """The desk can answer `unreadable`: the error carries the slip, and no word of the body."""

    def strict(etype: str, scope: str, body: Any) -> kit.Note:
        from contracts.errors import EnvelopeError

        assert (etype, scope) == ("SIG", "FACTS")
        if "text" not in body:
            raise EnvelopeError("body_malformed", "another form", "a note", scope)
        return kit.Note(text="x")

    with refused("body_malformed") as caught:
        read(under_receipt(own_part({"name": "Jean"})), read_body=strict)

    assert getattr(caught.value, "slip", None) is not None
    assert "Jean" not in caught.value.describe()


def test_a_scope_that_no_clause_releases() -> None:
    """The receipt delivers a part and names no clause for it."""
    with refused("scope_not_released"):
        read(under_receipt(own_part(), cats=("IDENTITY",)))


def test_two_parts_of_one_scope() -> None:
    """Two truths in one delivery."""
    with refused("two_parts"):
        read(under_receipt(own_part(), own_part({"text": "y"})))


def test_a_destroyed_key() -> None:
    """A forgotten copy cannot be opened any more."""
    with refused("no_private_key"):
        read(kit.deliver(published(), "crip").value, ring=MemoryKeyRing({}))


def test_a_key_of_another_desk_in_the_same_service() -> None:
    """One service holds all its desks' keys; a part for ASE is not opened as the CRIP."""
    ase = kit.realm().directory.sealing_key(kit.realm().urn("ase"), "P30", kit.NOW)
    token = seal_jwe(padded(inner()), {
        "aud": kit.realm().urn("crip"), "cat": "FACTS", "cty": "json",
        "evt": published().event.cover.jti, "iss": published().event.cover.iss,
        "pth": digest(padded(inner())), "typ": "referral-part+jwe",
    }, ase, kit.Seeded("p"))  # fmt: skip

    with refused("key_of_other_desk"):
        read(under_receipt(token))


@pytest.mark.parametrize("x", [bytes(32), b"\x01" + bytes(31), b"\xed" + b"\xff" * 30 + b"\x7f"])
def test_small_order_and_non_canonical_ephemeral_keys(x: bytes) -> None:
    """An ephemeral key that would make the secret known to anyone."""
    head, _, rest = own_part().partition(".")
    header = orjson.loads(unb64u(head))
    header["epk"]["x"] = b64u(x)

    with refused("cannot_open"):
        read(under_receipt(f"{b64u(canonical(header))}.{rest}"))


@pytest.mark.parametrize("segment", [1, 2, 3, 4])
def test_other_sizes_of_segments(segment: int) -> None:
    """An empty or short wrapped key, IV, text or tag."""
    for text in ("", "AAAA"):
        pieces = own_part().split(".")
        pieces[segment] = text
        with refused("cannot_open"):
            read(under_receipt(".".join(pieces)))
