"""Parts that an issuer or a stock library seals: steps 14 and 15, reading, and evidence."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwe
from joserfc.jwk import OKPKey

from contracts.encoding import b64u, canonical, digest, part_digest, sha256, unb64u
from contracts.envelope import cloudevent
from contracts.envelope.event import Published
from contracts.envelope.limits import SLIP
from contracts.envelope.part import padded, read_head, seal_part
from contracts.envelope.receive import Delivery, open_delivery
from contracts.envelope.verify import cover_from_evidence, event_from_evidence
from contracts.keys.jose import seal_jwe, sign_jws
from tests.contracts.envelope import kit
from tests.contracts.envelope.kit import route
from tests.contracts.envelope.refusal import refused


@lru_cache
def published() -> Published:
    """The sample event for three desks, as the router verified it."""
    return kit.route(kit.inbound(kit.three_addressees()))


def read(value: bytes | None) -> Delivery:
    """Open as the CRIP."""
    return open_delivery(value, cloudevent.headers(), kit.recipient_context("crip"))


def under_receipt(part: str) -> bytes:
    """A delivery of a part that the issuer's slip lists and the router's receipt confirms."""
    head, _, rest = part.partition(".")
    listed = [part_digest(head, sha256(rest.encode()))]
    data = orjson.loads(kit.deliver(published(), "crip").value)["data"]
    claims = kit.claims_of(data["slip"]) | {"parts": listed}
    slip = sign_jws(claims, SLIP, kit.realm().signers["edu-s"])
    told = {"slip": digest(slip), "parts": listed, "clauses": {"FACTS": "R01"}}
    receipt = kit.sign_receipt(kit.receipt_claims(published(), "crip", **told))
    return cloudevent.write(
        cloudevent.of_event(claims), {"parts": [part], "receipt": receipt, "slip": slip}
    )


def own_part(*, desk: str = "crip", at: int = kit.NOW, **changes: Any) -> str:
    """A part for a desk in the sample event."""
    cover = published().event.cover
    key = kit.realm().directory.sealing_key(kit.realm().urn(desk), "P30", at)
    fields = {"cat": "FACTS", "evt": cover.jti, "iss": cover.iss} | changes
    return seal_part({"text": "x"}, key=key, random=kit.Seeded("p"), **fields)


def headed(data: bytes) -> str:
    """A part whose header is these bytes: what an issuer without scruples would publish."""
    return f"{b64u(data)}.{own_part().partition('.')[2]}"


def hand_sealed(plaintext: bytes) -> str:
    """A part whose header is right and whose plaintext is anything at all."""
    cover = published().event.cover
    key = kit.realm().directory.sealing_key(kit.realm().urn("crip"), "P30", kit.NOW)
    header = {
        "aud": key.owner, "cat": "FACTS", "cty": "json", "evt": cover.jti, "iss": cover.iss,
        "pth": digest(plaintext), "typ": "referral-part+jwe",
    }  # fmt: skip
    return seal_jwe(plaintext, header, key, kit.Seeded("p"))


def inner(**changes: Any) -> dict[str, Any]:
    """The plaintext of a part before padding."""
    cover = published().event.cover
    return {
        "body": {"text": "x"}, "cat": "FACTS", "evt": cover.jti, "iss": cover.iss,
        "salt": b64u(bytes(16)), **changes,
    }  # fmt: skip


SMALL = b"\x01" + bytes(31)  # an ephemeral key of order 4: the shared secret is known to all
SECOND = (2**255 - 10).to_bytes(32, "little")  # 9, the base point, in its second spelling
HEADER: dict[str, Any] = orjson.loads(unb64u(own_part().split(".")[0]))
LAST = {name: HEADER[name] for name in sorted(HEADER, reverse=True)}
OTHER = kit.sample_issue(seed="other").claims.jti
POL = "urn:relais:civil:desk:pol"


def with_part(token: str, *, beside: bool = False, **issue: Any) -> kit.Wire:
    """An event whose issuer lists and carries a part of his own making."""
    issued = kit.sample_issue(**issue)
    head, _, rest = token.partition(".")
    before = issued.claims.wire()["to"][0]["parts"] if beside else []
    listed = sorted([part_digest(head, sha256(rest.encode())), *before])
    hostile = kit.reissue(issued, lambda claims: claims["to"][0].update(parts=listed))
    return replace(hostile, parts=(token, *issued.parts) if beside else (token,))


@pytest.mark.parametrize(
    ("token", "code"),
    [
        (own_part(evt=OTHER), "part_of_other_event"),
        (own_part(iss=POL), "part_of_other_issuer"),
        (own_part(desk="pol"), "part_for_other_desk"),
        (own_part(at=kit.NOW + 21 * kit.DAY), "key_not_valid"),
        (headed(canonical(HEADER | {"kid": "nobody"})), "unknown_key"),
        (headed(canonical(HEADER | {"kid": "pol-p30-2026m11"})), "key_of_other_desk"),
    ],
)
def test_a_part_whose_head_does_not_match(token: str, code: str) -> None:
    """Of another event or issuer, for an unaddressed desk, with a later week's or no key."""
    with refused(code):
        route(with_part(token).inbound())


