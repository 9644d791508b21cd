"""`relais up` says which process died or hangs, with the clock time."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from contracts.vocabulary import topics
from services.platform.process.tether import tethered
from services.play.kafka.fetch import fetch_jars
from tests.kafka import kit
from tests.kafka.play.test_up import RELAIS, _printed
from tests.patience import PATIENCE, until

LINE = re.compile(r"^\d\d:\d\d:\d\d (\S+): (.*)$", re.MULTILINE)

pytestmark = [pytest.mark.kafka, pytest.mark.slow]


class Terminal:
    """What a federation that runs has said on standard error."""

    def __init__(self, file: Path, home: Path, facts: dict[str, Any], kafka: int) -> None:
        self._file = file
        self.home = home
        self.kafka = str(facts["kafka"])
        self.urls = {row["service"]: row["url"] for row in facts["services"]}
        self.pids = {row["service"]: row["pid"] for row in facts["services"]} | {"kafka": kafka}

    def lines(self, who: str) -> list[str]:
        """What was said of a process."""
        return [what for name, what in LINE.findall(self._file.read_text()) if name == who]

    def until(self, who: str, words: str, after: int = 0) -> None:
        """Wait until words stand among the lines on a process that follow the first `after`."""
        until(
            lambda: any(words in line for line in self.lines(who)[after:]),
            lambda: (who, words, self.lines(who)),
        )


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """One federation for all these tests."""
    fetch_jars()
    folder = tmp_path_factory.mktemp("up")
    home, out, err = folder / "home", folder / "out", folder / "err"
    command = (*RELAIS, "up", "--home", str(home), "--format", "json")
    with out.open("wb") as said, err.open("wb") as told:
        process = subprocess.Popen(tethered(command), stdout=said, stderr=told)
    try:
        facts = _printed(process, out)
        yield Terminal(err, home, facts, _kafka(home))
    finally:
        process.send_signal(signal.SIGINT)
        code = process.wait(PATIENCE)
    assert code == 0


def _kafka(home: Path) -> int:
    from services.play.kafka import brokers

    return brokers.status(home / "kafka").pids["kafka"]


@pytest.mark.parametrize("who", ["police", "kafka"])
def test_a_suspended_process_is_told(terminal: Terminal, who: str) -> None:
    """SIGSTOP, as a debugger or a full machine does it; its return is told too."""
    before = len(terminal.lines(who))

    os.kill(terminal.pids[who], signal.SIGSTOP)
    try:
        terminal.until(who, "hangs", before)
    finally:
        os.kill(terminal.pids[who], signal.SIGCONT)
    terminal.until(who, "answers again", before)


@pytest.mark.parametrize(
    "who", ["justice", "kafka"]
)  # Kafka last: whom it leaves behind starts again
def test_a_killed_process_is_told(terminal: Terminal, who: str) -> None:
    """kill -9; the process is started again, and that is told too."""
    before = len(terminal.lines(who))

    os.kill(terminal.pids[who], signal.SIGKILL)
    terminal.until(who, "ended", before)
    terminal.until(who, "started again", before)


def test_a_record_of_nobody_is_told_and_stops_its_router_alone(terminal: Terminal) -> None:
    """The auditor's alarm stands on the terminal; the router ends for good, the rest goes on."""
    foreign = {"topic": topics.decisions("civil"), "partition": 3, "value": b"garbage"}
    router = "routing-civil-0"

    before = len(terminal.lines(router))
    asyncio.run(kit.write(terminal.kafka, [foreign]))
    terminal.until("audit", "warns: record_malformed")
    with suppress(ProcessLookupError):  # on a busy machine it may be about to start anew already
        os.kill(_pid_of(terminal, router), signal.SIGKILL)
    terminal.until(router, "damaged log", before)
    answers = {
        name: httpx.get(f"{url}/live", trust_env=False).status_code
        for name, url in terminal.urls.items()
        if name != router
    }

    assert "and is not started again" in terminal.lines(router)[-1]
    assert set(answers.values()) == {200}


def _pid_of(terminal: Terminal, who: str) -> int:
    """Its process now: Kafka's end may have made it start again."""
    listed = orjson.loads((terminal.home / "running.json").read_bytes())
    return int(listed[who][0])
