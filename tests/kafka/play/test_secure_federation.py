"""The five stories over three brokers with mutual TLS and rights, then its commands and a dead broker."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import orjson
import pytest

from services.platform.process.clock import FileClock
from services.play.demo.stories import STORIES
from services.play.kafka import brokers
from services.play.run.launch import Federation
from services.sandbox.example import write_example
from tests.kafka.play.played import Recorded, play
from tests.patience import PATIENCE, eventually

RELAIS = (sys.executable, "-m", "services")
PREPARED = (  # as an operator types them
    "relais keys new --from 2026-09-07 --weeks 60",
    "relais kafka up --nodes 3 --tls",
    "relais topics apply",
    "relais acl apply",
)
COMMANDS = (
    ("kafka", "status"),
    ("topics", "check"),
    ("acl", "check"),
    ("directory", "check"),
    ("keys", "list"),
    ("quarantine", "list"),
    ("audit", "replay", "--format", "json"),
)

# `make containers` plays the five stories over three TLS brokers too, and kills one.
pytestmark = [
    pytest.mark.kafka,
    pytest.mark.slow,
    pytest.mark.nightly,
]


@dataclass
class Done:
    """A command that has ended."""

    code: int
    out: str
    err: str


@dataclass
class Secured(Recorded):
    """What was seen of the play, of the shell afterwards, and of a broker's death.

    Attributes:
        commands: what each command came to.
        arrived: whether an event sent while a broker was dead came to its recipient.
        back: the nodes that run in the end.
        after: what Kafka's state was when the play had ended.
    """

    commands: dict[str, Done] = field(default_factory=dict)
    arrived: bool = False
    back: frozenset[str] = frozenset()
    after: Done | None = None

    async def inspect(self, federation: Federation) -> None:
        """After the play: every command, then a broker is killed and an event sent."""
        home = federation.home
        self.pids = dict(federation.pids)
        for command in COMMANDS:
            self.commands[" ".join(command)] = await _relais(home.path, *command)
        example = write_example(home, FileClock(home.clock).now())
        before = await _arrivals(home.path)
        brokers.stop_node(home.kafka, 1, kill=True)
        sent = await _relais(home.path, "send", "--desk", "edu-s", str(example))
        self.commands["send"] = sent
        deadline = time.monotonic() + PATIENCE
        while not self.arrived and time.monotonic() < deadline:
            self.arrived = len(await _arrivals(home.path)) == len(before) + 1
        await eventually(lambda: brokers.status(home.kafka).running)
        self.back = frozenset(brokers.status(home.kafka).pids)
        self.commands["replay"] = await _relais(home.path, *COMMANDS[-1])


async def _relais(home: Path, *arguments: str) -> Done:
    """A command of the home, as an operator types it: it finds certificates there."""
    process = await asyncio.create_subprocess_exec(
        *RELAIS, *arguments, "--home", str(home),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode is not None
    return Done(process.returncode, out.decode(), err.decode())


async def _arrivals(home: Path) -> list[str]:
    shown = await _relais(home, "inbox", "--desk", "crip", "--format", "json")
    return shown.out.splitlines()


@pytest.fixture(scope="module")
def secured() -> Secured:
    """The one play."""
    seen = Secured(Path(tempfile.mkdtemp(prefix="relais-secure-")))
    try:
        for command in PREPARED:
            seen.commands[command] = asyncio.run(_relais(seen.home, *command.split()[1:]))
        play(seen, nodes=3, tls=True, given=True)
        seen.after = asyncio.run(_relais(seen.home, "kafka", "status"))
    finally:
        asyncio.run(_relais(seen.home, "kafka", "down"))
    return seen


def test_every_outcome_is_the_expected_one(secured: Secured) -> None:
    """As on one plain broker: with nothing but its own rights, each service does all it must."""
    assert secured.played is not None
    wrong = [line.text.say("en") for line in secured.lines if not line.ok]

    assert wrong == []
    assert secured.played.good
    assert sum(line.kind == "story" for line in secured.lines) == len(STORIES)
    assert secured.lines[-2].data["clean"]


def test_everybody_was_a_process_with_a_certificate_of_its_own(secured: Secured) -> None:
    """Three brokers, five agencies, two routers, two auditors, each known by one name."""
    services = {
        "education", "police", "justice", "child_welfare", "association",
        "routing-civil-0", "routing-criminal-0", "audit-civil", "audit-criminal",
    }  # fmt: skip

    assert set(secured.pids) == {"kafka-1", "kafka-2", "kafka-3", *services}
    assert all((secured.home / "tls" / f"{name}.pem").exists() for name in services)


def test_a_given_kafka_runs_on(secured: Secured) -> None:
    """Who did not start it does not stop it; its home stays too."""
    assert secured.after is not None

    assert (secured.after.code, "mutual TLS" in secured.after.out) == (0, True)
    assert (secured.home / "owners.json").exists()


def test_commands_find_their_certificates_in_the_home(secured: Secured) -> None:
    """Nobody types a path: status, drift, audit, quarantine and the rest work as they stand."""
    failed = {name: (one.out, one.err) for name, one in secured.commands.items() if one.code}

    assert failed == {}
    assert "mutual TLS" in secured.commands["kafka status"].out
    assert orjson.loads(secured.commands["audit replay --format json"].out)["clean"]


def test_a_dead_broker_stops_nobody(secured: Secured) -> None:
    """Routing goes on over the other two, no service ends, and the broker comes back."""
    ended = [(who, what) for who, what in secured.said if "ended" in what]

    assert secured.arrived
    assert secured.back == {"kafka-1", "kafka-2", "kafka-3"}
    assert [who for who, _ in ended] == ["kafka-1"]
    assert orjson.loads(secured.commands["replay"].out)["clean"]


def test_no_service_logs_without_end_while_a_broker_is_away(secured: Secured) -> None:
    """aiokafka repeats itself thousands of times a minute: a few lines of each stay."""
    for log in (secured.home / "logs").glob("*.log"):
        lines = log.read_text().splitlines()
        assert len(lines) < 400 or log.stem == "demo", f"{log.name}: {len(lines)} lines"
        assert not any('"level":"critical"' in line for line in lines), log.name