def test_two_parts_for_one_scope_and_desk() -> None:
    """Two truths for one desk."""
    with refused("two_parts"):
        route(with_part(own_part(), beside=True).inbound())


def written(value: Any) -> bytes:
    """JSON without spaces, members as they stand."""
    return json.dumps(value, separators=(",", ":")).encode()


def changed(**members: Any) -> bytes:
    """The header of a sound part with other members, in an order of its own."""
    return written(LAST | members)


def ephemeral(x: str, **members: str) -> bytes:
    """The header with another ephemeral key."""
    return changed(epk={"crv": "X25519", "kty": "OKP", "x": x} | members)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (changed(alg="dir"), "wrong_alg"),
        (changed(alg="PBES2-HS256+A128KW"), "wrong_alg"),
        (changed(enc="A128GCM"), "wrong_enc"),
        (changed(typ="JWE"), "wrong_typ"),
        (changed(cty="JWT"), "wrong_cty"),
        (changed(zip="DEF"), "wrong_header_keys"),
        (changed(apu="x"), "wrong_header_keys"),
        (changed(jwk={"kty": "OKP"}), "wrong_header_keys"),
        (changed(crit=["x"], x=1), "wrong_header_keys"),
        (written({name: LAST[name] for name in LAST if name != "pth"}), "wrong_header_keys"),
        (changed(epk=3), "wrong_epk"),
        (changed(epk=LAST["epk"] | {"d": "A" * 43}), "wrong_epk"),
        (ephemeral("A" * 43, crv="P-256", kty="EC"), "wrong_epk"),
        (ephemeral("A" * 43, crv="P-256", y="A" * 43), "wrong_epk"),
        (ephemeral("A" * 43, kty="EC", y="A" * 43), "wrong_epk"),
        (ephemeral("A" * 43, y="A" * 43), "wrong_epk"),
        (ephemeral("A" * 42), "wrong_epk"),
        (ephemeral("A" * 42 + "B"), "wrong_epk"),
        (ephemeral(b64u(bytes(32))), "wrong_epk"),
        (ephemeral(b64u(SMALL)), "wrong_epk"),
        (ephemeral(b64u(SECOND)), "wrong_epk"),
        (changed(cat="FACTS.gossip"), "unknown_scope"),
        (changed(cat=["FACTS"]), "unknown_scope"),
        (changed(pth="x"), "head_malformed"),
        (changed(evt=7), "head_malformed"),
        (changed(aud=["urn:relais:civil:desk:crip"]), "head_malformed"),
        (changed(kid=None), "value_not_allowed"),
        (changed(kid="x" * 2000), "too_large"),
        (changed()[:-1] + b',"kid":"pol-p30-2026m11"}', "duplicate_key"),
        (changed().replace(b'"epk":{', b'"epk":{"x":"' + b"A" * 43 + b'",'), "duplicate_key"),
        (changed().replace(b",", b", "), "not_compact"),
        (changed() + b"\n", "not_compact"),
        (changed().replace(b"json", b"\\u006ason"), "not_compact"),
        (written([LAST]), "not_an_object"),
        (b"\xff" + changed(), "not_json"),
        (b"[" * 40 + b"]" * 40, "too_deep"),
    ],
)
def test_a_hostile_part_header(data: bytes, code: str) -> None:
    """Each member can be only what it should be, written once; router and reader alike refuse."""
    token = headed(data)

    with refused(code):
        route(with_part(token).inbound())
    with refused(code):
        read(under_receipt(token))


def test_a_respelt_header_is_refused() -> None:
    """Trailing bits that decoders ignore: base64url stays canonical."""
    kids = (HEADER["kid"] + "x" * more for more in range(3))
    token = next(one for one in (headed(changed(kid=kid)) for kid in kids) if one.find(".") % 4)
    head, _, rest = token.partition(".")

    with refused("base64_not_canonical"):
        route(with_part(f"{head[:-1]}{chr(ord(head[-1]) + 1)}.{rest}").inbound())


