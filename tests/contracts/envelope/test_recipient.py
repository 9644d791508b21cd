"""What a recipient refuses, one attack a test (`envelope.md`, Steps and hostile cases)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import orjson
import pytest

from contracts.encoding import b64u, canonical, digest, part_digest, sha256, unb64u
from contracts.envelope import cloudevent
from contracts.envelope.deliver import delivery_value, notice_value, sign_by_router
from contracts.envelope.event import Published
from contracts.envelope.issue import Issued
from contracts.envelope.limits import RECEIPT, SLIP
from contracts.envelope.part import padded, seal_part
from contracts.envelope.receive import Opened, RecipientContext, open_delivery, open_notice
from contracts.envelope.verify import verify_published
from contracts.jose import seal_jwe, sign_jws
from contracts.keys import MemoryKeyRing
from tests.contracts.envelope import kit
from tests.contracts.envelope.refusal import refused


@lru_cache
def published(seed: str = "event") -> Published:
    """The sample event for three desks, as the router verified it."""
    return verify_published(kit.inbound(kit.three_addressees(seed=seed)), kit.router_context())


def read(value: bytes | None, desk: str = "crip", **changes: Any) -> Opened:
    """Open as a desk."""
    context: RecipientContext = kit.recipient_context(desk, **changes)
    return open_delivery(value, cloudevent.headers(), context)


def delivered(seed: str = "event", desk: str = "crip") -> dict[str, Any]:
    """The data of a sound delivery, to be changed."""
    data: dict[str, Any] = orjson.loads(kit.deliver(published(seed), desk).value)["data"]
    return data


def value(data: dict[str, Any]) -> bytes:
    """A delivery of these tokens, its shell as the slip wants it."""
    return delivery_value(data["slip"], data["parts"], data["receipt"])


def receipt(seed: str = "event", desk: str = "crip", **changes: Any) -> str:
    """A receipt that the router signs, with other claims."""
    return kit.sign_receipt(kit.receipt_claims(published(seed), desk, **changes))


def test_a_sound_delivery_opens() -> None:
    """A desk reads its slip and each of its parts, and no other desk's."""
    opened = read(kit.deliver(published(), "crip").value)

    assert opened.slip.aud == kit.realm().urn("crip")
    assert opened.bodies["FACTS"] == {"text": "note on FACTS for crip"}
    assert set(opened.bodies) == {"FACTS", "HEALTH.vital", "IDENTITY"}
    assert opened.typed["FACTS"] == kit.Note(text="note on FACTS for crip")
    assert opened.receipt["clauses"]["FACTS"] == "R01"


def test_a_stripped_delivery_opens() -> None:
    """The issuer's signature survives what the router leaves out."""
    claims = kit.receipt_claims(published(), "crip")
    heads = [head for head in published().event.heads_for(claims["aud"]) if head.cat == "FACTS"]
    parts = [head.digest for head in heads]
    data = delivered() | {
        "parts": [published().parts[one] for one in parts],
        "receipt": receipt(parts=parts, clauses={"FACTS": "R01"}),
    }

    assert set(read(value(data)).bodies) == {"FACTS"}


def test_a_delivery_is_read_again_months_later() -> None:
    """`exp` is held against the receipt, not against today; there is no clock here at all."""
    late = kit.receipt_claims(published(), "crip", iat=kit.NOW + 7 * kit.DAY - 1)

    assert read(value(delivered() | {"receipt": kit.sign_receipt(late)})).bodies


def test_expiry() -> None:
    """Routed at or after `exp`."""
    late = receipt(iat=kit.NOW + 7 * kit.DAY)

    with refused("expired"):
        read(value(delivered() | {"receipt": late}))


def test_routed_before_it_was_issued() -> None:
    """A receipt older than its slip by more than the tolerated two minutes."""
    early = receipt(iat=kit.NOW - 121)

    with refused("issued_ahead"):
        read(value(delivered() | {"receipt": early}))


def test_the_published_form() -> None:
    """A published event in an inbox, full of other desks' parts."""
    with refused("wrong_data"):
        read(kit.three_addressees().value())


def test_null_and_oversized() -> None:
    """A tombstone and a giant."""
    with refused("null_value"):
        read(None)
    with refused("too_large"):
        read(b"x" * (2 << 20))


def test_swapped_part() -> None:
    """A part for this desk from another event, in place of its own."""
    data = delivered()
    data["parts"][0] = delivered("other")["parts"][0]

    with refused("parts_differ"):
        read(value(data))


def test_stripped_part() -> None:
    """A part taken away behind the router."""
    data = delivered()
    data["parts"].pop()

    with refused("parts_differ"):
        read(value(data))


def test_added_part() -> None:
    """A part added behind the router, even one of the slip's."""
    data = delivered()
    data["parts"].append(data["parts"][0])

    with refused("parts_differ"):
        read(value(data))


def test_another_events_slip() -> None:
    """A slip from another event of the same issuer to the same desk."""
    data = delivered() | {"slip": delivered("other")["slip"]}

    with refused("receipt_for_other_slip"):
        read(value(data))


