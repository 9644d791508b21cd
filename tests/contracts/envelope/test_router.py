"""What a router refuses of a published event (`verify_published`), and any byte altered in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest

from contracts.encoding import b64u, canonical, digest
from contracts.envelope import cloudevent
from contracts.envelope.receive import addressee, check_notice, open_delivery
from contracts.errors import EnvelopeError
from contracts.keys.jose import sign_jws
from contracts.keys.keyring import MemorySigner
from contracts.vocabulary.topics import MAX_EVENT_BYTES, PARTITIONS
from tests.contracts.envelope import kit
from tests.contracts.envelope.kit import route
from tests.contracts.envelope.refusal import refused
from tests.contracts.log.routed import Bus

SOUND = kit.sample_issue()
WIRE = kit.wire(SOUND)
OTHER = kit.wire(kit.sample_issue(seed="other"))
RECORD = kit.inbound(SOUND)
Claims = dict[str, Any]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"value": None}, "null_value"),
        ({"value": b"\xff" * (MAX_EVENT_BYTES + 1)}, "too_large"),
        ({"value": b"[" * 500_000}, "not_json"),
        ({"value": b'{"a":1}'}, "wrong_event_keys"),
        ({"value": kit.deliver(route(RECORD), "crip").value}, "wrong_data"),
        ({"headers": ()}, "wrong_content_type"),
        ({"headers": (("content-type", b"application/cloudevents+json"),) * 2},
         "wrong_content_type"),
        ({"headers": (("content-type", b"\xff\xfe"),)}, "header_not_utf8"),
        ({"headers": (("other\udcff", b"x"),)}, "header_not_utf8"),
        ({"headers": (("content-type", None),)}, "null_header"),
        ({"headers": (("a", b""),) * 17}, "too_many_headers"),
        ({"headers": (("a", b"x" * 5000),)}, "headers_too_large"),
        ({"key": None}, "wrong_key"),
        ({"key": b"urn:relais:civil:desk:crip"}, "wrong_key"),
        ({"topic": "relais.civil.outbox.police"}, "wrong_topic"),
        ({"partition": (RECORD.partition + 1) % PARTITIONS}, "wrong_partition"),
    ],
)  # fmt: skip
def test_another_record(changes: dict[str, Any], code: str) -> None:
    """Nothing, too much, other headers, key, topic or partition; sizes come before parsing."""
    with refused(code):
        route(kit.inbound(SOUND, **changes))


def test_the_content_type_may_be_spelt_otherwise() -> None:
    """Media types are case-insensitive and have parameters."""
    headers = (("Content-Type", b"Application/CloudEvents+JSON;charset=utf-8"),)

    assert route(kit.inbound(SOUND, headers=headers)).parts


@pytest.mark.parametrize(
    ("change", "code"),
    [
        *(({name: "x"}, "cloudevent_differs")
          for name in ("id", "source", "subject", "time", "type")),
        ({"specversion": "0.3"}, "wrong_event_type"),
        ({"id": 7}, "wrong_event_type"),
        ({"data": "text"}, "wrong_data"),
        ({"data": {"cover": "x"}}, "wrong_data"),
        ({"data": {"cover": "x", "slips": "x", "parts": []}}, "wrong_data"),
        ({"data": {"cover": 1, "slips": [], "parts": []}}, "wrong_data"),
        ({"data": {"cover": "x", "slips": [1], "parts": []}}, "wrong_data"),
        ({"traceparent": "x"}, "wrong_event_keys"),
    ],
)  # fmt: skip
def test_another_shell(change: Claims, code: str) -> None:
    """What does not repeat the cover; another version, extension or form of data."""
    with refused(code):
        route(kit.inbound(SOUND, value=canonical(orjson.loads(RECORD.value or b"") | change)))


@pytest.mark.parametrize(
    ("changes", "code", "place"),
    [
        ({"cover": "A" * 200_000}, "too_large", "cover"),
        ({"slips": ("A" * 200_000,)}, "too_large", "slips[0]"),
        ({"parts": ("A" * (256 * 1024 + 1),)}, "too_large", "parts[0]"),
        ({"slips": ("x",) * 65}, "too_many", "event.data.slips"),
        ({"parts": ("x",) * 65}, "too_many", "event.data.parts"),
        ({"slips": ()}, "slip_missing", "cover.to[0].slip"),
        ({"slips": (WIRE.slips[0][:-4] + "AAAA",)}, "slip_missing", "cover.to[0].slip"),
        ({"slips": WIRE.slips * 2}, "slip_twice", "slips"),
        ({"slips": WIRE.slips + OTHER.slips}, "slip_unlisted", "slips"),
        ({"parts": ()}, "part_missing", "cover.to[0].parts[0]"),
        ({"parts": (*WIRE.parts, OTHER.parts[0])}, "part_unlisted", "parts"),
        ({"parts": (*WIRE.parts, WIRE.parts[0])}, "part_twice", "parts[3]"),
    ],
)
def test_each_token_is_carried_once(changes: Claims, code: str, place: str) -> None:
    """What the cover lists, unaltered, nothing beside it, and no more than anybody reads."""
    with refused(code, place):
        route(replace(WIRE, **changes).inbound())


def other_spelling(token: str) -> str:
    """The same bytes with other trailing bits: what lenient decoders accept."""
    return token[:-1] + chr(ord(token[-1]) + 1)  # of 64, every fourth or sixteenth stands there


@pytest.mark.parametrize("which", ["cover", "slips", "parts"])
@pytest.mark.parametrize(
    ("altered", "code"),
    [
        (lambda token: token + "=", "base64_not_canonical"),
        (lambda token: token + "\n", "base64_not_canonical"),
        (lambda token: token + "é", "base64_not_canonical"),
        (lambda token: token + ".AA", "wrong_segments"),
        (other_spelling, "base64_not_canonical"),
    ],
)
def test_altered_tails(which: str, altered: Callable[[str], str], code: str) -> None:
    """Padding, whitespace, other letters, another segment or other bits at any token's end."""
    tokens = getattr(WIRE, which)
    changed: Any = altered(tokens) if which == "cover" else (altered(tokens[0]), *tokens[1:])
    with refused(code):
        route(kit.inbound(SOUND, value=replace(WIRE, **{which: changed}).value()))


