"""Heads and their witnesses: who is asked, what counts, what is shown meanwhile, who is missing."""

from __future__ import annotations

import asyncio
import gc
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from contracts.errors import ProofError
from contracts.proof.checkpoint import Checkpoint
from contracts.proof.note_keys import SignatureKind
from contracts.proof.policy import parse_policy
from contracts.proof.signed_policy import policy_text, usual_quorum
from contracts.vocabulary.scopes import AGENCIES, REALMS
from services.agency.witness import LogWitness
from services.audit.tree import cosigning, witnessing
from services.audit.tree.cosigning import HeadCosigning, WitnessedHead
from services.audit.tree.log_folder import LogFolder
from services.audit.tree.publishing import WitnessClient, witnessing_of
from services.audit.tree.witnessing import RealmWitnessing
from services.operate.home.home import Home
from services.platform.keys.policy_file import policy_file, policy_signature
from services.platform.process.clock import SystemClock
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth
from services.platform.settings import AuditSettings, load
from services.platform.store.memory import Memory
from services.platform.tree.tile_folder import CHECKPOINT
from tests.contracts.proof.log import AT, LOG, ORIGIN, signer
from tests.contracts.proof.test_witness import LOGS, log_of, signed
from tests.patience import PATIENCE
from tests.services.operate.status.test_ask import served, writes

KEYS = {
    name: signer(f"relais.test/{name}", SignatureKind.COSIGNATURE, 60 + number)
    for number, name in enumerate(AGENCIES)
}
POLICY = parse_policy(
    policy_text(
        LOGS[ORIGIN], {name: key.key for name, key in KEYS.items()}, usual_quorum(len(KEYS))
    )
)


class Agencies:
    """Every agency's witness, on disks of their own.

    Attributes:
        lies: what a witness answers first, whatever it is asked.
    """

    def __init__(self, folder: Path) -> None:
        self.up = set(AGENCIES)
        self.lies: dict[str, list[tuple[int, bytes]]] = {}
        self.posts = 0
        self._witnesses = {
            name: LogWitness(folder / name, Memory(None), key, LOGS, SystemClock())
            for name, key in KEYS.items()
        }

    async def post(self, name: str, body: bytes) -> tuple[int, bytes]:
        self.posts += 1
        if name not in self.up:
            return 0, b""
        if self.lies.get(name):
            return self.lies[name].pop()
        answer = self._witnesses[name].add(body)
        return answer.status, answer.body


@pytest.fixture
def agencies(tmp_path: Path) -> Agencies:
    """Five witnesses that have seen nothing."""
    return Agencies(tmp_path)


async def shown(log: HeadCosigning, fork: str, size: int) -> WitnessedHead:
    """A head of a history, handed to the witnesses."""
    return await log.ask(signed(fork, size), log_of(fork, size).hashes().subtree)


async def test_a_quorum_of_witnesses_makes_a_head_good_under_the_policy(agencies: Agencies) -> None:
    """The next one needs one request a witness; one that is away is not missed, two are."""
    auditor = HeadCosigning(POLICY, agencies.post)
    await shown(auditor, "a", 5)
    agencies.posts = 0
    whole, posts = await shown(auditor, "a", 9), agencies.posts
    agencies.up -= {"police"}
    most = await shown(auditor, "a", 12)
    agencies.up -= {"justice"}
    few = await shown(auditor, "a", 14)

    assert [seen.witness for seen in POLICY.verify(whole.note).cosigned] == list(AGENCIES)
    assert (whole.met, whole.missing, posts) == (True, {}, len(AGENCIES))
    assert (most.met, most.missing) == (True, {"police": 0})
    assert (few.met, few.missing) == (False, {"police": 0, "justice": 0})
    with pytest.raises(ProofError, match="quorum_missed"):
        POLICY.verify(few.note)
    agencies.up |= {"police", "justice"}
    assert (await shown(auditor, "a", 14)).missing == {}


@pytest.mark.parametrize("among", [(), ("police",), ("police", "justice"), AGENCIES[:4], AGENCIES])
async def test_two_histories_never_have_a_quorum_each(
    agencies: Agencies, among: tuple[str, ...]
) -> None:
    """Two auditors with one key show two histories: no split of agencies fools a quorum."""
    everyone = set(AGENCIES)
    agencies.up = everyone - set(among)
    first = await shown(HeadCosigning(POLICY, agencies.post), "a", 9)
    agencies.up = everyone
    second = await shown(HeadCosigning(POLICY, agencies.post), "b", 9)
    third = await shown(HeadCosigning(POLICY, agencies.post), "b", 12)

    assert [first.met, second.met].count(True) <= 1
    assert not (first.met and third.met)
    statuses = {name: status for name, status in second.missing.items() if name not in among}
    assert set(statuses) == everyone - set(among)
    assert set(statuses.values()) <= {409, 422, 403}


