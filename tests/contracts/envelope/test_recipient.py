"""What a recipient refuses of what Kafka brings, one attack a test (envelope §8)."""

from __future__ import annotations

import orjson
import pytest

from contracts.encoding import b64u, canonical, digest, unb64u
from contracts.keys.jose import sign_jws
from tests.contracts.envelope import kit
from tests.contracts.envelope.inbox import delivered, published, read, receipt, value
from tests.contracts.envelope.refusal import refused


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
