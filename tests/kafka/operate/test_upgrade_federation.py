"""A whole federation of the release before one inbox an agency, upgraded while its partners publish.

Home, keys, directory, log and inboxes (a topic a desk) are made by that release's own code, out of this
repository's history, over TLS with its rights; each service is replaced as `docs/operate.md` says. Then
the way back: once the next directory is in force, a router of the older release refuses the log.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import orjson
import pytest

from contracts.vocabulary import principals, topics
from contracts.vocabulary.scopes import AGENCIES, REALMS
from services.audit.replay import replay
from services.operate.home.home import Home
from services.operate.home.planned import planned_topics
from services.platform.kafka.connection.certificate_folder import tls_of
from services.platform.kafka.connection.connection import client_options
from services.platform.process.clock import FileClock
from services.platform.process.exit_codes import FENCED, GOOD, LOG_DAMAGED, UNREACHABLE
from services.play.kafka import ports
from services.play.kafka.fetch import fetch_jars
from tests.faults import checks
from tests.faults.ledger import Ledger, read_ledger
from tests.faults.partners import Partners
from tests.faults.processes import ended
from tests.faults.world import begins
from tests.kafka import kit
from tests.kafka.operate.older import unpacked

pytestmark = [pytest.mark.anyio, pytest.mark.kafka, pytest.mark.slow]

RELEASE: Final = "4eeb3cd"  # the last commit before the directory had pages and an agency one inbox
PACE_S: Final = 3.0  # of a desk
EACH: Final = 30  # requests accepted before the upgrade, behind it, and behind the way back
WAIT_S: Final = 120.0
PREPARE: Final = """
import asyncio, json, sys
from pathlib import Path

from services.platform.settings import environment
from services.play.run.plan import Plan
from services.play.run.prepare import prepared

async def main():
    async with prepared(Path(sys.argv[1]), Plan(tls=True, start=int(sys.argv[2]))) as ready:
        services = [
            (one.name, one.role, one.port, environment(one.settings))
            for one in ready.services
            if one.role != "audit"  # it keeps nothing: a replay is its whole work
        ]
        print(json.dumps([ready.bootstrap, services]), flush=True)
        await asyncio.to_thread(sys.stdin.read)

asyncio.run(main())
"""


@dataclass
class Process:
    """A service of either release.

    Attributes:
        variables: its settings, the same for both.
    """

    name: str
    role: str
    port: int
    variables: dict[str, str]
    logs: Path
    running: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, folder: Path) -> None:
        """Start it by a release's code."""
        with (self.logs / f"{self.name}.log").open("ab") as log:
            self.running = subprocess.Popen(
                [sys.executable, "-m", "services", "serve", self.role], cwd=folder, stdout=log, stderr=log,
                env=_clean() | self.variables | {"RELAIS_HTTP_PORT": str(self.port)},
            )  # fmt: skip

    async def ready(self) -> None:
        """Return when it says that it is ready."""
        async with httpx.AsyncClient(timeout=2, trust_env=False) as client, asyncio.timeout(WAIT_S):
            while True:
                try:
                    if (await client.get(f"{self.url}/ready")).is_success:
                        return
                except httpx.HTTPError:
                    pass
                assert self.running is not None
                assert self.running.poll() is None, self.said()[-2000:]
                await asyncio.sleep(0.2)

    async def stop(self) -> int | None:
        """Ask it to end; its exit code."""
        assert self.running is not None
        self.running.terminate()
        return await ended(self.running, WAIT_S)

    def said(self) -> str:
        """Its log."""
        return (self.logs / f"{self.name}.log").read_text()


