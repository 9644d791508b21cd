"""Any change anywhere: refused by router and recipient, and never a crash."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from contracts.envelope import cloudevent
from contracts.envelope.receive import addressee, check_notice, open_delivery
from contracts.errors import EnvelopeError
from tests.contracts.envelope import kit

INBOUND = kit.inbound(kit.sample_issue())
PUBLISHED = kit.route(INBOUND)
HEADERS = cloudevent.headers()
Read = Callable[[bytes], object]
READ: list[tuple[bytes, Read]] = [
    (INBOUND.value or b"", lambda value: kit.route(kit.inbound(kit.sample_issue(), value=value))),
    (kit.deliver(PUBLISHED, "crip").value,
     lambda value: open_delivery(value, HEADERS, kit.recipient_context("crip"))),
    (kit.notify(kit.notice_claims(PUBLISHED)).value,
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
