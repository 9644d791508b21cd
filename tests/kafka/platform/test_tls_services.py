"""Services and partners over TLS: a partner joins, certificates are renewed, nothing is lost."""

from __future__ import annotations

import asyncio
import subprocess
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import orjson
import pytest

from contracts.vocabulary import topics
from contracts.vocabulary.principals import ADMIN
from contracts.vocabulary.scopes import CIVIL
from services.audit.source import KafkaLog
from services.audit.whole import replay
from services.operate.agreed import at_home, planned_topics
from services.operate.home.keys import write_secret
from services.operate.rules import Rule, asking
from services.platform.kafka.connection.connection import Tls, client_options, tls_of
from services.platform.kafka.connection.wait import wait_for_kafka
from services.platform.process.clock import FileClock
from services.play.certificates import ca
from services.play.kafka import brokers
from services.play.kafka.fetch import fetch_jars
from services.play.run.launch import Federation, launched
from services.play.run.plan import Plan, Service
from tests.partners.home import EXAMPLES, start
from tests.patience import PATIENCE, eventually
from tests.samples import sample
from tests.shell import invoke
from tests.simulation import checks
from tests.simulation.ledger import read_ledger

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

STARTED: Final = ("education", "child_welfare", "routing-civil-0")
DESK: Final = "edu-s"
FLOW_S: Final = 0.25  # between two records
ENOUGH: Final = 8  # records after the renewal


@dataclass
class Town:
    """Three services that run over one broker with TLS."""

    federation: Federation
    http: httpx.AsyncClient
    services: dict[str, Service] = field(default_factory=dict)
    accepted: list[str] = field(default_factory=list)  # ids of all events that a 202 named

    @property
    def home(self) -> Path:
        """The federation's folder."""
        return self.federation.home.path

    @property
    def tls(self) -> Path:
        """Of the certificates."""
        return self.federation.home.tls

    def log(self, name: str) -> bytes:
        """All that a service has said."""
        return (self.federation.home.logs / f"{name}.log").read_bytes()

    async def ask(self, method: str, desk: str, path: str, **more: Any) -> Any:
        """What child welfare's service answers one of its desks."""
        headers = {"Authorization": f"Bearer {self.federation.home.token(desk)}"}
        url = self.services["child_welfare"].url + path
        answer = await self.http.request(method, url, headers=headers, **more)
        assert answer.is_success, answer.text
        return answer.json()

    async def until(self, desk: str, path: str, text: str) -> Any:
        """An answer to a desk, once this stands in it."""
        async with asyncio.timeout(PATIENCE):
            while text not in orjson.dumps(answer := await self.ask("GET", desk, path)).decode():
                await asyncio.sleep(0.2)
        return answer

    @asynccontextmanager
    async def given(self, rule: Rule) -> AsyncIterator[None]:
        """Brokers give a right too much while the block lasts."""
        async with asking(self.federation.bootstrap, tls_of(self.tls, ADMIN)) as brokers:
            await brokers.change({rule: 1}, ())
            try:
                yield
            finally:
                await brokers.change({}, [rule])

    async def post(self, key: str) -> int:
        """A record of education; the status, 0 if there was no answer."""
        headers = {
            "Authorization": f"Bearer {self.federation.home.token(DESK)}", "Idempotency-Key": key,
        }  # fmt: skip
        record = sample("education", "information_preoccupante") | {"reference": key}
        try:
            url = self.services["education"].url + "/v1/referrals"
            answer = await self.http.post(url, json=record, headers=headers)
        except httpx.HTTPError:
            return 0
        if answer.status_code == 202:
            self.accepted += answer.json()["events"]
        return answer.status_code


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    """One event loop for the module, in which the services are watched."""
    return "asyncio"


