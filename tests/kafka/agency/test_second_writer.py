"""Somebody else publishes with a desk's keys while its service runs: the service's chain goes on from it."""

from __future__ import annotations

import asyncio

import httpx
import orjson
import pytest

from contracts.decision.draft import Draft, DraftAddressee
from contracts.encoding import digest, parse, unb64u
from services.agency.loops.own_outbox import SECOND_WRITER
from services.platform.kafka.reading.log_reader import LogReader
from services.play.demo.http_bus import publish_straight
from tests.kafka.agency.town import AT, OUTBOX, RECORD, Town
from tests.patience import PATIENCE

pytestmark = pytest.mark.anyio


async def covers(bootstrap: str) -> list[str]:
    """The covers in the school's outbox; all of one case, in the order of the log."""
    async with LogReader(bootstrap) as reader:
        read = reader.read(dict.fromkeys(OUTBOX))
        rows = [row async for batch in read for row in batch]
    return [orjson.loads(row.value or b"")["data"]["cover"] for row in rows]


async def test_the_next_event_follows_what_another_has_written(town: Town) -> None:
    """Three events of one case, the middle one not the service's: each names the one before it."""
    service = town.start()
    await service.ready()
    draft = Draft(
        issuer="edu-s", realm="civil", etype="IP", reference=RECORD["reference"],
        to=(DraftAddressee("crip", "assess", {}),),
    )  # fmt: skip

    first = await service.post("k-1")
    (second,) = await publish_straight(town.home, town.bootstrap, "edu-s", draft, AT * 1000)
    async with asyncio.timeout(PATIENCE), httpx.AsyncClient(trust_env=False) as client:
        while SECOND_WRITER not in (await client.get(f"{service.url}/ready")).json()["warnings"]:
            await asyncio.sleep(0.1)
    third = await service.post("k-2", medical_file="other")
    await town.published(least=3)

    written = await covers(town.bootstrap)
    claims = [parse(unb64u(one.split(".")[1]), limit=1 << 16, place="cover") for one in written]
    assert [first.status_code, third.status_code] == [202, 202]
    assert claims[1]["jti"] == second
    assert [one.get("prev") for one in claims[1:]] == [digest(one) for one in written[:-1]]
