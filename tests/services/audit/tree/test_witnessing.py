"""A log with witnesses: what its `checkpoint` says each moment, and who is missing."""

from __future__ import annotations

import asyncio
import gc
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from contracts.errors import ProofError
from contracts.proof.checkpoint import Checkpoint
from contracts.proof.note_keys import log_signers
from contracts.proof.policy import parse_policy
from contracts.proof.signed_policy import policy_text
from services.audit.tree import cosigning, witnessing
from services.audit.tree.log_folder import LogFolder
from services.audit.tree.witnessing import RealmWitnessing
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth
from services.platform.store.memory import Memory
from services.platform.tree.tile_folder import CHECKPOINT
from tests.contracts.proof.log import AT, ORIGIN
from tests.patience import PATIENCE
from tests.services.audit.tree.test_cosigning import KEYS, Agencies

SIGNERS = log_signers(b"another secret of 32 bytes long.", ORIGIN)
POLICY = parse_policy(
    policy_text(
        [key.key for key in SIGNERS], {name: key.key for name, key in KEYS.items()}, len(KEYS) - 1
    )
)
WARNING = "checkpoint_unwitnessed_civil"


class Audited:
    """A log's folder, its witnesses, and what is told of them."""

    def __init__(self, folder: Path) -> None:
        self.agencies = Agencies(folder, [key.key for key in SIGNERS])
        self.path, self.memory = folder / "civil-0", Memory(folder / "memory.sqlite")
        self.metrics, self.health = Metrics("audit"), ServiceHealth()
        self.log, self.witnessing = self._started()

    def _started(self) -> tuple[LogFolder, RealmWitnessing]:
        asked = RealmWitnessing("civil", POLICY, self.agencies.post, self.metrics, self.health)
        return LogFolder(self.path, self.memory, SIGNERS, witnessed=True), asked

    def restart(self) -> None:
        """The process ends, and another one begins."""
        self.log.close()
        self.witnessing.close()
        self.log, self.witnessing = self._started()

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
    def gauge(self) -> str:
        """What the metric says."""
        lines = self.metrics.page().decode().splitlines()
        return next(
            line[-3:] for line in lines if line.startswith("relais_checkpoint_unwitnessed{")
        )


@pytest.fixture
async def audited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Audited]:
    """A log that has five witnesses; nobody is waited for long."""
    monkeypatch.setattr(cosigning, "WAIT_S", 0.3)
    monkeypatch.setattr(witnessing, "AGAIN_S", 0.1)
    made = Audited(tmp_path)
    yield made
    made.witnessing.close()
    made.log.close()


async def test_a_head_is_published_once_its_quorum_has_cosigned_it(audited: Audited) -> None:
    """Until then the one before is, and each that is published holds under the policy."""
    audited.grow(5)
    assert not (audited.path / CHECKPOINT).exists()
    await audited.until(lambda: audited.log.shown is not None)
    audited.grow(300)
    assert audited.shown.size == 5

    await audited.until(lambda: audited.log.shown == audited.log.head)

    assert audited.shown.size == 300
    assert (audited.gauge, audited.health.warnings) == ("0.0", set())


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
    assert (audited.gauge, audited.health.warnings) == ("1.0", {WARNING})

    monkeypatch.setattr(audited.witnessing, "_quiet_until", 0.0)
    with capture_logs() as late:
        await audited.until(lambda: bool(late))
        audited.agencies.up = set(KEYS)
        await audited.until(lambda: not audited.health.warnings)

    said = ["head not cosigned by its quorum", "head cosigned"]
    assert (early, [line["event"] for line in late]) == ([], said)
    assert set(late[0]["missing"]) == set(KEYS) - {"police", "education"}
    assert (audited.gauge, audited.shown.size) == ("0.0", 5)


async def test_a_head_that_a_witness_has_seen_outlives_a_kill(audited: Audited) -> None:
    """It was on disk before; the new process hands out that one, and no other of its size."""
    audited.grow(5)
    await audited.until(lambda: audited.log.shown is not None)
    audited.grow(9)
    signed = audited.log.signed

    audited.restart()

    assert (audited.log.signed, audited.log.size) == (signed, 9)
    assert audited.shown.size == 5
    await audited.until(lambda: audited.log.shown == audited.log.head)
    assert audited.shown.size == 9


async def test_a_head_whose_files_are_gone_is_told_and_cosigned_once_they_are_back(
    audited: Audited,
) -> None:
    """No path can be shown meanwhile; the log made anew, of the same size, has its files."""
    audited.grow(5)
    await audited.until(lambda: audited.log.shown is not None)
    audited.grow(9)
    shutil.rmtree(audited.path / "tile")
    await audited.until(lambda: bool(audited.health.warnings))
    assert (audited.gauge, audited.shown.size) == ("1.0", 5)

    audited.log.close()
    audited.log = LogFolder(audited.path, audited.memory, SIGNERS, witnessed=True)
    audited.grow(9)
    await audited.until(lambda: not audited.health.warnings)

    gc.collect()  # a task that failed unheard says so only when it is collected
    assert (audited.gauge, audited.shown.size) == ("0.0", 9)


async def test_a_longer_log_at_a_witness_is_an_alarm(audited: Audited, tmp_path: Path) -> None:
    """Kafka and the auditor's files were put back to an earlier day, and written on."""
    audited.grow(9)
    await audited.until(lambda: audited.log.shown is not None)
    audited.log.close()
    audited.witnessing.close()
    audited.path = tmp_path / "again"
    audited.restart()
    audited.grow(7)

    await audited.until(lambda: bool(audited.health.warnings))

    assert 'relais_alarms_total{code="log_behind_witness"} 5.0' in audited.metrics.page().decode()
