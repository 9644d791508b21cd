"""A realm on a real broker for tests: topics, orders, events, routers in and out of process."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import httpx
import orjson
from aiokafka import TopicPartition

from contracts.conventions import shipped
from contracts.envelope.wire import Inbound, Outbound
from contracts.kafka.topic_plan import plan
from contracts.keys.keyring import HeldSigners, Signer
from contracts.keys.signed_directory import directory_digest
from contracts.log.orders.order import Order, OrderKind
from contracts.log.routing.partition_router import RouterKeys
from contracts.vocabulary import topics
from services.audit.source import KafkaLog
from services.audit.verdict import AuditVerdict
from services.audit.whole import replay
from services.operate.topics import apply_topics
from services.platform.kafka.bus import Bus
from services.platform.kafka.connection.connection import Tls, client_options
from services.platform.kafka.orders.control import publish_orders
from services.platform.kafka.orders.new_orders import NewOrder
from services.platform.kafka.reading.log_reader import LogReader
from services.platform.process import clock
from services.platform.process.tether import tethered
from services.platform.settings import RoutingSettings, ServiceSettings, environment
from services.routing.app import serve
from tests.contracts.convention.kit import convention
from tests.contracts.convention.parties import signatures
from tests.contracts.envelope.kit import (
    NOW,
    ROUTING_SECRET,
    inbound,
    realm,
    sample_issue,
    sample_recipient,
)
from tests.contracts.log.first_orders import OWNER, owners
from tests.patience import PATIENCE

REALM: Final = "civil"
SCOPES: Final = ("FACTS.summary", "IDENTITY")  # every issuer below may send these to the CRIP
ISSUERS: Final = ("edu-s", "edu-h-1", "pmi", "asso", "pol")
ROOT: Final = Path(__file__).parents[2]


def router_keys() -> RouterKeys:
    """What the realm's router holds."""
    return RouterKeys(HeldSigners(realm(REALM).router), ROUTING_SECRET)


def move_clock(home: Path, at: int = NOW) -> Path:
    """The clock file of a test, moved to `at`."""
    path = home / "clock"
    clock.set_to(path, at)
    return path


async def prepare(bootstrap: str, replicas: int = 1, tls: Tls | None = None) -> None:
    """Make every topic of the realm, and order layout, convention and directory.

    Args:
        tls: of `admin`, where brokers want it.
    """
    planned = plan(convention(), realm(REALM).directory)
    await apply_topics(bootstrap, planned, replicas=replicas, tls=tls)
    await adopt_first(bootstrap, tls)


async def adopt_first(bootstrap: str, tls: Tls | None = None) -> None:
    """Order layout, convention and directory."""
    await order(bootstrap, "layout", tls, **layout(1))
    await order(bootstrap, "adopt_convention", tls, **convention_signed())
    await order(bootstrap, "adopt_directory", tls, directory=realm(REALM).token)


def layout(shards: int) -> dict[str, Any]:
    """What an order of so many shards says."""
    return {"shards": shards, "partitions": topics.PARTITIONS}


def convention_signed(text: bytes = b"") -> dict[str, Any]:
    """What an order says that adopts a convention, the shipped one if no other, signed by all."""
    text = text or shipped()
    return {"convention": text.decode(), "signatures": list(signatures(text))}


async def order(
    bootstrap: str,
    kind: OrderKind,
    tls: Tls | None = None,
    *,
    start: int = NOW,
    signer: Signer = OWNER,
    **content: Any,
) -> Order:
    """Publish an order; a directory's token goes before the order that adopts it."""
    if token := content.get("directory", ""):
        content = {"directory": directory_digest(token)}
    new = NewOrder(kind, content, [signer], token)
    bus = Bus(bootstrap, client_options(tls))
    (order,) = await publish_orders(bus, REALM, owners(), [new], start=start)
    return order


async def audited(bootstrap: str) -> AuditVerdict:
    """The auditor's verdict, with the owners' public keys and nothing else."""
    return await replay(KafkaLog({REALM: Bus(bootstrap)}), [REALM], owners(), lambda: NOW)


def outbound(record: Inbound) -> Outbound:
    """What a router reads, as an intake writes it."""
    headers = [(name, value or b"") for name, value in record.headers]
    return Outbound(record.topic, record.partition, record.key or b"", record.value or b"", headers)


