"""A router whose key is in a device: it is unplugged in traffic, and nothing is lost."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

from contracts.keys.entries import SigningKey
from contracts.log.routing.partition_router import RouterKeys
from contracts.vocabulary import topics
from services.platform.keys.keystore import FolderSigners
from services.platform.keys.signers import read_signer
from services.routing.app import serve
from tests.contracts.envelope import kit as keys
from tests.kafka import kit
from tests.patience import PATIENCE
from tests.ports import free_port
from tests.soft_hsm import UNTIL, soft_hsm_in

pytestmark = pytest.mark.anyio


async def test_a_router_waits_for_its_device(fresh: str, tmp_path: Path) -> None:
    """Three events before, three while it is away, and all six are decided once, and none put aside."""
    device = soft_hsm_in(tmp_path / "hsm")
    own = keys.realm(kit.REALM).router
    device.take_in(own.kid, keys.Seeded(f"signing {own.owner} {own.kid}")(32))
    key = SigningKey(own.kid, own.alg, own.owner, own.public, 0, UNTIL)
    _entry, signer = read_signer(device.file(tmp_path / f"{own.kid}.json", key))
    held = RouterKeys(FolderSigners(tmp_path, own.owner, signer), keys.ROUTING_SECRET)
    await kit.prepare(fresh)
    publisher, stop, port = kit.Publisher(fresh), asyncio.Event(), free_port()
    settings = kit.settings(fresh, tmp_path, http_port=port)
    work = asyncio.create_task(serve(settings, held, kit.owners(), stop))

    await kit.ready(port)
    await publisher.publish([publisher.event(number, "edu-s")[1] for number in (1, 2, 3)])
    await kit.until(fresh, {"decided": 3})
    device.take_away()
    await publisher.publish([publisher.event(number, "edu-s")[1] for number in (4, 5, 6)])
    async with asyncio.timeout(PATIENCE), httpx.AsyncClient(trust_env=False) as client:
        while (await client.get(f"http://127.0.0.1:{port}/ready")).status_code == 200:
            await asyncio.sleep(0.1)
        live = await client.get(f"http://127.0.0.1:{port}/live")
    device.bring_back()
    log = await kit.until(fresh, {"decided": 6})
    await kit.ready(port)
    stop.set()

    assert await work == 0
    assert live.status_code == 200
    assert [one["kind"] for one in log].count("decided") == 6
    assert "quarantined" not in [one["kind"] for one in log]
    assert (await kit.read(fresh, topics.quarantine(kit.REALM))).popitem()[1] == []
