"""What a receipt or notice is signed as: the hashed text and `dec`, without encoding it again."""

from __future__ import annotations

from typing import Any, Final

from hypothesis import given
from hypothesis import strategies as st

from contracts.encoding import canonical
from contracts.log.entry import NOTICE, Message

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
