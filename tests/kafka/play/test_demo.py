"""The six stories on the running federation: five agencies, two routers, an auditor, one Kafka."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from services.platform.process.tether import tethered
from services.play.demo.stories import STORIES
from tests.kafka.play.played import Recorded, play
from tests.patience import PATIENCE

__all__ = ["play"]  # a fixture
pytestmark = [pytest.mark.kafka, pytest.mark.slow]


def test_every_outcome_is_the_expected_one(play: Recorded) -> None:
    """Who gets what, what is withheld, who owes what by when: as each story says."""
    assert play.played is not None
    wrong = [line.text.say("en") for line in play.lines if not line.ok]

    assert wrong == []
    assert play.played.good
    assert sum(line.kind == "story" for line in play.lines) == len(STORIES)


def test_the_auditor_finds_nothing(play: Recorded) -> None:
    """The log replays byte by byte, without any decryption key."""
    verdict = play.lines[-2]  # the last line has the figures

    assert verdict.kind == "verdict"
    assert verdict.data["clean"]
    assert verdict.data["records"] > 100


def test_every_service_was_a_process_of_its_own(play: Recorded) -> None:
    """Kafka, five agencies, two routers, the auditor, the console: ten processes, none is left."""
    names = {
        "kafka", "education", "police", "justice", "child_welfare", "association",
        "routing-civil-0", "routing-criminal-0", "audit", "console",
    }  # fmt: skip

    assert set(play.pids) == names
    assert len(set(play.pids.values())) == len(names)
    assert play.played is not None
    assert play.played.left == []
    assert not any(_runs(pid, play.home) for pid in play.pids.values())


def test_no_service_ended_by_itself(play: Recorded) -> None:
    """The supervisor had nothing to start again."""
    assert [what for _, what in play.said if "ended" in what] == []


def test_no_service_told_an_error(play: Recorded) -> None:
    """The services' logs hold no error line, and every line is JSON."""
    for log in (play.home / "logs").glob("*.log"):
        for line in log.read_text().splitlines():
            assert line.startswith("{"), f"{log.name}: {line}"
            assert '"level":"critical"' not in line, f"{log.name}: {line}"


@pytest.mark.nightly
def test_an_interrupted_demo_stops_everything(tmp_path: Path) -> None:
    """Ctrl-C in the middle of a story: exit code 1, no process, no temporary folder."""
    command = tethered((sys.executable, "-m", "services", "demo", "--lang", "en"))
    environment = {**os.environ, "TMPDIR": str(tmp_path), "COLUMNS": "120"}
    with (tmp_path / "said").open("w") as said:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, env=environment)
    assert process.stdout is not None
    first = next(line for line in process.stdout if "The head teacher →".encode() in line)

    process.send_signal(signal.SIGINT)
    rest = process.stdout.read()
    code = process.wait(PATIENCE)
    process.stdout.close()

    assert first
    assert b"The auditor replayed" not in rest
    assert code == 1
    assert "no process is left" in (tmp_path / "said").read_text()
    assert [path.name for path in tmp_path.iterdir()] == ["said"]


def _runs(pid: int, home: Path) -> bool:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return False
    return str(home) in command or "services." in command