def test_another_desks_delivery() -> None:
    """The parquet's delivery in the CRIP's inbox."""
    with refused("wrong_audience"):
        read(kit.deliver(published(), "parq-civ").value)


def test_another_desks_receipt() -> None:
    """The parquet's receipt over the CRIP's slip."""
    data = delivered() | {"receipt": delivered(desk="parq-civ")["receipt"]}

    with refused("wrong_audience"):
        read(value(data))


@pytest.mark.parametrize("name", ["type", "subject", "id", "source", "time"])
def test_changed_cloudevents_attribute(name: str) -> None:
    """The shell must repeat the slip."""
    shell = orjson.loads(kit.deliver(published(), "crip").value)
    shell[name] += "x"

    with refused("cloudevent_differs"):
        read(canonical(shell))


@pytest.mark.parametrize("alg", ["none", "EdDSA", "HS256", "ES256"])
@pytest.mark.parametrize("which", ["slip", "receipt"])
def test_none_and_other_algorithms(which: str, alg: str) -> None:
    """An alg that is not the key's own, with the key's good signature."""
    data = delivered()
    head, payload, _ = data[which].split(".")
    header = orjson.loads(unb64u(head)) | {"alg": alg}
    text = f"{b64u(canonical(header))}.{payload}"
    own = kit.realm().router if which == "receipt" else kit.realm().signers["edu-s"]
    data[which] = f"{text}.{b64u(own.sign(text.encode()))}"

    with refused("wrong_alg"):
        read(value(data))


def test_receipt_as_slip() -> None:
    """The router's token in the issuer's place."""
    shell = orjson.loads(kit.deliver(published(), "crip").value)
    shell["data"]["slip"] = shell["data"]["receipt"]

    with refused("wrong_typ"):
        read(canonical(shell))


def test_cover_as_slip() -> None:
    """The cover, with everybody's affairs, in the slip's place."""
    shell = orjson.loads(kit.deliver(published(), "crip").value)
    shell["data"]["slip"] = kit.three_addressees().cover

    with refused("wrong_typ"):
        read(canonical(shell))


def test_notice_as_receipt() -> None:
    """Another token of the router's in the receipt's place."""
    shell = orjson.loads(kit.deliver(published(), "crip").value)
    notice = kit.notify(kit.notice_claims(published()))
    shell["data"]["receipt"] = orjson.loads(notice.value)["data"]["notice"]

    with refused("wrong_typ"):
        read(canonical(shell))


def test_slip_claims_under_a_receipts_type() -> None:
    """A token of another `typ` under a valid receipt."""
    claims = orjson.loads(unb64u(delivered()["slip"].split(".")[1]))
    token = sign_jws(claims, "referral-cover+jwt", kit.realm().signers["edu-s"])
    data = delivered() | {"slip": token, "receipt": receipt(slip=digest(token))}

    with refused("wrong_typ"):
        read(value(data))


def test_a_receipt_by_a_desk() -> None:
    """A desk with write access to an inbox plays router."""
    claims = kit.receipt_claims(published(), "crip")
    forged = kit.sign_receipt(claims, by=kit.realm().signers["edu-s"])

    with refused("not_by_router"):
        read(value(delivered() | {"receipt": forged}))


def test_a_receipt_that_claims_another_router() -> None:
    """The realm's router signs, in the other realm's name."""
    claims = kit.receipt_claims(published(), "crip") | {"iss": "urn:relais:criminal:router"}
    token = kit.sign_receipt(claims, by=kit.realm().router)

    with refused("not_by_router"):
        read(value(delivered() | {"receipt": token}))


def test_a_receipt_outside_its_schema() -> None:
    """One claim more."""
    with refused("receipt_malformed"):
        read(value(delivered() | {"receipt": receipt(extra=1)}))