@dataclass
class Federation:
    """What runs, and by which release."""

    home: Home
    bootstrap: str
    old: Path
    services: dict[str, Process] = field(default_factory=dict)

    def client(self, principal: str) -> dict[str, Any]:
        """Options of a principal's Kafka clients."""
        return client_options(tls_of(self.home.tls, principal))

    def urls(self) -> dict[str, str]:
        """Agency -> where it answers."""
        return {name: self.services[name].url for name in AGENCIES}

    def of(self, role: str) -> list[Process]:
        """Services of a role."""
        return [one for one in self.services.values() if one.role == role]

    async def replaced(self, one: Process) -> None:
        """Stop a service of the older release, start it by ours."""
        assert await one.stop() == GOOD, one.said()[-2000:]
        one.start(kit.ROOT)
        await one.ready()

    async def taken_over(self, one: Process, folder: Path) -> int | None:
        """Start a router by a release's code beside the one that runs; exit code of that one."""
        before, one.port = one.running, ports.choose([one.name], {})[one.name]
        one.start(folder)
        await one.ready()
        assert before is not None
        return await ended(before, WAIT_S)

    def relais(self, *words: str) -> str:
        """A command of ours, over that home."""
        done = subprocess.run(
            [sys.executable, "-m", "services", *words, "--home", str(self.home.path)],
            cwd=kit.ROOT, env=_clean() | {"RELAIS_LANG": "en"}, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert done.returncode == GOOD, done.stdout + done.stderr
        return done.stdout

    async def ledger(self, *, former: bool = False) -> Ledger:
        """All that stands on Kafka, desks' former inboxes before their agencies'; or those alone."""
        names = [
            topics.former_inbox(realm, one.desk)
            for realm in REALMS
            for one in self.home.partners_of(realm)
        ]
        names += [] if former else [one.name for one in planned_topics(self.home)]
        return await read_ledger(self.bootstrap, names, **self.client(principals.ADMIN))


def _clean() -> dict[str, str]:
    names = [name for name in os.environ if name.startswith("RELAIS_") or name == "PYTHONPATH"]
    return {name: value for name, value in os.environ.items() if name not in names}


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """The older release out of the history."""
    return unpacked(RELEASE, tmp_path / "old")


@asynccontextmanager
async def federation(old: Path, path: Path) -> AsyncIterator[Federation]:
    """One of the older release, all of it at work; everything ends with the block."""
    await asyncio.to_thread(fetch_jars)
    (path / "logs").mkdir(parents=True)
    with _prepared(old, path) as (bootstrap, services):
        one = Federation(Home(path), bootstrap, old)
        try:
            for name, role, port, variables in services:
                one.services[name] = Process(name, role, port, variables, path / "logs")
                one.services[name].start(old)
            await asyncio.gather(*(service.ready() for service in one.services.values()))
            yield one
        finally:
            for service in one.services.values():
                if service.running is not None:
                    service.running.kill()
                    service.running.wait()


@contextmanager
def _prepared(old: Path, path: Path) -> Iterator[tuple[str, list[Any]]]:
    """Home and Kafka by the older release, which stops Kafka when its input ends."""
    with (path / "logs" / "prepared.log").open("wb") as log, subprocess.Popen(
        [sys.executable, "-c", PREPARE, str(path), str(begins())], cwd=old, env=_clean(), stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=log,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        line = process.stdout.readline()
        try:
            assert line, (path / "logs" / "prepared.log").read_text()[-2000:]
            yield tuple(orjson.loads(line))
        finally:
            process.communicate(timeout=WAIT_S)
        assert process.returncode == GOOD


async def test_a_federation_is_upgraded_in_traffic_and_does_not_go_back(
    old: Path, tmp_path: Path
) -> None:
    """Nothing lost, nothing twice, in order, through both releases; then the older router is refused."""
    async with federation(old, tmp_path / "home") as one:
        partners = Partners(one.urls, one.home.token, 1, PACE_S, version="")
        try:
            await partners.begin()
            await _accepted(partners, EACH)
            await _upgrade(one)
            await _accepted(partners, EACH)
            await _no_way_back(one)
            await _accepted(partners, EACH)
            await partners.finished(WAIT_S)
            ledger = await _settled(one, partners)
        finally:
            await partners.close()
        codes = [await service.stop() for service in one.services.values()]
        await _check(one, partners, ledger)

    assert codes == [GOOD] * len(one.services)


async def _accepted(partners: Partners, count: int) -> None:
    """Return when so many more requests were accepted."""
    wanted = len(partners.seen.accepted) + count
    async with asyncio.timeout(WAIT_S):
        while len(partners.seen.accepted) < wanted:
            await asyncio.sleep(0.1)


async def _upgrade(one: Federation) -> None:
    """In the order of `docs/operate.md` for that release."""
    await asyncio.to_thread(one.relais, "topics", "apply")
    await asyncio.to_thread(one.relais, "acl", "apply")
    for router in one.of("routing"):
        code = await one.taken_over(router, kit.ROOT)
        assert code in (FENCED, UNREACHABLE), router.said()[-2000:]  # 3: in the middle of a commit
    for agency in AGENCIES:
        await one.replaced(one.services[agency])


async def _no_way_back(one: Federation) -> None:
    """The next directory has pages; a router of the older release refuses the log behind it."""
    for realm in REALMS:
        await asyncio.to_thread(one.relais, "directory", "sign", "--realm", realm)
        await asyncio.to_thread(one.relais, "directory", "adopt", "--realm", realm)
    for what in ("topics", "acl"):  # the auditor that the new directory names has an outbox
        await asyncio.to_thread(one.relais, what, "apply")
    router = one.services[principals.routing("civil", 0)]
    await router.stop()
    router.start(one.old)
    assert router.running is not None
    code = await ended(router.running, WAIT_S)
    assert code == LOG_DAMAGED, router.said()[-2000:]
    assert "signature_wrong" in router.said()  # of a directory that it cannot read
    router.start(kit.ROOT)
    await router.ready()


async def _settled(one: Federation, partners: Partners) -> Ledger:
    async with asyncio.timeout(WAIT_S):
        while checks.not_decided(ledger := await one.ledger()) or checks.messages_lost(ledger):
            await asyncio.sleep(1)
    await partners.read_out(checks.wanted(ledger), WAIT_S)
    return ledger


async def _check(one: Federation, partners: Partners, ledger: Ledger) -> None:
    found = checks.all_checks(partners.seen, ledger)
    clients = {realm: one.client(principals.audit(realm)) for realm in REALMS}
    now = FileClock(one.home.clock).now
    verdict = await replay(one.bootstrap, REALMS, one.home.owners, now, clients=clients)

    assert {name: wrong for name, wrong in found.items() if wrong} == {}
    assert checks.findings_of(verdict.json()) == []
    former = await one.ledger(former=True)
    assert 0 < len(former.messages) < len(ledger.messages)
