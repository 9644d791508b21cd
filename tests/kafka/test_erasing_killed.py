"""A case is erased among traffic, services are killed: after a while no file names it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections import Counter
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any, Final

import httpx
import orjson
import pytest

from contracts.envelope.wire import Inbound
from contracts.log.erasing.forgetting import is_blank, message_of
from contracts.vocabulary import topics
from services.agency.loops.forgetting import NOT_FORGOTTEN
from services.agency.office.sending.sealing import OWN
from services.operate.to_erase import to_erase
from services.platform.kafka.bus import Bus
from services.platform.keys.owners import read_owners
from services.platform.settings import RoutingSettings, environment, load
from tests.kafka import kit
from tests.kafka.operate.test_quarantine import relais
from tests.kafka.test_erasing import CLEANED_S, MOST_S, SOON, Desk, agency, canaries_of, search
from tests.kafka.town import ROOT, Service, Town

pytestmark = [pytest.mark.anyio, pytest.mark.kafka, pytest.mark.slow, pytest.mark.nightly]

LEAST: Final = 12  # cases of one partition: one is erased, of the others there is traffic
PACE_S: Final = 3.0  # of that
SCHOOL: Final = "education"
INBOX, OUTBOX = topics.inbox("civil", SCHOOL), topics.outbox("civil", SCHOOL)


class Campaign:
    """A school whose service, and the router, end often while one of its cases is erased."""

    def __init__(self, town: Town, places: list[Path]) -> None:
        self.town, self.places = town, places
        self.router = self.route()
        self.school = self.serve()

    def route(self) -> subprocess.Popen[bytes]:
        """Start a router."""
        given = load(RoutingSettings, **self.town.common(), realm="civil", cleaned_s=CLEANED_S)
        command = (sys.executable, "-m", "services", "serve", "routing")
        with Path(os.devnull).open("ab") as out:
            return subprocess.Popen(
                command, cwd=ROOT, env=os.environ | environment(given), stdout=out
            )

    def serve(self) -> Service:
        """Start the school's service."""
        return self.town.start(SCHOOL, cleaned_s=CLEANED_S)

    def close(self) -> None:
        """End both."""
        for process in (self.router, self.school.process):
            process.kill()
            process.wait()

    async def in_one_partition(self, crip: Desk) -> list[Inbound]:
        """Publish until a partition has enough cases; their events, once they have arrived."""
        sent, most, rows = 0, [(0, 0)], list[Inbound]()
        while most[0][1] < LEAST:
            answer = await self.school.post(f"key-{sent}", reference=f"case {sent}")
            assert answer.status_code == 202, answer.text
            sent += 1
            if sent >= LEAST:
                rows = (await kit.read(self.town.bootstrap, OUTBOX))[OUTBOX]
                most = Counter(row.partition for row in rows).most_common(1)
        await kit.until(self.town.bootstrap, {"decided": sent})
        shown = {item["event"] for item in await crip.items()}
        return [row for row in rows if row.partition == most[0][0] and _id(row) in shown]

    async def warnings(self) -> list[str] | None:
        """What the school's service warns of in `/ready`; None while it does not answer."""
        async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
            with suppress(httpx.HTTPError):
                answer = await client.get(f"{self.school.url}/ready")
                found: list[str] = answer.json()["warnings"]
                return found
        return None

    async def until_it_warns(self) -> None:
        """Return once it does."""
        async with asyncio.timeout(MOST_S):
            while NOT_FORGOTTEN not in (await self.warnings() or ()):
                await asyncio.sleep(0.1)

    async def until_overwritten(self, keys: set[bytes], leaves: set[str]) -> None:
        """Return once the school's service has written a blank over each of these."""
        async with asyncio.timeout(MOST_S):
            while True:
                rows = await kit.read(self.town.bootstrap, INBOX, OUTBOX)
                own = {row.key for row in rows[OUTBOX] if is_blank(row)}
                blanks = {row.key for row in rows[INBOX] if is_blank(row)}
                if own >= keys and blanks >= {row.key for row in _about(rows[INBOX], leaves)}:
                    return
                await asyncio.sleep(0.5)

    async def traffic_until_cleaned(self, crip: Desk, events: list[str], leaves: set[str]) -> None:
        """The CRIP acknowledges until Kafka has cleaned the school's inbox of that case."""
        stages = [(stage, event) for stage in ("received", "accepted") for event in events]
        for stage, event in stages:
            told = await crip.client.post(f"/v1/inbox/{event}/acknowledge", json={"stage": stage})
            assert told.status_code == 202, told.text
            await asyncio.sleep(PACE_S)
            rows = (await kit.read(self.town.bootstrap, INBOX))[INBOX]
            if not _about(rows, leaves):
                return
        raise AssertionError("not cleaned")

    async def until_nowhere(self, canaries: list[bytes]) -> None:
        """Return once no file holds any: as long as one of the school's topics does, it warns."""
        began = time.monotonic()
        while True:
            warns = await self.warnings()
            left = await search(self.places, *canaries)
            own = [name for name in left if _is_of_the_school(name)]
            assert not own or warns is None or NOT_FORGOTTEN in warns, own
            if not left and warns is not None and NOT_FORGOTTEN not in warns:
                return
            assert time.monotonic() - began < MOST_S, (left, warns)
            await asyncio.sleep(1)


