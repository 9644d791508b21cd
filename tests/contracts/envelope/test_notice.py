"""What a desk refuses of notices, and what the router's writing keeps to itself."""

from __future__ import annotations

import pytest

from contracts.encoding import digest
from contracts.envelope.deliver import sign_by_router
from contracts.envelope.issue import Issued
from contracts.envelope.receive import open_notice
from tests.contracts.envelope import kit
from tests.contracts.envelope.inbox import delivered, published, read
from tests.contracts.envelope.refusal import refused


def test_a_delivery_read_as_notice_and_back() -> None:
    """Each form is read as what it is."""
    message = kit.notify(kit.notice_claims(published()))
    delivery = kit.deliver(published(), "crip")

    with refused("wrong_data"):
        read(message.value)
    with refused("wrong_data"):
        open_notice(delivery.value, delivery.headers, kit.recipient_context("crip"))


def test_a_delivery_is_keyed_by_the_digest_of_its_slip() -> None:
    """What is unique in it, and no pseudonym of a case."""
    delivery = kit.deliver(published(), "crip")

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