async def test_a_witness_that_claimed_too_much_is_asked_again(agencies: Agencies) -> None:
    """Once by each head, and told each time; as soon as it is right again it counts."""
    agencies.lies["police"] = [(409, b"4096\n")] * 2
    auditor = HeadCosigning(POLICY, agencies.post)
    first, second = await shown(auditor, "a", 5), await shown(auditor, "a", 5)
    third = await shown(auditor, "a", 5)

    assert [first.ahead, second.ahead, third.ahead] == [("police",), ("police",), ()]
    assert [first.missing, second.missing] == [{"police": 409}] * 2
    assert third.missing == {}


@pytest.mark.parametrize(
    "answer",
    [
        (200, b""),
        (200, b"x"),
        (200, "— relais.test/police AAAAAAAA\n".encode()),
        (409, b"-1\n"),
        (409, b"9" * 400),
        (409, "é".encode()),
        (500, b"no"),
    ],
)
async def test_whatever_one_witness_answers_the_others_count(
    agencies: Agencies, answer: tuple[int, bytes]
) -> None:
    """A line that is not its own signature of this head is none."""
    agencies.lies["police"] = [answer] * 9

    head = await shown(HeadCosigning(POLICY, agencies.post), "a", 5)

    assert head.met
    assert set(head.missing) == {"police"}
    POLICY.verify(head.note)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"", 0),
        (b"no HTTP\r\n\r\n", 0),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n" + b"x" * 100_000, 0),
        (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", 302),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx", 200),
    ],
    ids=["nothing", "no HTTP", "without end", "elsewhere", "no gzip"],
)
async def test_whatever_a_port_says_is_an_answer(data: bytes, status: int) -> None:
    """Of so many bytes at most, followed nowhere, unpacked by nobody."""
    async with served(writes(data)) as at:
        client = WitnessClient({"police": at["0"], "justice": "no address"})
        answer = await client.post("police", b"old 0\n")
        none = await client.post("justice", b"old 0\n")
        await client.close()

    assert answer[0] == status
    assert len(answer[1]) <= 1
    assert none == (0, b"")


WARNING = "checkpoint_unwitnessed_civil"


class Audited:
    """A log's folder, its witnesses, and what is told of them."""

    def __init__(self, folder: Path, agencies: Agencies) -> None:
        self.agencies = agencies
        self.path, self.memory = folder / "civil-0", Memory(folder / "memory.sqlite")
        self.metrics, self.health = Metrics("audit"), ServiceHealth()
        self.log = LogFolder(self.path, self.memory, LOG, witnessed=True)
        given = POLICY, agencies.post, self.metrics, self.health
        self.witnessing = RealmWitnessing("civil", *given)

    def close(self) -> None:
        self.log.close()
        self.witnessing.close()

    def grow(self, size: int) -> None:
        """Records come, and a head is signed."""
        while self.log.size < size:
            self.log.add(b"record %d" % self.log.size)
        self.log.publish(AT, size)

    async def until(self, said: Callable[[], bool]) -> None:
        """Look as the service does, until something is so."""
        async with asyncio.timeout(PATIENCE):
            while not said():
                self.witnessing.look({0: self.log})
                await asyncio.sleep(0.02)

    @property
    def shown(self) -> Checkpoint:
        """What is published, under the policy."""
        return POLICY.verify((self.path / CHECKPOINT).read_bytes()).checkpoint

    @property
    def gauge(self) -> float | None:
        name, labels = "relais_checkpoint_unwitnessed", {"realm": "civil", "partition": "0"}
        return self.metrics.registry.get_sample_value(name, labels)


@pytest.fixture
async def audited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, agencies: Agencies
) -> AsyncIterator[Audited]:
    """A log that has five witnesses; nobody is waited for long."""
    monkeypatch.setattr(cosigning, "WAIT_S", 0.3)
    monkeypatch.setattr(witnessing, "AGAIN_S", 0.1)
    with closing(Audited(tmp_path, agencies)) as made:
        yield made


async def test_a_head_is_published_once_its_quorum_has_cosigned_it(audited: Audited) -> None:
    """Until then the one before is, and each that is published holds under the policy."""
    audited.grow(5)
    assert not (audited.path / CHECKPOINT).exists()
    await audited.until(lambda: audited.log.shown is not None)
    audited.grow(300)
    assert audited.shown.size == 5

    await audited.until(lambda: audited.log.shown == audited.log.head)

    assert audited.shown.size == 300
    assert (audited.gauge, audited.health.warnings) == (0, set())