def _id(row: Inbound) -> str:
    return str(orjson.loads(row.value or b"")["id"])


def _about(rows: list[Inbound], leaves: set[str]) -> list[Inbound]:
    """What names one of these decisions."""
    told = [(row, message_of(row.value)) for row in rows]
    return [row for row, message in told if message is not None and message.leaf in leaves]


def _is_of_the_school(name: str) -> bool:
    """Whether a file is a segment of its inbox or outbox that Kafka has not deleted yet."""
    return name.endswith(".log") and any(f"{topic}-" in name for topic in (INBOX, OUTBOX))


async def test_killed_between_order_and_cleaning_a_school_leaves_nothing_of_the_child(
    fresh: str, broker_home: Path, tmp_path: Path
) -> None:
    """Traffic has its inbox cleaned before its outbox; it warns until all has gone."""
    town, ends = Town(fresh, tmp_path / "home"), list[str]()
    await town.prepare(*SOON)
    home = town.home.path
    owners, where = read_owners(home), ("--kafka", fresh, "--home", str(home))
    async with AsyncExitStack() as stack:
        campaign = Campaign(town, [broker_home, home])
        stack.callback(campaign.close)
        crip = Desk(
            town, await stack.enter_async_context(agency(town, "child_welfare", "", ends)), "crip"
        )
        stack.push_async_callback(crip.client.aclose)
        await campaign.school.ready()
        row, *others = await campaign.in_one_partition(crip)
        decisions = await to_erase(Bus(fresh), "civil", owners, _id(row))
        data: dict[str, Any] = orjson.loads(row.value or b"")["data"]
        number = dict(row.headers)[OWN] or b""
        texts = [data["cover"], *data["parts"], number.decode()]
        canaries = [
            *await canaries_of(fresh, decisions), *(text.encode()[-200:] for text in texts)
        ]  # fmt: skip
        leaves = {leaf for _, leaf in decisions}
        held = [await search(campaign.places, canary) for canary in canaries]
        code, answer = await relais(
            "erase", "--case", _id(row), "--basis", "asked_by_person", *where
        )
        campaign.router.kill()
        await campaign.until_it_warns()
        campaign.school.end(9)
        campaign.router.wait()
        campaign.router, campaign.school = campaign.route(), campaign.serve()
        await campaign.until_overwritten({row.key or b""}, leaves)
        campaign.school.end(9)
        await campaign.traffic_until_cleaned(crip, [_id(one) for one in others], leaves)
        between = await search(campaign.places, *canaries)
        campaign.school = campaign.serve()
        await campaign.until_it_warns()
        await campaign.until_nowhere(canaries)

    assert code == 0, answer
    assert len(texts) > 2
    assert all(held), held
    assert any(f"{OUTBOX}-{row.partition}" in name for name in between), between
    assert set(ends) <= {"case_erased"}
