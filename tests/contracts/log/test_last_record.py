"""What a store is held to: the record that a tail ends with, signed by the router."""

from __future__ import annotations

from typing import Any, Final

from hypothesis import given
from hypothesis import strategies as st

from contracts.encoding import canonical
from contracts.log.chain import SIGNATURE_HEADER, is_last
from contracts.log.entry import NOTICE, Message
from tests.contracts.log.replaying.test_goes_on import played


def test_the_last_record_is_known_by_its_leaf_and_its_signature() -> None:
    """Neither the one before, nor other bytes under it, nor a signature of any other form."""
    bus, number = played()
    before, last = bus.log(number)[-2:]
    tail = bus.routers[number].state.tail

    def known(value: bytes | None) -> bool:
        return is_last(value, last.headers, tail, bus.registry, "civil")

    assert known(last.value)
    assert not known(before.value)
    assert not known(last.value + b" ")
    assert not known(None)
    assert not is_last(last.value, last.headers, tail, bus.registry, "criminal")
    assert not is_last(last.value, [], tail, bus.registry, "civil")
    for sig in (None, b"", b"[]", b"1", b"{}", b"\xff", b'{"kid":[],"sig":"AA"}', b'{"sig":"*"}'):
        # It ends nobody who reads it: who has only Kafka can write any.
        assert not is_last(last.value, [(SIGNATURE_HEADER, sig)], tail, bus.registry, "civil")


LEAF: Final = "L" * 43
TEXT = st.text(max_size=12) | st.sampled_from(['"dird":', '\\"dird":', '{"dird":"x"}', "dird"])


@given(place=TEXT, kind=TEXT, more=st.dictionaries(st.sampled_from(["aud", "sub", "code"]), TEXT))
def test_the_text_is_that_of_the_payload_with_dec(
    place: str, kind: str, more: dict[str, str]
) -> None:
    """Whatever its strings hold: what a partner wrote may stand in `place`."""
    payload: dict[str, Any] = {"convd": "c", "dird": "d", "kind": kind, "place": place} | more
    message = Message("desk", "agency", NOTICE, payload, canonical(payload))

    assert message.with_decision(LEAF) == canonical(payload | {"dec": LEAF})