@dataclass
class Publisher:
    """Issues events of many cases, each desk's covers chained in each partition."""

    bootstrap: str
    count: int = 0
    chains: dict[tuple[str, int], str] = field(default_factory=dict)

    def event(self, case: int, issuer: str = "", **more: Any) -> Outbound:
        """The next event about a case: an information préoccupante to the CRIP."""
        self.count += 1
        issuer = issuer or ISSUERS[self.count % len(ISSUERS)]
        given: dict[str, Any] = {
            "to": [sample_recipient("crip", SCOPES)], "convd": convention().digest,
            "case": f"case {case}", "seed": f"event {self.count}", **more,
        }  # fmt: skip
        place = inbound(sample_issue(issuer, **given))
        chain = issuer, place.partition
        issued = sample_issue(issuer, prev=self.chains.get(chain), **given)
        self.chains[chain] = issued.digest
        return outbound(inbound(issued))

    async def publish(self, records: Iterable[Outbound]) -> None:
        """Write records as an intake does, in one transaction."""
        transactions = Bus(self.bootstrap).transactions([f"test.{id(self)}"])
        async with transactions, transactions.transaction() as transaction:
            await transaction.send(*records)


async def read(bootstrap: str, name: str) -> list[Inbound]:
    """Every committed record of a topic."""
    async with LogReader(bootstrap) as reader:
        places = dict.fromkeys(await reader.places([name]))
        return [one async for batch in reader.read(places) for one in batch]


async def until(bootstrap: str, kinds: Mapping[str, int]) -> list[dict[str, Any]]:
    """Wait until the log has so many records of some kinds; read once, then followed."""
    found: list[dict[str, Any]] = []
    async with asyncio.timeout(PATIENCE), LogReader(bootstrap) as reader:
        positions = dict[TopicPartition, int | None].fromkeys(
            await reader.places([topics.decisions(REALM)])
        )
        while True:
            async for batch in reader.read(positions):
                for one in batch:
                    positions[TopicPartition(one.topic, one.partition)] = one.offset + 1
                    found.append(orjson.loads(one.value or b""))
            have = Counter(one["kind"] for one in found)
            if all(have[kind] >= count for kind, count in kinds.items()):
                return found
            await asyncio.sleep(0.1)


def settings(bootstrap: str, home: Path, **more: Any) -> RoutingSettings:
    """A router's settings, with a clock at NOW."""
    given = {"kafka": bootstrap, "realm": REALM, "home": home, "play": True, "log_level": "INFO"}
    return RoutingSettings(**given | {"clock_file": home / "clock"} | more)  # type: ignore[arg-type]


Serve = Callable[[asyncio.Event], Coroutine[Any, Any, int]]


@asynccontextmanager
async def failing(serve: Serve) -> AsyncIterator[asyncio.Task[int]]:
    """A service in this process whose end the test looks at."""
    stop = asyncio.Event()
    task = asyncio.create_task(serve(stop))
    try:
        yield task
    finally:
        stop.set()
        await asyncio.wait([task], timeout=PATIENCE)


@asynccontextmanager
async def serving(serve: Serve) -> AsyncIterator[None]:
    """A service in this process; stopped at the end, and what ended it before is raised."""
    async with failing(serve) as task:
        yield
    assert task.result() == 0


def shard(bootstrap: str, home: Path, **more: Any) -> Serve:
    """A shard of the realm's router."""
    return partial(serve, settings(bootstrap, home, **more), router_keys(), owners())


def router(bootstrap: str, home: Path, **more: Any) -> AbstractAsyncContextManager[None]:
    """Such a shard in this process."""
    return serving(shard(bootstrap, home, **more))


def start_router(bootstrap: str, home: Path, log: Path, **more: Any) -> subprocess.Popen[bytes]:
    """A shard as a process of its own; its log lines go to `log`."""
    return start(settings(bootstrap, home, **more), log, "tests.kafka.router")


def start(given: ServiceSettings, log: Path, *module: str) -> subprocess.Popen[bytes]:
    """A service as a process of its own; its log lines go to `log`."""
    with log.open("ab") as out:
        return subprocess.Popen(
            tethered((sys.executable, "-m", *module)),
            cwd=ROOT, env=os.environ | environment(given), stdout=out, stderr=out,
        )  # fmt: skip


async def ready(port: int) -> None:
    """Wait until a service says that it is ready."""
    async with asyncio.timeout(PATIENCE), httpx.AsyncClient(trust_env=False) as client:
        while True:
            with suppress(httpx.HTTPError):
                if (await client.get(f"http://127.0.0.1:{port}/ready")).is_success:
                    return
            await asyncio.sleep(0.1)