GOOD = {"alg": "Ed25519", "kid": "edu-s-s1", "typ": "referral-cover+jwt"}


def forged(header: Claims, claims: Claims | None = None, signature: bytes | None = None) -> str:
    """A JWS with any header, signed with EDU-S's real key unless a signature is given."""
    text = f"{b64u(canonical(header))}.{b64u(canonical(claims or SOUND.claims.wire()))}"
    own = kit.realm().signers["edu-s"]
    return f"{text}.{b64u(own.sign(text.encode()) if signature is None else signature)}"


@pytest.mark.parametrize(
    ("cover", "code"),
    [
        (forged(GOOD | {"alg": "none"}, signature=b""), "wrong_alg"),
        (forged(GOOD | {"alg": "HS256"}), "wrong_alg"),
        (forged(GOOD | {"alg": {}}), "wrong_alg"),
        (forged(GOOD | {"typ": "JWT"}), "wrong_typ"),
        (forged(GOOD | {"typ": "referral-slip+jwt"}), "wrong_typ"),
        (forged(GOOD | {"typ": "t" * 2000}), "too_large"),
        (forged(GOOD | {"kid": "nobody"}), "unknown_key"),
        (forged(GOOD | {"kid": ["edu-s-s1"]}), "unknown_key"),
        (forged(GOOD | {"jku": "https://example.org"}), "wrong_header_keys"),
        (forged({"alg": "Ed25519", "kid": "edu-s-s1"}), "wrong_header_keys"),
        (forged({"alg": "Ed25519", "typ": "referral-cover+jwt"}), "unknown_key"),
        (forged(GOOD, {"iss": "x"}), "no_iat"),
        (forged(GOOD, signature=b""), "bad_signature"),
        (forged(GOOD, signature=bytes(64)), "bad_signature"),
        (forged(GOOD, signature=b"\x01" * 63), "bad_signature"),
        (forged(GOOD, signature=b"\x01" * 65), "bad_signature"),
    ],
)
def test_hostile_cover_header(cover: str, code: str) -> None:
    """Everything that a header could drive is refused; of what nobody signed nobody is told."""
    with refused(code) as caught:
        route(replace(WIRE, cover=cover).inbound())

    assert getattr(caught.value, "cover", None) is None


