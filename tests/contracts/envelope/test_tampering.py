"""Any change anywhere, by Hypothesis: refused by router and recipient, and never a crash."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.encoding import canonical
from contracts.envelope import cloudevent
from contracts.envelope.receive import open_delivery, open_notice
from contracts.envelope.verify import verify_published
from contracts.errors import EnvelopeError
from contracts.keys.jose import sign_jws
from tests.contracts.envelope import kit

ISSUED = kit.sample_issue()
INBOUND = kit.inbound(ISSUED)
PUBLISHED = verify_published(INBOUND, kit.router_context())
DELIVERY = kit.deliver(PUBLISHED, "crip")
NOTICE = kit.notify(kit.notice_claims(PUBLISHED))


def flip(data: bytes, position: int, bit: int) -> bytes:
    """One bit of one byte."""
    changed = bytearray(data)
    changed[position % len(data)] ^= 1 << bit
    return bytes(changed)


def route(value: bytes) -> None:
    """As the router; raises what it raises."""
    verify_published(kit.inbound(ISSUED, value=value), kit.router_context())


def read(value: bytes) -> None:
    """As the CRIP."""
    open_delivery(value, cloudevent.headers(), kit.recipient_context("crip"))


def note(value: bytes) -> None:
    """As the issuer."""
    open_notice(value, cloudevent.headers(), kit.recipient_context("edu-s"))


@pytest.mark.slow
@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 100_000), st.integers(0, 7))
def test_a_bit_flipped_anywhere(position: int, bit: int) -> None:
    """Every bit of a published event, a delivery and a notice is covered by some check."""
    for value, check in ((INBOUND.value, route), (DELIVERY.value, read), (NOTICE.value, note)):
        assert value is not None
        with pytest.raises(EnvelopeError):
            check(flip(value, position, bit))


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_byte_removed_or_doubled(data: st.DataObject) -> None:
    """Other lengths of everything."""
    for value, check in ((INBOUND.value, route), (DELIVERY.value, read), (NOTICE.value, note)):
        assert value is not None
        at = data.draw(st.integers(0, len(value) - 1))
        for changed in (value[:at] + value[at + 1 :], value[:at] + value[at : at + 1] + value[at:]):
            if changed != value:
                with pytest.raises(EnvelopeError):
                    check(changed)


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=2000) | st.text(max_size=500).map(str.encode))
def test_any_bytes_at_all(value: bytes) -> None:
    """Whatever arrives ends as an error of ours."""
    for check in (route, read, note):
        with pytest.raises(EnvelopeError):
            check(value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@pytest.mark.slow
@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(orjson.loads(INBOUND.value or b"{}"))), JSON, st.booleans())
def test_any_json_in_any_field_of_the_shell(name: str, value: object, inside: bool) -> None:
    """Hostile types in the shell and in `data` end as an error of ours."""
    for message, check in ((INBOUND.value, route), (DELIVERY.value, read)):
        shell = orjson.loads(message or b"")
        target = shell["data"] if inside else shell
        key = "parts" if inside else name
        if target[key] == value:
            continue
        target[key] = value
        try:
            changed = canonical(shell)
        except TypeError:  # an integer that orjson cannot write
            continue
        with pytest.raises(EnvelopeError):
            check(changed)


@pytest.mark.slow
@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(ISSUED.claims.wire())), JSON)
def test_any_json_in_any_claim_of_a_signed_cover(name: str, value: object) -> None:
    """An issuer with valid keys who signs nonsense: refused without a crash."""
    claims = ISSUED.claims.wire()
    if claims[name] == value:
        return
    try:
        cover = sign_jws(claims | {name: value}, "referral-cover+jwt", kit.realm().signers["edu-s"])
    except TypeError:
        return
    wire = kit.wire(ISSUED).having(cover=cover)
    with pytest.raises(EnvelopeError):
        verify_published(wire.inbound(), kit.router_context())
