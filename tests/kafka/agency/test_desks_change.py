"""A desk is renamed and another merged by command while events flow and processes are killed, on the real broker."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx
import pytest

from services.audit.replay import replay
from services.operate.home.desk_end import LEAD_S
from services.platform.keys.owners import read_owners
from services.platform.process.clock import FileClock
from services.platform.process.tether import tethered
from services.platform.settings import RoutingSettings, environment, load
from tests.kafka import kit
from tests.kafka.agency.test_key_life import relais
from tests.kafka.agency.town import RECORD, ROOT, Town, _url
from tests.patience import PATIENCE

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
KILLS: Final = int(os.environ.get("RELAIS_KILLS", "2"))  # of each process


class Kept:
    """A process that is started again whenever it ends, as a supervisor does.

    Attributes:
        codes: exit codes of those that ended.
    """

    def __init__(self, start: Callable[[], subprocess.Popen[bytes]]) -> None:
        self._start = start
        self.process = start()
        self.codes: list[int] = []

    async def run(self) -> None:
        """For ever."""
        while True:
            if (code := self.process.poll()) is not None:
                self.codes.append(code)
                self.process = self._start()
            await asyncio.sleep(0.1)

    def kill(self) -> None:
        """As by `kill -9`."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE)


def service(town: Town, name: str, settings: Any) -> Callable[[], subprocess.Popen[bytes]]:
    """What starts a service of the town's on a port that it keeps."""
    variables = os.environ | environment(settings)
    command = tethered((sys.executable, "-m", "services", "serve", name))

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, cwd=ROOT, env=variables, stdout=subprocess.DEVNULL)

    return start


@asynccontextmanager
async def kept(*processes: Kept) -> AsyncIterator[None]:
    """They run while the block lasts."""
    tasks = [asyncio.create_task(one.run()) for one in processes]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for one in processes:
            one.kill()


class Desk:
    """A desk's software: it asks again until it is answered, with the token that it has by then."""

    def __init__(self, town: Town, url: str, name: str) -> None:
        self.town, self.url, self.name = town, url, name

    def renamed(self, name: str) -> None:
        """It goes on under another name."""
        self.name = name

    async def ask(self, method: str, path: str, key: str = "", **given: Any) -> httpx.Response:
        """A request, tried until the service answers it; what is refused for the name is tried under the next."""
        while True:
            headers = {"Authorization": f"Bearer {self.town.home.token(self.name)}"}
            headers |= {"Idempotency-Key": key} if key else {}
            try:
                async with httpx.AsyncClient(
                    base_url=self.url, timeout=PATIENCE, trust_env=False
                ) as client:
                    answer = await client.request(method, path, headers=headers, **given)
            except httpx.HTTPError:
                await asyncio.sleep(0.1)
                continue
            if answer.status_code not in (401, 403, 429, 503):
                return answer
            await asyncio.sleep(0.1)

    async def pages(self, path: str) -> list[dict[str, Any]]:
        """All items of a list."""
        items, cursor = list[dict[str, Any]](), ""
        while True:
            page = (await self.ask("GET", path, params={"after": cursor} if cursor else {})).json()
            items += page["items"]
            cursor = page["cursor"]
            if not page["more"]:
                return items


async def send(desk: Desk, sent: list[str], over: asyncio.Event) -> None:
    """Events, one after the other, each with a key of its own."""
    number = 0
    while not over.is_set():
        record = RECORD | {"reference": f"{number % 5}"}
        answer = await desk.ask("POST", "/v1/referrals", f"{id(sent)}-{number}", json=record)
        assert answer.status_code == 202, answer.text
        sent += answer.json()["events"]
        number += 1
        await asyncio.sleep(0.1)


def answered(event: dict[str, Any]) -> bool:
    """Whether its recipient has told its sender that it has it."""
    return event["state"] != "published" and all(one["acknowledged"] for one in event["to"])


async def acknowledge(desk: Desk, done: set[str], over: asyncio.Event) -> None:
    """Whatever has come, until all is over and nothing is left."""
    while True:
        last = over.is_set()
        duties = (await desk.ask("GET", "/v1/duties")).json()["duties"]
        owed = [one["event"] for one in duties if one["act"] == "ACK:received"]
        for event in owed:
            await desk.ask("POST", f"/v1/inbox/{event}/acknowledge")
            done.add(event)
        if last and not owed:
            return
        await asyncio.sleep(0.2)


async def hurt(processes: list[Kept]) -> None:
    """Kill each some times, at instants that nobody chose."""
    chance = random.Random(11)
    for one in processes * KILLS:
        await asyncio.sleep(chance.uniform(0.5, 2.5))
        one.kill()


async def test_desks_change_under_traffic_and_kills(town: Town) -> None:
    """Each event is in one inbox, each receipt is given once, by one desk, and an auditor agrees."""
    routing = load(RoutingSettings, **town.common())
    welfare = town.settings(agency="child_welfare")
    router, council = (
        Kept(service(town, name, one))
        for name, one in (("routing", routing), ("child_welfare", welfare))
    )
    over, drained = asyncio.Event(), asyncio.Event()
    one, other, done = list[str](), list[str](), set[str]()
    async with town.agency_here("education") as url, kept(router, council):
        crip = Desk(town, _url(welfare), "crip")
        school, merged = Desk(town, url, "edu-s"), Desk(town, url, "edu-h-1")
        flows = [
            asyncio.create_task(flow)
            for flow in (send(school, one, over), send(merged, other, over))
        ]
        reader = asyncio.create_task(acknowledge(crip, done, drained))
        await asyncio.sleep(1)
        hurting = asyncio.create_task(hurt([router, council]))
        await relais(town, "relais directory rename crip crip-nord")
        crip.renamed("crip-nord")
        await relais(town, "relais directory merge edu-h-1 edu-h-2")
        merged.renamed("edu-h-2")
        await asyncio.gather(hurting, asyncio.sleep(LEAD_S + 2))  # and some once both orders hold
        over.set()
        await asyncio.gather(*flows)
        async with asyncio.timeout(PATIENCE):
            for desk in (school, merged):
                while not all(map(answered, await desk.pages("/v1/referrals"))):
                    await asyncio.sleep(0.2)
            drained.set()
            await reader
        seen = await crip.pages("/v1/inbox")
        standing = [one for desk in (school, merged) for one in await desk.pages("/v1/referrals")]
        duties = (await crip.ask("GET", "/v1/duties")).json()["duties"]

    events = Counter(item["event"] for item in seen if item["type"] == "IP")
    assert events == Counter((*one, *other))
    assert {item.get("addressed_to") for item in seen} == {"crip", None}
    assert not [item for item in seen if "error" in item]
    assert done == set(events)
    alerts = [one for one in standing if one["type"] == "IP"]
    assert len(alerts) == len(events)
    assert {len(one["to"][0]["acknowledged"]) for one in alerts} == {1}
    assert {one["debtor"] for one in duties} <= {"crip", "crip-nord"}
    now, owners = FileClock(town.home.clock).now, read_owners(town.home.path)
    verdict = await replay(town.bootstrap, [kit.REALM], owners, now)
    assert verdict.clean, verdict
