"""What a recipient refuses under a valid receipt: the router itself, or who stole its key."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.encoding import canonical
from contracts.envelope.part import padded
from tests.contracts.envelope import kit
from tests.contracts.envelope.inbox import (
    hand_sealed,
    inner,
    own_part,
    read,
    under_receipt,
)
from tests.contracts.envelope.refusal import refused


@pytest.mark.parametrize(
    ("plaintext", "code"),
    [
        (b"x" * 512, "not_json"),
        (b"x" * 511, "plaintext_malformed"),
        (padded(inner(body="text")), "plaintext_malformed"),
        (padded(inner(salt="short")), "base64_not_canonical"),
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
