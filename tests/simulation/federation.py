"""A federation in one process: the real services on a simulated Kafka, network, clock and chance.

Five agencies, two shards of the civil router and one of the criminal, the auditor. Each service
runs as `relais serve` runs it, is started again when it ends as its keeper would, and reaches
nothing but what `services.platform.ports` gives it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final
from unittest.mock import patch

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from contracts.errors import RelaisError
from contracts.vocabulary.scopes import AGENCIES, REALMS
from services.agency import app as agency
from services.agency.trade import trade_of
from services.audit import app as audit
from services.operate.agreed import at_home, planned_topics
from services.operate.home.first_orders import give_first_orders
from services.operate.home.home import Home
from services.platform.kafka.bus import Bus
from services.platform.keys.keystore import router_keys
from services.platform.keys.owners import read_owners
from services.platform.ports import Ports, given
from services.platform.process.exit_codes import FencedError, UnreachableError
from services.platform.settings import (
    AgencySettings,
    AuditSettings,
    RoutingSettings,
    load,
)
from services.routing import app as routing
from tests.simulation.clients import SimClients
from tests.simulation.disk import Disk
from tests.simulation.fates import Fates
from tests.simulation.incarnation import Life
from tests.simulation.kafka import SimKafka
from tests.simulation.loop import BEGIN_NS, SimLoop
from tests.simulation.network import Network, greeted

AT: Final = BEGIN_NS // 10**9
BUS: Final = Bus("kafka:9092")
SHARDS: Final = {"civil": 2, "criminal": 1}
CLEANED_S: Final = 10  # after which Kafka may clean away what an erasure overwrote
AUDIT: Final = 9000
LOGS: Final = f"http://sim:{AUDIT}/log"
LOOK_S: Final = 15.0  # of agencies, at the published logs
AGAIN_S: Final = 1.0  # after which a service that ended is started again

Serve = Callable[[asyncio.Event], Coroutine[Any, Any, Any]]


@dataclass(frozen=True)
class Service:
    """What is kept running.

    Attributes:
        prepare: reads keys and owners anew, as a new process does; None: it is run no more.
    """

    name: str
    prepare: Callable[[], Serve | None]
    port: int


class Federation:
    """All services, and what they stand on."""

    def __init__(self, path: Path, seed: int, fates: Fates) -> None:
        self.home = Home(path)
        self.seed = seed
        self.fates = fates
        loop = asyncio.get_running_loop()
        assert isinstance(loop, SimLoop)
        self.loop = loop
        self.kafka = SimKafka()
        self.network = Network(fates)
        self.lives: dict[str, Life] = {}
        self.disks: dict[str, Disk] = {}
        self.ends: Counter[str] = Counter()
        self.faults: list[str] = []
        self.shards = dict(SHARDS)
        self._over = False
        self._read: dict[tuple[str, str], Any] = {}
        self.excused = set[str]()  # codes with which, after an act, a life may end
        self._keepers: list[asyncio.Task[Any]] = []
        self._stops: list[asyncio.Event] = []
        self.services = {one.name: one for one in self._services()}

    # --- its parts --------------------------------------------------------------------------------

    def _services(self) -> list[Service]:
        made = [self._shard(realm, shard) for realm in REALMS for shard in range(SHARDS[realm])]
        made += [
            Service(name, partial(self._agency, name, 8000 + at), 8000 + at)
            for at, name in enumerate(AGENCIES)
        ]
        return [*made, Service("audit", partial(self._audit, AUDIT), AUDIT)]

    def _shard(self, realm: str, shard: int) -> Service:
        port = 7000 + 100 * REALMS.index(realm) + shard
        return Service(f"router-{realm}-{shard}", partial(self._router, realm, shard, port), port)

    def _router(self, realm: str, shard: int, port: int) -> Serve | None:
        if shard >= self.shards[realm]:
            return None
        settings = self._settings(
            RoutingSettings, port, f"router-{realm}-{shard}", realm=realm, shard=shard,
            cleaned_s=CLEANED_S,
        )  # fmt: skip
        keys = router_keys(settings.keys_dir, settings.realm)
        return partial(routing.serve, settings, keys, read_owners(settings.home))

    def _agency(self, name: str, port: int) -> Serve:
        realms = tuple(realm for realm in REALMS if name in self.on(realm))
        settings = self._settings(
            AgencySettings, port, name, agency=name, realms=realms, silent_days=0,
            cleaned_s=CLEANED_S, logs=dict.fromkeys(realms, LOGS), log_look_s=LOOK_S,
        )  # fmt: skip
        return partial(agency.serve, settings, trade_of(name))

    def on(self, realm: str) -> set[str]:
        """The agencies of a bus."""
        return {desk.agency for desk in self.home.directory(realm).desks.values()}

    def _audit(self, port: int) -> Serve:
        witnesses = {name: f"{url}/witness" for name, url in self.urls().items()}
        settings = self._settings(AuditSettings, port, "audit", witnesses=witnesses)
        return partial(audit.serve, settings, read_owners(settings.home))

    def _settings(self, kind: type[Any], port: int, name: str, **more: Any) -> Any:
        """Of a service, read once: they are the same in each of its lives."""
        place = name, repr(more)
        if place not in self._read:
            self._read[place] = load(
                kind, kafka=BUS.bootstrap, home=self.home.path, http_port=port,
                store_dir=self.home.path / "stores" / name, **more,
            )  # fmt: skip
        return self._read[place]

    def ports(self, life: Life, number: int) -> Ports:
        """What a life is given."""
        chance = Random(f"{self.seed} {life.name} {number}")
        new = Disk(self.home.path / "stores" / life.name)
        disk = self.disks.setdefault(life.name, new)
        disk.lives.append(life)
        life.at_death(partial(self.fates.at_death, disk))
        return Ports(
            kafka=self._clients(life),
            wall_ns=self.loop.wall_ns,
            monotonic=self.loop.time,
            random=chance.randbytes,
            database=partial(self.fates.database, life),
            synced=partial(self._synced, life, disk),
            connect=greeted,
            http=self.network,
        )

    def _synced(self, life: Life, disk: Disk, path: Path) -> None:
        disk.synced(path)
        if f"mirror-{life.name}" in path.parts:
            self.fates.in_thread(life, f"{life.name} mirrors in a thread")

    def _clients(self, life: Life) -> SimClients:
        made = self.kafka.clients(partial(self.fates.gate, life))
        life.at_death(made.drop)
        return made

    @property
    def now(self) -> int:
        """Seconds since 1970, UTC."""
        return self.loop.wall_ns() // 10**9

    @property
    def world(self) -> Ports:
        """The ports of who looks at it from outside: nothing befalls them."""
        return Ports(
            kafka=self.kafka.clients(), wall_ns=self.loop.wall_ns, monotonic=self.loop.time,
            random=Random(f"{self.seed} world").randbytes, connect=greeted, http=self.network,
        )  # fmt: skip

    # --- its life ---------------------------------------------------------------------------------

    async def begin(self) -> None:
        """Make keys, topics and first orders, and start every service."""
        with given(self.world):
            with seeded(self.seed):
                self.home.prepare(AT, weeks=2)
            self.kafka.make(planned_topics(at_home(self.home)))
            await give_first_orders(self.home, dict.fromkeys(REALMS, BUS), AT, SHARDS)
        for service in self.services.values():
            self._keepers.append(self.loop.create_task(self._keep(service)))

    def reshard(self, realm: str, shards: int) -> None:
        """Run so many of its routers from now on, as `docs/how-to/shards.md` says."""
        self.shards[realm] = shards
        for shard in range(shards, SHARDS[realm]):
            self.services.pop(f"router-{realm}-{shard}", None)
        for service in (self._shard(realm, shard) for shard in range(shards)):
            if service.name not in self.services:
                self.services[service.name] = service
                self._keepers.append(self.loop.create_task(self._keep(service)))

    async def _keep(self, service: Service) -> None:
        """Run a service, life after life, until it is asked to stop."""
        number = 0
        while True:
            number += 1
            life = Life(service.name, self.loop, self.fates.at_await)
            with given(self.world):
                serve = service.prepare()
            if serve is None or self._over:
                return
            self.lives[service.name] = life
            self._stops.append(asyncio.Event())
            task = life.begin(self.ports(life, number), serve(self._stops[-1]))
            ends = {task, life.died, life.doubted}
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            if not task.done() and not life.dead:
                self._keepers.append(self.loop.create_task(self._until_ended(life, task)))
            elif await self._until_ended(life, task):
                return
            else:
                await asyncio.sleep(AGAIN_S)

    async def _until_ended(self, life: Life, task: asyncio.Task[Any]) -> bool:
        """Whether a life ended and none follows: it was asked to, or ended as none may."""
        await asyncio.wait({task, life.died}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            self.ends["killed"] += 1
            return False
        if (error := task.exception()) is None:
            return True
        code = error.code if isinstance(error, RelaisError) else repr(error)
        if code not in self.excused and not isinstance(error, UnreachableError | FencedError):
            self.faults.append(f"{life.name} ended: {code}")
            return True
        self.ends[code] += 1
        return False

    async def unready(self, limit_s: float) -> list[str]:
        """Wait until all are ready; the services that are not within the time."""
        late = list(self.services)
        until = self.loop.time() + limit_s
        while late and self.loop.time() < until:
            await asyncio.sleep(1)
            late = [name for name in late if not await self.is_ready(name)]
        return late

    async def is_ready(self, name: str) -> bool:
        """Whether a service says that it is."""
        try:
            async with self.http() as http:
                return (await http.get(f"http://sim:{self.services[name].port}/ready")).is_success
        except httpx.HTTPError:
            return False

    async def end(self) -> None:
        """Ask every service to stop, and wait until all have."""
        self.fates.calm = self._over = True
        for stop in self._stops:
            stop.set()
        await asyncio.gather(*self._keepers)

    def urls(self) -> Mapping[str, str]:
        """Agency -> where it answers."""
        return {name: f"http://sim:{self.services[name].port}" for name in AGENCIES}

    def http(self) -> httpx.AsyncClient:
        """A client of somebody outside."""
        return httpx.AsyncClient(transport=self.network, trust_env=False)


@contextmanager
def seeded(seed: object) -> Iterator[None]:
    """Keys of a home by seed: what the library draws itself is drawn here while the block lasts."""
    chance = Random(f"{seed} keys")
    with ExitStack() as stack:
        for kind in (Ed25519PrivateKey, X25519PrivateKey):
            made = partial(_private, kind, chance)
            stack.enter_context(patch.object(kind, "generate", made))
        yield


def _private(kind: Any, chance: Random) -> Any:
    return kind.from_private_bytes(chance.randbytes(32))
