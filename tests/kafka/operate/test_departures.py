"""An agency that leaves while something of it is unread: on a real broker, with routers down."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from contracts.encoding import b64u, sha256
from contracts.vocabulary import topics
from services.platform.kafka.orders.control import adopt_directory
from tests.contracts.envelope.kit import NOW
from tests.kafka import kit
from tests.services.routing.test_inputs import GONE, without_association

pytestmark = pytest.mark.anyio


async def test_what_an_agency_published_before_it_left_is_put_aside_and_recorded(
    fresh: str, tmp_path: Path
) -> None:
    """Accepted, unread, and its issuer gone when the router starts: a record and the bytes remain."""
    await kit.prepare(fresh)
    publisher = kit.Publisher(fresh)
    event = publisher.event(1, "asso")[1]
    await publisher.publish([event])
    await adopt_directory(
        fresh, kit.REALM, kit.owners(), [without_association()], start=NOW, signers=[kit.OWNER]
    )

    async with kit.router(fresh, tmp_path):
        log = await kit.until(fresh, {"quarantined": 1})
        await publisher.publish([publisher.event(2, "edu-s")[1], publisher.event(3, "asso")[1]])
        log = await kit.until(fresh, {"quarantined": 2, "decided": 1})

    (first, second) = [one for one in log if one["kind"] == "quarantined"]
    assert {one["src"]["topic"] for one in (first, second)} == {GONE}
    kept = (await kit.read(fresh, topics.quarantine(kit.REALM)))[topics.quarantine(kit.REALM)]
    assert b64u(sha256(event.value)) in {b64u(sha256(one.value or b"")) for one in kept}
    assert len(kept) == 2
    assert orjson.dumps(log).count(b'"kind":"decided"') == 1
