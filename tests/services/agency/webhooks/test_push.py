"""A desk's webhooks, from an arrival to a receiver that verifies them and back to the inbox."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks import Webhook, WebhookVerificationError

from tests.services.agency.bench import Bench, serving
from tests.services.agency.webhooks.receiving import (
    DESK,
    Posted,
    arrive,
    pushing,
    receiving,
    until,
)

pytestmark = pytest.mark.anyio
MARKER = "Zoe-canary-2280"


@pytest.fixture
async def council() -> AsyncIterator[Bench]:
    """The child welfare service, whose desk the CRIP is."""
    async with serving("child_welfare") as bench:
        yield bench


def verify_v1a(public: str, posted: Posted) -> None:
    """As the standard has it: Ed25519 over `id.timestamp.body`, raw bytes."""
    told = posted.headers
    signed = f"{told['webhook-id']}.{told['webhook-timestamp']}.".encode() + posted.body
    key = Ed25519PublicKey.from_public_bytes(b64decode(public.removeprefix("whpk_")))
    (signature,) = [
        text.removeprefix("v1a,")
        for text in told["webhook-signature"].split()
        if text.startswith("v1a,")
    ]
    key.verify(b64decode(signature), signed)


async def test_an_arrival_is_posted_thin_and_signed(council: Bench, tmp_path: Path) -> None:
    """The stock library takes it, the public key verifies it, and the inbox has what it names."""
    async with receiving() as local, pushing(council, local.receiver, tmp_path) as webhooks:
        await arrive(council, MARKER)
        await until(lambda: bool(local.came))

    (posted,) = local.came
    told = Webhook(webhooks.keys.shared).verify(posted.body, posted.headers)
    verify_v1a(webhooks.keys.public, posted)
    (item,) = (await council.get(DESK, "/v1/inbox")).json()["items"]
    assert told == {
        "type": "inbox.arrival",
        "timestamp": item["delivered_at"],
        "data": {"desk": DESK, "event": item["event"], "kind": "IP"},
    }
    assert MARKER in json.dumps(item)
    assert MARKER not in f"{posted}"


async def test_one_changed_byte_is_refused(council: Bench, tmp_path: Path) -> None:
    """By the stock library: the signature is over the bytes as they came."""
    async with receiving() as local, pushing(council, local.receiver, tmp_path) as webhooks:
        await arrive(council, MARKER)
        await until(lambda: bool(local.came))

    (posted,) = local.came
    with pytest.raises(WebhookVerificationError):
        Webhook(webhooks.keys.shared).verify(posted.body + b" ", posted.headers)
