"""A small federation on a real broker erases a case: after a while no file of anybody names it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from contracts.vocabulary import topics
from contracts.vocabulary.scopes import ROLES
from services.agency import app as agencies
from services.agency.trade import trade_of
from services.audit import app as auditor
from services.audit.source import KafkaLog
from services.audit.whole import replay
from services.operate.to_erase import to_erase
from services.platform.kafka.bus import Bus
from services.platform.keys.owners import read_owners
from services.platform.process.clock import FileClock
from services.platform.process.exit_codes import UnreachableError
from services.platform.settings import AuditSettings, load
from tests import samples
from tests.kafka import kit
from tests.kafka.operate.test_quarantine import relais
from tests.kafka.town import RECORD, Town
from tests.searching import holding
from tests.simulation.erased import canaries_of

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

CLEANED_S = 10
MOST_S = 240
SOON = ("file.delete.delay.ms", "1000"), ("max.compaction.lag.ms", str(CLEANED_S * 1000))


async def shown(client: httpx.AsyncClient, number: int) -> list[dict[str, Any]]:
    """What a desk's inbox shows, once it is so many; no answer while its service starts anew."""
    async with asyncio.timeout(40):
        while True:
            with suppress(httpx.HTTPError):
                items: list[dict[str, Any]] = (
                    (await client.get("/v1/inbox")).json().get("items", [])
                )
                if len(items) == number:
                    return items
            await asyncio.sleep(0.1)


@asynccontextmanager
async def agency(
    town: Town, desk: str, logs: str, ends: list[str]
) -> AsyncIterator[httpx.AsyncClient]:
    """A desk, whose agency's service runs in this process, started anew as a supervisor does.

    Args:
        logs: where the auditor publishes, of which the service keeps a mirror.
        ends: is told why it ended each time.
    """
    name = ROLES[samples.DESKS[desk]]
    given = town.settings(agency=name, cleaned_s=CLEANED_S, logs={"civil": logs})

    async def supervised(stop: asyncio.Event) -> int:
        while True:
            try:
                return await agencies.serve(given, trade_of(name), stop)
            except UnreachableError as error:
                ends.append(error.code)

    async with kit.serving(supervised), town.desk(desk, given.http_port) as client:
        await kit.ready(given.http_port)
        yield client


async def search(places: Sequence[Path], *canaries: bytes) -> list[str]:
    """`holding`, while the services here go on."""
    return await asyncio.to_thread(holding, places, canaries)


async def test_of_an_erased_case_no_file_of_anybody_keeps_a_salt_a_token_or_a_part(
    fresh: str, broker_home: Path, tmp_path: Path
) -> None:
    """Agencies, router, auditor and one input put aside: all files are searched by byte."""
    town, ends = Town(fresh, tmp_path / "home"), list[str]()
    await town.prepare(*SOON)
    home, clock = town.home.path, town.home.clock
    owners, now = read_owners(home), FileClock(clock).now
    audit = load(AuditSettings, realms=("civil",), look_again_s=20, **town.common())
    logs = f"http://127.0.0.1:{audit.http_port}/log"
    places = [broker_home, home]
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        await enter(town.router_here(cleaned_s=CLEANED_S))
        await enter(kit.serving(partial(auditor.serve, audit, owners)))
        school = await enter(agency(town, "edu-s", logs, ends))
        crip = await enter(agency(town, "crip", logs, ends))
        for reference in ("first", "second"):
            sent = await school.post("/v1/referrals", json=RECORD | {"reference": reference})
            assert sent.status_code == 202, sent.text
        gone, stays = [item["event"] for item in await shown(crip, 2)]
        told = await crip.post(f"/v1/inbox/{gone}/acknowledge", json={"stage": "received"})
        assert told.status_code == 202, told.text
        published = await kit.read(fresh, topics.outbox("civil", "education"))
        row = next(row for row in published if orjson.loads(row.value or b"")["id"] == gone)
        await Bus(fresh).write([replace(kit.outbound(row), key=b"another key")])
        before = await kit.until(fresh, {"decided": 3, "quarantined": 1})
        (decisions,) = await to_erase(Bus(fresh), "civil", owners, gone)
        (others,) = await to_erase(Bus(fresh), "civil", owners, stays)
        for name in (topics.outbox("civil", "child_welfare"), topics.evidence("civil")):
            published += await kit.read(fresh, name)
        canaries = canaries_of(published, "civil", {gone, *told.json()["events"]}, decisions)
        kept = canaries_of(published, "civil", {stays}, others)
        await asyncio.sleep(2)  # stores are written
        held = [await search(places, canary) for canary in canaries]

        words = ("erase", "--case", gone, "--basis", "asked_by_person", "--kafka", fresh)
        code, answer = await relais(home, *words)
        began = time.monotonic()
        assert (code, (await relais(home, *words))[0]) == (0, 0), answer  # twice is no fault
        while left := await search(places, *canaries):
            assert time.monotonic() - began < MOST_S, left
            await asyncio.sleep(2)
        items = await shown(crip, 1)
        others_held = [await search(places, canary) for canary in kept]

    assert len(decisions) == 3
    assert all(held), held
    names = {Path(name).name.removesuffix("-wal") for names in held for name in names}
    stores = {"audit-civil.sqlite", "inbox-child_welfare.sqlite", "inbox-education.sqlite"}
    assert stores <= names, names
    assert set(answer["decisions"].values()) == {"erased"}
    assert [item["event"] for item in items] == [stays]
    assert all(others_held)
    assert set(ends) == {"case_erased"}
    log = await kit.until(fresh, {})
    after = {(record["partition"], record["index"]): record for record in log}
    assert [one for one in before if after[one["partition"], one["index"]] != one] == []
    verdict = await replay(KafkaLog({"civil": Bus(fresh)}), ["civil"], owners, now)
    assert verdict.clean, verdict.json()
    assert (verdict.erased, verdict.records) == (3, len(log) - 3)