@pytest.fixture(scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """Education, child welfare and a router, with certificates, rights and orders."""
    await asyncio.to_thread(fetch_jars)
    path = tmp_path_factory.mktemp("town")
    async with (
        launched(path, Plan(tls=True), only=STARTED) as federation,
        httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as http,
    ):
        yield Town(federation, http, {one.name: one for one in federation.services})


@pytest.mark.parametrize("language", ["python", "java"])
async def test_a_partner_of_other_code_joins_by_two_files_receives_and_issues(
    town: Town, tmp_path: Path, language: str
) -> None:
    """As docs/how-to/join.md has it; our desks are told what it says, and open what it sends."""
    desk, own, answer = f"asso-{language}", tmp_path / "own", tmp_path / "answer.json"
    home, draft = ("--home", town.home), orjson.loads((EXAMPLES / "concern.json").read_bytes())
    await relais("partner", "new", desk, "--role", "ASSO", "--folder", own)
    brokers = (*home, "--brokers", town.federation.bootstrap, "--out", answer)
    await relais("partner", "answer", own / "request.json", *brokers)
    await relais("partner", "join", answer, "--folder", own)
    await relais("directory", "sign", *home)
    await relais("directory", "adopt", *home)

    async with running(language, own) as program:
        program.publish({"etype": "PING", "case": draft["case"][::-1], "to": []})
        ping = await program.says(type="PING")
        await program.says(notice="decided", event=ping["published"], refused=False)
        record = sample("child_welfare", "specialist_referral", "Lina", to=[desk])
        sent = await town.ask("POST", "ase", "/v1/referrals", json=record)
        (event,) = sent["events"]
        await program.says(accepted=True, event=event)
        await program.says(type="ACK")
        told = await town.until("ase", f"/v1/referrals/{event}", '"stage":"accepted"')
        program.publish(draft)
        published = (await program.says(type="IP"))["published"]
        arrived = await town.until("crip", "/v1/inbox", published)
        await relais("partner", "check", "--folder", own)
        too_much = Rule("User:association", 2, "relais.civil.decisions", 3)
        async with town.given(too_much):
            foreign = await relais("partner", "check", "--folder", own, code=1)
        err = await asyncio.to_thread(program.end)

    opened = orjson.loads((own / "open" / f"{event}.json").read_bytes())["bodies"]
    assert "Lina" in str(opened)
    assert told["to"][0]["desk"] == desk
    (item,) = (one for one in arrived["items"] if one["event"] == published)
    assert (item["from"], item["parts"]) == (desk, draft["to"][0]["bodies"])
    assert "not_refused" in foreign
    assert "Traceback" not in err
    assert "Lina" not in str(program.said)


async def relais(*words: object, code: int = 0) -> str:
    """A command, which must end with that code; what it said."""
    done = await asyncio.to_thread(invoke, *words)
    assert done.exit_code == code, done.output
    return done.output


class Running:
    """A partner's program at work."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.said: list[dict[str, Any]] = []

    async def says(self, **wanted: Any) -> dict[str, Any]:
        """The next line that has these members."""
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            while True:
                line = await asyncio.to_thread(self.process.stdout.readline)
                assert line, f"it ended; {self.said} {self.process.communicate()[1][-3000:]}"
                self.said.append(orjson.loads(line))
                if all(self.said[-1].get(name) == value for name, value in wanted.items()):
                    return self.said[-1]

    def publish(self, draft: dict[str, Any]) -> None:
        """Hand it a draft."""
        assert self.process.stdin is not None
        self.process.stdin.write(orjson.dumps(draft).decode() + "\n")
        self.process.stdin.flush()

    def end(self) -> str:
        """No more drafts; what it wrote on standard error."""
        _, err = self.process.communicate(timeout=PATIENCE)
        assert self.process.returncode == 0, err
        return err


@asynccontextmanager
async def running(language: str, folder: Path) -> AsyncIterator[Running]:
    """A partner's program, ended by the end of its drafts."""
    (folder / "open").mkdir()
    process = start(language, folder)
    try:
        yield Running(process)
    finally:
        process.kill()
        process.wait()


async def test_renewed_certificates_lose_no_event(town: Town, tmp_path: Path) -> None:
    """A new authority and new certificates while events flow; the old ones open nothing any more.

    The broker starts again with the new authority alone: whoever did not take up the renewed files
    is refused by it. No service is started again, and every accepted event is decided exactly once.
    """
    flow = Flow(town)
    flowing = asyncio.create_task(flow.run())
    await flow.more(ENOUGH)
    before, pids = keep_old(town, tmp_path), dict(town.federation.supervisor.pids)

    await renew_all(town)

    await flow.more(ENOUGH)
    flow.stop.set()
    await flowing
    assert town.federation.supervisor.pids == pids
    with pytest.raises(Exception, match="certificate_refused"):
        await wait_for_kafka(town.federation.bootstrap, PATIENCE, **client_options(before))
    for name in STARTED:
        assert b"certificate reloaded" in town.log(name)
    outbox, bus = topics.outbox(CIVIL, "education"), town.federation.bus(ADMIN)
    names = [one.name for one in planned_topics(at_home(town.federation.home))]
    async with asyncio.timeout(PATIENCE):
        while checks.not_decided(ledger := await read_ledger(bus, names)):
            await asyncio.sleep(0.2)
    assert checks.decided_twice(ledger) == []
    sent = [one.event for one in ledger.published if one.topic == outbox]
    assert sorted(sent) == sorted(town.accepted), "lost, or never accepted"
    log = KafkaLog({CIVIL: town.federation.bus("audit-civil")})
    clock = FileClock(town.federation.home.clock)
    assert (await replay(log, [CIVIL], town.federation.home.owners, clock.now)).clean


class Flow:
    """Records one after the other, each with its key until it is accepted."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self.accepted = 0
        self.stop = asyncio.Event()

    async def run(self) -> None:
        """Post until told to stop; a record in hand is brought to its end."""
        while not self.stop.is_set():
            key = f"flow-{uuid.uuid4()}"
            while await self._town.post(key) != 202:
                await asyncio.sleep(FLOW_S)
            self.accepted += 1
            await asyncio.sleep(FLOW_S)

    async def more(self, count: int) -> None:
        """Wait for so many more accepted records."""
        wanted = self.accepted + count
        await eventually(lambda: self.accepted >= wanted)


def keep_old(town: Town, folder: Path) -> Tls:
    """Education's certificate as it was, with the trust that is to come."""
    old = tls_of(town.tls, "education")
    kept = Tls(old.ca, folder / "education.pem", folder / "education.key")
    kept.cert.write_bytes(old.cert.read_bytes())
    kept.key.write_bytes(old.key.read_bytes())
    kept.key.chmod(0o600)
    return kept


async def renew_all(town: Town) -> None:
    """Another authority; everybody's certificates; then the broker alone is started again."""
    old = (town.tls / "ca.pem").read_bytes()
    for name in ("ca.pem", "ca.key"):
        (town.tls / name).unlink()
    newest = (await asyncio.to_thread(ca.ensure_ca, town.tls)).read_bytes()
    write_secret(town.tls / "ca.pem", newest + old)
    for name in ca.everyone(town.federation.plan.shards, town.federation.plan.nodes):
        await asyncio.to_thread(ca.ensure_certificate, town.tls, name)
    # Taken out of the file: from now on the old authority counts for nothing.
    write_secret(town.tls / "ca.pem", newest)
    kafka = town.federation.home.kafka
    assert await asyncio.to_thread(brokers.stop, kafka)
    await asyncio.to_thread(brokers.start, kafka, tls=town.tls)