@pytest.mark.parametrize("which", ["slip", "receipt", "parts"])
def test_non_canonical_base64url(which: str) -> None:
    """Trailing bits that lenient decoders take for the same bytes."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

    def other(token: str) -> str:
        return token[:-1] + alphabet[alphabet.index(token[-1]) + 1]

    shell = orjson.loads(kit.deliver(published(), "crip").value)
    data = shell["data"]
    data[which] = [other(one) for one in data[which]] if which == "parts" else other(data[which])

    with refused("base64_not_canonical"):
        read(canonical(shell))


# Under a valid receipt: the router itself, or who stole its key, against a desk.


def under_receipt(*parts: str, listed: bool = True, cats: tuple[str, ...] = ("FACTS",)) -> bytes:
    """A delivery of these parts that the issuer's slip lists and the router's receipt confirms."""
    digests = []
    for part in parts:
        head, _, rest = part.partition(".")
        digests.append(part_digest(head, sha256(rest.encode())))
    claims = orjson.loads(unb64u(delivered()["slip"].split(".")[1]))
    if listed:
        claims["parts"] = sorted(digests)
    slip = sign_jws(claims, SLIP, kit.realm().signers["edu-s"])
    token = receipt(slip=digest(slip), parts=sorted(digests), clauses=dict.fromkeys(cats, "R01"))
    return delivery_value(slip, list(parts), token)


def own_part(body: dict[str, Any] | None = None, *, desk: str = "crip", **changes: Any) -> str:
    """A part for a desk in the sample event."""
    cover = published().event.cover
    key = kit.realm().directory.sealing_key(kit.realm().urn(desk), "P30", kit.NOW)
    fields = {"cat": "FACTS", "evt": cover.jti, "iss": cover.iss} | changes
    return seal_part(body or {"text": "x"}, key=key, random=kit.Seeded("p"), **fields)


def hand_sealed(plaintext: bytes, **changes: Any) -> str:
    """A part whose header is right and whose plaintext is anything at all."""
    cover = published().event.cover
    key = kit.realm().directory.sealing_key(kit.realm().urn("crip"), "P30", kit.NOW)
    header = {
        "aud": key.owner, "cat": "FACTS", "cty": "json", "evt": cover.jti, "iss": cover.iss,
        "pth": digest(plaintext), "typ": "referral-part+jwe",
    }  # fmt: skip
    return seal_jwe(plaintext, header | changes, key, kit.Seeded("p"))


def inner(**changes: Any) -> dict[str, Any]:
    """The plaintext of a part before padding."""
    cover = published().event.cover
    content = {
        "body": {"text": "x"}, "cat": "FACTS", "evt": cover.jti, "iss": cover.iss,
        "salt": b64u(bytes(16)),
    }  # fmt: skip
    return content | changes


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


# notices


def noticed(claims: dict[str, Any], desk: str = "edu-s", **more: Any) -> dict[str, Any]:
    """Open a notice as a desk."""
    message = kit.notify(claims, **more)
    return open_notice(message.value, message.headers, kit.recipient_context(desk))


def test_a_sound_notice() -> None:
    """A notice's claims come out as the router signed them."""
    claims = kit.notice_claims(published())

    assert noticed(claims) == claims


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"aud": "urn:relais:civil:desk:crip"}, "wrong_audience"),
        ({"kind": "surprise"}, "unknown_notice"),
        ({"extra": 1}, "notice_malformed"),
        ({"iss": "urn:relais:civil:desk:crip"}, "not_by_router"),
    ],
)
def test_hostile_notices(change: dict[str, Any], code: str) -> None:
    """For another desk, of another kind, with another claim, by somebody else."""
    with refused(code):
        noticed(kit.notice_claims(published()) | change)


def test_a_notice_by_a_desk() -> None:
    """Only the router tells."""
    with refused("not_by_router"):
        noticed(kit.notice_claims(published()), by=kit.realm().signers["edu-s"])


def test_a_receipt_as_notice() -> None:
    """Tokens of one type are not taken for another."""
    with refused("wrong_typ"):
        noticed(kit.notice_claims(published()), typ=RECEIPT)


def test_a_delivery_read_as_notice_and_back() -> None:
    """Each form is read as what it is."""
    message = kit.notify(kit.notice_claims(published()))
    delivery = kit.deliver(published(), "crip")

    with refused("wrong_data"):
        read(message.value)
    with refused("wrong_data"):
        open_notice(delivery.value, delivery.headers, kit.recipient_context("crip"))


def test_a_notice_in_another_shell() -> None:
    """The shell must repeat the notice."""
    message = kit.notify(kit.notice_claims(published()))
    shell = orjson.loads(message.value) | {"subject": "A" * 43}

    with refused("cloudevent_differs"):
        open_notice(canonical(shell), message.headers, kit.recipient_context("edu-s"))


def test_the_two_ways_to_write_a_message_agree() -> None:
    """From the cover, or from tokens alone: the same bytes."""
    delivery = kit.deliver(published(), "crip")
    notice = kit.notify(kit.notice_claims(published()))

    assert delivery.value == value(delivered())
    assert notice.value == notice_value(orjson.loads(notice.value)["data"]["notice"])
    assert delivery.key == digest(delivered()["slip"]).encode()


def test_the_router_signs_receipts_and_notices_only() -> None:
    """`sign_by_router` cannot be talked into a cover."""
    with pytest.raises(ValueError, match="cover"):
        sign_by_router({}, "referral-cover+jwt", kit.realm().router)  # type: ignore[arg-type]


def test_nothing_of_a_delivery_shows_in_its_representation() -> None:
    """Logs that print values print no content."""
    issued: Issued = kit.three_addressees()
    texts = [
        repr(read(kit.deliver(published(), "crip").value)),
        repr(issued).replace(repr(issued.claims), ""),
        repr(published().parts and kit.deliver(published(), "crip")),
        repr(kit.realm().rings["crip"]),
        repr(kit.realm().signers["crip"]),
        repr(kit.router_context()),
    ]

    for text in texts:
        assert "note on" not in text
        assert "routing secret" not in text
        assert issued.parts[0] not in text