def test_key_of_the_other_realm() -> None:
    """The police's criminal key does not exist in the civil directory."""
    issued = kit.sample_issue("pol", to=[kit.sample_recipient("crip", ("FACTS",))])
    other = kit.signer(kit.realm("criminal").urn("pol"), "pol-s2")

    with refused("unknown_key"):
        route(kit.reissue(issued, id, by=other).inbound())


@pytest.mark.parametrize("shift", [-500 * kit.DAY, 900 * kit.DAY])
def test_key_before_and_after_its_validity(shift: int) -> None:
    """A key that is not yet or no longer valid at `iat`."""

    def move(claims: Claims) -> None:
        claims["iat"] += shift
        claims["exp"] += shift

    with refused("key_not_valid", "cover.header.kid"):
        route(kit.reissue(SOUND, move).inbound(), now=kit.NOW + shift)


def to(name: str, value: Any) -> Callable[[Claims], object]:
    """Set one field of the first addressee."""
    return lambda claims: claims["to"][0].update({name: value})


def claim(**values: Any) -> Callable[[Claims], object]:
    """Set claims."""
    return lambda claims: claims.update(values)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (claim(extra="x"), "cover_malformed"),
        (claim(sub="short"), "cover_malformed"),
        (claim(final="yes"), "cover_malformed"),
        (claim(attempt=False), "cover_malformed"),
        (claim(ends=[]), "cover_malformed"),
        (claim(declared={"surprise": True}), "cover_malformed"),
        (to("parts", []), "cover_malformed"),
        (to("name", "Jean Dupont"), "cover_malformed"),
        (lambda claims: claims["to"].append(dict(claims["to"][0])), "desk_twice"),
        (lambda claims: claims["to"][0].pop("purpose"), "purpose_missing"),
        (lambda claims: claims["to"][0]["parts"].reverse(), "parts_not_sorted"),
        (claim(to=[]), "no_addressee"),
        (claim(declared={}), "nothing_declared"),
        (claim(attempt=True), "attempt_malformed"),
        (to("re", [{"iss": "urn:relais:criminal:desk:pol", "jti": SOUND.claims.jti}]),
         "wrong_realm"),
        (claim(realm="criminal"), "wrong_realm"),
        (claim(exp=kit.NOW + 8 * kit.DAY), "wrong_lifetime"),
        (claim(exp=kit.NOW), "wrong_lifetime"),
        (claim(stage="received"), "stage_malformed"),
        (claim(etype="ACK"), "stage_malformed"),
        (claim(linked={"peer": "A" * 43, "date": "2026-11-01"}), "linked_malformed"),
        (claim(etype="LINK"), "addressee_not_allowed"),
        (claim(ends=[SOUND.ref.wire()]), "ends_without_end"),
        (claim(decided_on="2026-02-30"), "not_a_date"),
        (claim(decided_on="2026-09-01"), "fact_out_of_bounds"),
        (claim(received_on="2026-11-27"), "fact_out_of_bounds"),
        (claim(due="2028-01-01"), "fact_out_of_bounds"),
        (claim(ends_on="9999-12-31"), "fact_out_of_bounds"),
        (claim(declared={"call": {"to": "police_17", "at": kit.NOW + 999, "ref": "A" * 22}}),
         "call_after_event"),
        (claim(aud="urn:relais:criminal:router"), "wrong_audience"),
        (claim(convd=digest("another")), "unknown_convention"),
    ],
)  # fmt: skip
def test_claims_outside_the_schema_or_in_contradiction(
    change: Callable[[Claims], object], code: str
) -> None:
    """Each has a code that repeats no claim; the issuer can be told, for the cover verified."""
    hostile = kit.reissue(SOUND, change)

    with refused(code) as caught:
        route(kit.inbound(SOUND, value=hostile.value(), key=digest(hostile.cover).encode()))

    assert getattr(caught.value, "cover_token", None) == hostile.cover
    assert (getattr(caught.value, "cover", None) is None) == (code == "cover_malformed")
    assert not [word for word in ("Dupont", "surprise") if word in caught.value.describe()]


