"""What a desk is told of its webhooks: keys and how they stand, never an address."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contracts.encoding import rfc3339
from services.agency.webhooks.post import Poster
from services.agency.webhooks.push import Webhooks
from services.platform.http.receiver import Receiver
from services.platform.process.metrics import Metrics
from services.platform.store.memory import Memory
from tests.patience import eventually
from tests.services.agency.bench import Bench, bearer, serving
from tests.services.agency.webhooks.receiving import DESK, arrive, pushing, receiving

HOOK = Receiver(url="https://secret-canary.example/path-canary")


@pytest.fixture
async def council() -> AsyncIterator[Bench]:
    """The child welfare service; the CRIP has a receiver, and so has one not its own."""
    async with serving("child_welfare") as bench:
        receivers = {DESK: HOOK, "edu-s": HOOK}
        bench.parts.webhooks = Webhooks(
            receivers, bench.office, bench.incoming, Memory(None), Poster()
        )
        yield bench


async def test_a_desk_gets_its_keys_and_what_waits(council: Bench) -> None:
    """Its own only: another desk of the agency has no receiver, and nobody is told an address."""
    await arrive(council, "Zoe-canary-1290")

    answer = await council.get(DESK, "/v1/webhook")
    other = await council.get("ase", "/v1/webhook")

    told = answer.json()
    assert (told["desk"], told["state"], told["pending"], told["given_up"]) == (DESK, "open", 1, 0)
    assert told["public_key"].startswith("whpk_")
    assert told["shared_key"].startswith("whsec_")
    assert answer.headers["cache-control"] == "no-store"
    assert (other.status_code, other.json()["code"]) == (404, "webhook_unset")
    assert "canary" not in answer.text + other.text


async def test_a_desk_reads_why_a_message_waits(council: Bench, tmp_path: Path) -> None:
    """A receiver that refuses our signature: its status in a word, and the next try."""
    before = (await council.get(DESK, "/v1/webhook")).json()
    async with receiving() as local, pushing(council, local.receiver, tmp_path) as webhooks:
        local.answer = lambda _: "401 Unauthorized"
        assert council.parts.webhooks is not None
        council.parts.webhooks.desks[DESK] = webhooks
        await arrive(council, "Zoe-canary-1291")
        await eventually(lambda: webhooks.last is not None)
        told = (await council.get(DESK, "/v1/webhook")).json()

    assert not before.keys() & {"last_result", "last_status", "next_try_at"}
    assert (told["last_result"], told["last_status"], told["pending"]) == ("refused", 401, 1)
    assert told["next_try_at"] == rfc3339(int(webhooks.progress.retries[0].due))


async def test_a_stop_is_told_counted_and_ended_by_the_desk(council: Bench) -> None:
    """By its token; operators see roles, and no desk and no address."""
    assert council.parts.webhooks is not None
    webhooks = council.parts.webhooks.desks[DESK]
    webhooks.progress.stopped = "gone"
    metrics = Metrics("child_welfare")

    stopped = (await council.get(DESK, "/v1/webhook")).json()
    council.parts.webhooks.count(council.parts.clock.now(), metrics)
    resumed = await council.client.post("/v1/webhook/resume", headers=bearer(DESK))

    assert (stopped["state"], stopped["why"]) == ("stopped", "gone")
    assert 'relais_webhook_stopped{role="CRIP"} 1.0' in metrics.page().decode()
    assert "canary" not in metrics.page().decode()
    assert (resumed.status_code, resumed.json()["state"]) == (200, "open")
    assert not webhooks.progress.stopped


async def test_keys_differ_by_desk_where_they_are_secret(council: Bench) -> None:
    """Who holds one desk's shared key signs for no other; the public key is the agency's."""
    from services.agency.webhooks.post import WebhookKeys

    crip, ase = (WebhookKeys(council.office.agency.secret, desk) for desk in (DESK, "ase"))

    assert crip.shared != ase.shared
    assert crip.public == ase.public