async def test_a_witness_that_comes_back_cosigns_the_head_that_it_missed(
    audited: Audited, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though the others were enough, and no record has come since."""
    monkeypatch.setattr(witnessing, "MISSED_S", 0.1)
    audited.agencies.up -= {"police"}
    audited.grow(5)
    await audited.until(lambda: audited.log.shown is not None)
    audited.agencies.up |= {"police"}

    await audited.until(lambda: b"relais.test/police" in (audited.path / CHECKPOINT).read_bytes())

    assert (audited.gauge, audited.shown.size) == (0, 5)


async def test_what_no_quorum_cosigns_is_published_as_it_is_and_told(
    audited: Audited, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No policy takes it, `/ready` warns at once, after a minute the log says who is missing."""
    audited.agencies.up = {"police", "education"}
    audited.grow(5)
    with capture_logs() as early:
        await audited.until(lambda: bool(audited.log.shown and audited.health.warnings))
    with pytest.raises(ProofError, match="quorum_missed"):
        _ = audited.shown
    assert (audited.gauge, audited.health.warnings) == (1, {WARNING})

    monkeypatch.setattr(audited.witnessing, "_quiet_until", 0.0)
    with capture_logs() as late:
        await audited.until(lambda: bool(late))
        audited.agencies.up = set(KEYS)
        await audited.until(lambda: not audited.health.warnings)

    said = ["head not cosigned by its quorum", "head cosigned"]
    assert (early, [line["event"] for line in late]) == ([], said)
    assert set(late[0]["missing"]) == set(KEYS) - {"police", "education"}
    assert (audited.gauge, audited.shown.size) == (0, 5)


async def test_a_head_whose_files_are_gone_is_told_and_cosigned_once_they_are_back(
    audited: Audited,
) -> None:
    """No path can be shown meanwhile; the log made anew, of the same size, has its files."""
    audited.grow(5)
    await audited.until(lambda: audited.log.shown is not None)
    audited.grow(9)
    shutil.rmtree(audited.path / "tile")
    await audited.until(lambda: bool(audited.health.warnings))
    assert (audited.gauge, audited.shown.size) == (1, 5)

    audited.log.close()
    audited.log = LogFolder(audited.path, audited.memory, LOG, witnessed=True)
    audited.grow(9)
    await audited.until(lambda: not audited.health.warnings)

    gc.collect()  # a task that failed unheard says so only when it is collected
    assert (audited.gauge, audited.shown.size) == (0, 9)


async def test_a_longer_log_at_a_witness_is_an_alarm(audited: Audited, tmp_path: Path) -> None:
    """Kafka and the auditor's files were put back to an earlier day, and written on."""
    audited.grow(9)
    await audited.until(lambda: audited.log.shown is not None)
    with closing(Audited(tmp_path / "again", audited.agencies)) as again:
        again.grow(7)
        await again.until(lambda: bool(again.health.warnings))

    assert 'relais_alarms_total{code="log_behind_witness"} 5.0' in again.metrics.page().decode()


async def test_an_auditor_has_the_witnesses_of_a_signed_policy_or_says_so(tmp_path: Path) -> None:
    """A policy that was lowered, or none: that realm's checkpoints are uncosigned alone."""
    home = Home(tmp_path / "home")
    home.prepare(AT, 1)
    settings, client = load(AuditSettings, home=home.path), WitnessClient({})

    def started() -> tuple[list[str], set[str], list[str]]:
        metrics, health = Metrics("audit"), ServiceHealth()
        with capture_logs() as lines:
            made = [
                realm
                for realm in REALMS
                if witnessing_of(settings, home.owners, realm, client, metrics, health)
            ]
        assert (b'unwitnessed{partition="all",realm="civil"} 1.0' in metrics.page()) is bool(lines)
        return made, health.warnings, [line["code"] for line in lines]

    whole = started()
    file = policy_file(home.path, "civil")
    file.write_bytes(file.read_bytes().replace(b"agencies 4", b"agencies 1"))
    lowered = started()
    file.unlink()
    policy_signature(home.path, "civil").unlink()
    none = started()
    await client.close()

    assert whole == (list(REALMS), set(), [])
    assert lowered == (["criminal"], {"checkpoint_unwitnessed_civil"}, ["policy_not_signed"])
    assert none == (["criminal"], {"checkpoint_unwitnessed_civil"}, ["no_policy"])
