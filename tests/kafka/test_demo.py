"""The five stories on the running federation: five agencies, two routers, an auditor, one Kafka."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.federation.stories import STORIES
from tests.kafka.played import Recorded, recorded

pytestmark = [pytest.mark.kafka, pytest.mark.slow]


@pytest.fixture
def play() -> Recorded:
    """The one play of this run."""
    return recorded()


def test_every_outcome_is_the_expected_one(play: Recorded) -> None:
    """Who gets what, what is withheld, who owes what by when: as each story says."""
    assert play.played is not None
    wrong = [line.text.en for line in play.lines if not line.ok]

    assert wrong == []
    assert play.played.good
    assert sum(line.kind == "story" for line in play.lines) == len(STORIES)


def test_the_auditor_finds_nothing(play: Recorded) -> None:
    """The log replays byte by byte, without any decryption key."""
    verdict = play.lines[-1]

    assert verdict.kind == "verdict"
    assert verdict.data["clean"]
    assert verdict.data["records"] > 100


def test_every_service_was_a_process_of_its_own(play: Recorded) -> None:
    """Kafka, five agencies, two routers, the auditor: nine processes, none is left."""
    names = {
        "kafka", "education", "police", "justice", "child_welfare", "association",
        "routing-civil-0", "routing-criminal-0", "audit",
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


def _runs(pid: int, home: Path) -> bool:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return False
    return str(home) in command or "serve" in command
