"""A federation whose desks change, and the desks' own software: it writes, acknowledges, answers and entrusts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any, Final

import httpx
import orjson

from contracts.encoding import rfc3339
from contracts.vocabulary import principals
from services.operate.home.partners import FILE
from services.platform.process.clock import FileClock
from services.platform.settings import AgencySettings
from services.play.kafka.fetch import fetch_jars
from services.play.run.plan import Plan, Service
from services.play.run.prepare import prepared
from tests.contracts.convention.kit import without_figures
from tests.faults.brokers import Brokers
from tests.faults.partners import ACCEPTED, OK, Accepted, Seen
from tests.faults.processes import keepers
from tests.faults.world import NODES, World, begins
from tests.samples import sample

STARTED: Final = ("routing-civil-0", "education", "child_welfare", "justice")
HOMES: Final = ("home-3", "home-4")  # beside the two of every federation
WRITERS: Final = {  # desk -> its agency, and whom it writes to; nobody: the one of a role
    "edu-s": ("education", ("crip", "")),
    "edu-h-1": ("education", ("crip",)),
    "parq-civ": ("justice", ("home-1", "home-4")),
}
READERS: Final = ("crip", "ase", "home-1", "home-2", *HOMES)  # of child welfare
NOT_YET: Final = (401, 403, 429, 503)  # its service starts anew, or does not know the name yet
ANSWER_S: Final = 12.0  # after which a record is sent again
PACE_S: Final = 0.3  # between two records of one desk to one other
CASES: Final = 3  # of each of them


@asynccontextmanager
async def federation(path: Path) -> AsyncIterator[World]:
    """Three TLS brokers, a router and three agencies' services, each started again whenever it ends."""
    await asyncio.to_thread(fetch_jars)
    await asyncio.to_thread(_write_home, path)
    async with prepared(path, Plan(start=begins(), nodes=NODES, tls=True)) as ready:
        brokers = Brokers(ready.home.kafka, client=ready.client(principals.ADMIN))
        started = [_alone(one) for one in ready.services if one.name in STARTED]
        world = World(ready.home, brokers, keepers(started, ready.home.logs), ready.client)
        for keeper in world.keepers.values():
            keeper.begin()
        try:
            yield world
        finally:
            await world.stop_services()


def _write_home(path: Path) -> None:
    label = {"fr": "Autre foyer", "en": "Another home"}
    path.mkdir()
    (path / FILE).write_bytes(
        orjson.dumps([{"desk": desk, "role": "HOME", "label": label} for desk in HOMES])
    )
    without_figures(path)


def _alone(service: Service) -> Service:
    """Nobody publishes the log here: agencies ask nobody for it."""
    if not isinstance(service.settings, AgencySettings):
        return service
    return replace(service, settings=service.settings.model_copy(update={"logs": {}}))


@dataclass
class Town:
    """Who is at work.

    Attributes:
        seen: what was accepted, how often what was answered, and how many records are being written.
        desks: all software, by the name that it began with.
        calm: set while something new may be written.
        late: set once desks think of what they forgot.
    """

    world: World
    http: httpx.AsyncClient
    seen: Seen = field(default_factory=Seen)
    desks: dict[str, Desk] = field(default_factory=dict)
    calm: asyncio.Event = field(default_factory=asyncio.Event)
    late: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def now(self) -> int:
        """The federation's time."""
        return FileClock(self.world.home.clock).now()

    async def quiet(self, done: Callable[[dict[str, Any]], bool], limit_s: float) -> None:
        """Let nobody write anything new, and wait until all that was written is done with.

        Raises:
            TimeoutError: something never came.
        """
        self.calm.clear()
        waits = list[str]()
        try:
            async with asyncio.timeout(limit_s):
                while self.seen.open or (waits := await self._waits(done)):
                    await asyncio.sleep(0.2)
        except TimeoutError:
            raise TimeoutError(f"{self.seen.open} open, {waits}, {self.seen.answers}") from None

    async def _waits(self, done: Callable[[dict[str, Any]], bool]) -> list[str]:
        told = (await self.desks["home-1"].ask("GET", "/duties")).json()
        waits = [
            f"to entrust: {event}"
            for one in told.get("to_entrust") or ()
            for event in one["events"]
        ]
        for name in WRITERS:
            events, _ = await self.desks[name].pages("/referrals")
            waits += [f"{name}: {one['event']}" for one in events if not done(one)]
        return waits