@settings(max_examples=20)
@given(st.permutations(sorted(HEADER)), st.permutations(["crv", "kty", "x"]))
def test_members_stand_in_any_order(names: list[str], inner_names: list[str]) -> None:
    """Every order says the same; the digest is each one's own."""
    own = HEADER | {"epk": {name: HEADER["epk"][name] for name in inner_names}}
    data = written({name: own[name] for name in names})

    head, header = read_head(b64u(data), bytes(32), "part")

    straight, expected = read_head(b64u(canonical(HEADER)), bytes(32), "part")
    assert header == expected
    assert (head.digest == straight.digest) == (data == canonical(HEADER))


def sealed_by_joserfc() -> str:
    """The part of `own_part`, sealed by a library that is not ours."""
    key = kit.realm().directory.encryption["crip-p30-2026m11"]
    plaintext = padded(inner())
    header = {name: value for name, value in HEADER.items() if name != "epk"}
    header |= {"pth": b64u(sha256(plaintext))}
    stock = OKPKey.import_key({"kty": "OKP", "crv": "X25519", "x": b64u(key.public)})
    registry = jwe.JWERegistry(algorithms=["ECDH-ES+A256KW", "A256GCM"], strict_check_header=False)
    return jwe.encrypt_compact(header, plaintext, stock, registry=registry)


def test_router_auditor_and_recipient_take_what_joserfc_seals() -> None:
    """Though it is not canonical: the very bytes are what is listed, forwarded and kept."""
    token = sealed_by_joserfc()
    first, _, rest = token.partition(".")
    assert canonical(orjson.loads(unb64u(first))) != unb64u(first)

    event = route(with_part(token).inbound()).event

    (head,) = event.heads
    assert (head.head, head.digest) == (first, part_digest(first, sha256(rest.encode())))
    kept = [{"head": head.head, "rest": head.rest}]
    assert event_from_evidence(event.token, kept, kit.realm().directory) == event
    assert read(under_receipt(token)).bodies == {"FACTS": {"text": "x"}}


@pytest.mark.parametrize(
    ("plaintext", "code"),
    [
        (padded(inner(body="text")), "plaintext_malformed"),
        (padded(inner()).replace(b'"pad":"', b'"pad":"' + b"0" * 512), "plaintext_malformed"),
        (padded(inner(body={"text": [[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]})), "too_deep"),
    ],
)
def test_hostile_plaintext(plaintext: bytes, code: str) -> None:
    """What opens under a valid receipt must still be canonical, closed and padded."""
    with refused(code):
        read(under_receipt(hand_sealed(plaintext)))


def test_nothing_of_a_delivery_shows_in_its_representation() -> None:
    """Logs that print values print no content."""
    issued = kit.three_addressees()
    published = route(kit.inbound(issued))
    delivery = kit.deliver(published, "crip")
    shown = (read(delivery.value), delivery, published.parts and kit.router_context(),
             kit.realm().rings["crip"], kit.realm().signers["crip"])  # fmt: skip
    texts = [*map(repr, shown), repr(issued).replace(repr(issued.claims), "")]

    for word in ("note on", "routing secret", issued.parts[0]):
        assert not [text for text in texts if word in text]


Heads = list[dict[str, str]]
EVENT = kit.route(kit.inbound(kit.three_addressees())).event
HEADS: Heads = [{"head": head.head, "rest": head.rest} for head in EVENT.heads]
DIRECTORY = kit.realm().directory


def test_evidence_gives_the_event_back() -> None:
    """Whatever the order in which heads were kept, without ciphertext."""
    assert event_from_evidence(EVENT.token, HEADS[::-1], DIRECTORY) == EVENT
    assert cover_from_evidence(EVENT.token, DIRECTORY) == EVENT.cover


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda heads: heads.pop(), "part_missing"),
        (lambda heads: heads.append(heads[0] | {"rest": b64u(bytes(32))}), "part_unlisted"),
        (lambda heads: heads[0].update(head=heads[1]["head"]), "part_missing"),
        (lambda heads: heads[0].update(head="e30"), "wrong_header_keys"),
        (lambda heads: heads[0].update(head="e30."), "wrong_segments"),
        (lambda heads: heads[0].update(rest="="), "base64_not_canonical"),
    ],
)
def test_altered_heads(change: Callable[[Heads], object], code: str) -> None:
    """P commits to head and rest; nothing can be added, taken away or exchanged."""
    heads = [dict(head) for head in HEADS]
    change(heads)

    with refused(code):
        event_from_evidence(EVENT.token, heads, DIRECTORY)