@pytest.mark.parametrize("signer", [kit.realm().signers["pol"], kit.realm().router])
def test_claimed_authorship(signer: MemorySigner) -> None:
    """Who signs with its own key in another's name: refused, and the other is not told."""
    with refused("claimed_authorship") as caught:
        route(kit.reissue(SOUND, id, by=signer).inbound())

    assert getattr(caught.value, "cover", None) is None


def test_expiry_and_a_clock_that_is_ahead() -> None:
    """A cover at its `exp` is late; two minutes ahead are tolerated, more is not."""
    route(RECORD, now=SOUND.claims.exp - 1)
    route(RECORD, now=kit.NOW - 120)
    with refused("expired"):
        route(RECORD, now=SOUND.claims.exp)
    with refused("issued_ahead"):
        route(RECORD, now=kit.NOW - 121)


SLIP = "referral-slip+jwt"


@pytest.mark.parametrize(
    ("change", "typ", "by", "code"),
    [
        (claim(purpose="investigate"), SLIP, "edu-s", "slip_not_projection"),
        (claim(declared={"danger": True}), SLIP, "edu-s", "slip_not_projection"),
        (lambda slip: slip["parts"].pop(), SLIP, "edu-s", "slip_not_projection"),
        (id, "referral-receipt+jwt", "edu-s", "slip_header"),
        (id, SLIP, "pol", "slip_header"),
    ],
)
def test_a_slip_that_is_not_the_projection(
    change: Callable[[Claims], object], typ: str, by: str, code: str
) -> None:
    """The issuer tells the router one thing and the desk another, or by another key."""
    claims = SOUND.claims.wire()
    slip = kit.claims_of(SOUND.slips[0])
    change(slip)
    token = sign_jws(slip, typ, kit.realm().signers[by])
    claims["to"][0]["slip"] = digest(token)
    cover = sign_jws(claims, GOOD["typ"], kit.realm().signers["edu-s"])

    with refused(code, "cover.to[0].slip"):
        route(kit.Wire(claims, cover, (token,), SOUND.parts).inbound())


INBOUND = kit.inbound(kit.sample_issue())
PUBLISHED = kit.route(INBOUND)
HEADERS = cloudevent.headers()


def told_again() -> bytes:
    """The notice to who published one event twice."""
    bus = Bus()
    event = bus.inbound()
    bus.route(event, event)
    return bus.inbox("edu-s")[-1].value


Read = Callable[[bytes], object]
READ: list[tuple[bytes, Read]] = [
    (INBOUND.value or b"", lambda value: kit.route(kit.inbound(kit.sample_issue(), value=value))),
    (kit.deliver(PUBLISHED, "crip").value,
     lambda value: open_delivery(value, HEADERS, kit.recipient_context("crip"))),
    (told_again(),
     lambda value: check_notice(addressee(value, HEADERS)[2], kit.recipient_context("edu-s"))),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("value", "check"), READ, ids=["event", "delivery", "notice"])
def test_a_byte_altered_removed_or_doubled_anywhere(value: bytes, check: Read) -> None:
    """Each of a published event, a delivery and a notice is covered by some check."""
    for at in range(0, len(value), 29):
        byte = value[at : at + 1]
        for other in (bytes([byte[0] ^ 1 << at % 8]), b"", byte * 2):
            changed = value[:at] + other + value[at + 1 :]
            if changed != value:
                with pytest.raises(EnvelopeError):
                    check(changed)