class Desk:
    """A desk's software: it asks again until it is answered, by the name that it has by then."""

    def __init__(self, town: Town, agency: str, name: str) -> None:
        self.town, self.agency, self.name = town, agency, name
        self.done = set[str]()  # what it has acknowledged, passed on or answered

    async def ask(self, method: str, path: str, key: str = "", **given: Any) -> httpx.Response:
        """A request, tried until the service answers it."""
        keeper, home = self.town.world.keepers[self.agency], self.town.world.home
        while True:
            headers = {"Authorization": f"Bearer {home.token(self.name)}"}
            headers |= {"Idempotency-Key": key} if key else {}
            with suppress(httpx.HTTPError, OSError):
                url = f"{keeper.url}/v1{path}"
                answer = await self.town.http.request(method, url, headers=headers, **given)
                code = "" if answer.is_success else answer.json()["code"]
                self.town.seen.answers[answer.status_code, code] += 1
                if answer.status_code not in NOT_YET:
                    return answer
            await asyncio.sleep(0.1)

    async def post(self, case: str, path: str, body: Mapping[str, Any], key: str = "") -> Any:
        """Publish something; the answer, noted if it was accepted."""
        answer = await self.ask("POST", path, key, json=body)
        told = answer.json()
        if answer.status_code in (OK, ACCEPTED):
            accepted = Accepted(self.name, case, tuple(told["events"]), tuple(told["to"]))
            self.town.seen.accepted.append(accepted)
        return told

    async def pages(self, path: str, after: str = "") -> tuple[list[dict[str, Any]], str]:
        """All items of a list behind a cursor, and the next one."""
        items = list[dict[str, Any]]()
        while True:
            page = (await self.ask("GET", path, params={"after": after} if after else {})).json()
            items += page["items"]
            after = page["cursor"]
            if not page["more"]:
                return items, after

    async def write(self, to: str) -> None:
        """Records to a desk, one after the other, for ever; where another follows it, to that one."""
        origin, seen = self.name, self.town.seen
        for number in count():
            await asyncio.sleep(PACE_S)
            await self.town.calm.wait()
            seen.open += 1
            case, follows = f"{to} {number % CASES}", [to]
            while follows:
                record = self._record(follows[0]) | {"reference": case}
                told = await self.post(
                    case, "/referrals", record, f"{origin} {follows[0]} {number}"
                )
                assert "to" in told, told  # whatever is refused here is a fault, said whole
                ended = [one for one in told["to"] if "desk_ended" in one["reasons"]]
                follows = [one["doors"][0]["desk"] for one in ended]
            seen.open -= 1

    def _record(self, to: str) -> dict[str, Any]:
        if self.agency == "education":
            return sample("education", "information_preoccupante") | ({"to": [to]} if to else {})
        at = self.town.now - 600
        call = {**sample("justice", "opp")["call"], "at": rfc3339(at)}
        return sample("justice", "opp", entrusted_to=to, decided_on=rfc3339(at)[:10], call=call)

    async def read(self) -> None:
        """Acknowledge, answer and give away whatever waits, for ever; some of it is forgotten at first."""
        left, cursor = set[str](), ""
        while True:
            told = (await self.ask("GET", "/duties")).json()
            owed = {one["event"] for one in told["duties"] if one["act"] == "ACK:received"}
            if self.name == "home-1" and self.town.late.is_set():  # what it could not give away
                items, cursor = await self.pages("/inbox", cursor)
                left |= {one["event"] for one in items}
            for event in sorted((owed | left) - self.done):
                await self._answer(event)
            for case in told.get("to_entrust") or ():
                to = case["heirs"][any_of(case["case"], len(case["heirs"]))]
                for event in case["events"]:
                    await self.post(f"pass {event}", f"/inbox/{event}/entrust", {"to": to})
                    self.done.add(event)
            await asyncio.sleep(PACE_S)

    async def _answer(self, event: str) -> None:
        if self.town.late.is_set() or any_of(event, 4):
            told = await self.post(f"ack {event}", f"/inbox/{event}/acknowledge", {})
            if "events" in told:
                self.done.add(event)
        what = f"outcome {event}"
        if self.name.startswith("crip") and any_of(event, 2) and what not in self.done:
            self.done.add(what)
            await self.post(what, f"/inbox/{event}/outcome", {"code": "not_ip"}, what)


def any_of(name: str, every: int) -> int:
    """0 of every so many names."""
    return sum(name.encode()) % every


@asynccontextmanager
async def at_work(world: World) -> AsyncIterator[Town]:
    """All desks write and read while the block lasts."""
    async with (
        httpx.AsyncClient(timeout=ANSWER_S, trust_env=False) as http,
        asyncio.TaskGroup() as group,
    ):
        town = Town(world, http)
        town.calm.set()
        town.desks |= {name: Desk(town, agency, name) for name, (agency, _) in WRITERS.items()}
        flows = [town.desks[name].write(to) for name, (_, whom) in WRITERS.items() for to in whom]
        town.desks |= {name: Desk(town, "child_welfare", name) for name in READERS}
        flows += [town.desks[name].read() for name in READERS]
        tasks = [group.create_task(flow) for flow in flows]
        yield town
        for task in tasks:
            task.cancel()
