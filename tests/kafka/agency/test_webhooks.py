"""Webhooks of an agency's service on the real broker, from its settings to the receiver."""

from __future__ import annotations

import json
import signal

import httpx
import pytest
from standardwebhooks import Webhook

from tests.kafka.agency.town import Service, Town
from tests.patience import eventually
from tests.services.agency.webhooks.receiving import receiving

pytestmark = pytest.mark.anyio


async def test_what_arrives_is_told_also_after_the_service_was_killed(town: Town) -> None:
    """What came while it was dead is told by its heir, and what was told in its last instant perhaps once more."""
    async with receiving() as local, town.agency_here("education") as school, town.router_here():
        named = {"crip": local.receiver.model_dump(mode="json")}
        council = town.start("child_welfare", webhooks=named)
        await council.ready()
        token = {"Authorization": f"Bearer {town.home.token('crip')}"}
        async with httpx.AsyncClient(base_url=council.url, trust_env=False) as client:
            status = (await client.get("/v1/webhook", headers=token)).json()

        sender = Service(council.process, school, town.home.token("edu-s"))
        assert (await sender.post("k-1")).status_code == 202
        await eventually(lambda: len(local.came) == 1)
        council.end(signal.SIGKILL)
        assert (await sender.post("k-2")).status_code == 202
        await town.start("child_welfare", webhooks=named).ready()
        await eventually(lambda: len({came.headers["webhook-id"] for came in local.came}) == 2)

    told = [Webhook(status["shared_key"]).verify(came.body, came.headers) for came in local.came]
    assert len(local.came) <= 3
    assert {row["data"]["kind"] for row in told} == {"IP"}
    assert len({row["data"]["event"] for row in told}) == 2
    assert "canary" not in json.dumps(told)
