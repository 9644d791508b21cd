"""The operator's page, done: its commands, on three nodes with TLS."""

from __future__ import annotations

import os
import shutil
import signal
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pytest

from services.play.certificates import ca
from services.play.kafka import brokers
from services.play.kafka.fetch import fetch_jars
from tests.patience import PATIENCE, until
from tests.shell import invoke, lines_of, running, typed
from tests.test_readme import programs

__all__ = ["programs"]  # a fixture: `relais` is this repository's


def good(command: str, folder: Path, env: dict[str, str]) -> str:
    """Run a line that must end with 0; what it printed."""
    done = typed(command, folder, env)
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    return done.stdout


def until_status(code: int, folder: Path, env: dict[str, str]) -> dict[str, Any]:
    """Look until `relais status` ends with a code; what it told then, however busy it is."""
    deadline = time.monotonic() + PATIENCE
    while True:
        done = typed("relais status --format json", folder, env)
        told: dict[str, Any] = orjson.loads(done.stdout)
        if done.returncode == code:
            return told
        assert time.monotonic() < deadline, done.stdout
        time.sleep(2)  # a look costs a second of processor, which those that it looks at need


def until_count(number: int, folder: Path) -> None:
    """Wait until the CRIP has so many arrivals of the school's, and no others."""

    def issuers() -> list[str]:
        words = ("--desk", "crip", "--home", folder / ".relais", "--format", "json")
        return [row["from"] for row in lines_of(invoke("inbox", *words).stdout)]

    until(lambda: issuers() == ["edu-s"] * number, issuers)


UP = "relais up --nodes 3 --tls --shards 2", "Ctrl-C stops everything"
SEND = "relais send --agency education .relais/examples/concern.json"


@pytest.mark.kafka
@pytest.mark.slow
def test_start_a_lost_disk_stop_and_restore(tmp_path: Path, programs: dict[str, str]) -> None:
    """All pages of it in one day: nothing that was accepted is lost, and the audit is clean."""
    fetch_jars()
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    with running(*UP, here, programs):
        # Start.
        assert until_status(0, here, programs)["alerts"] == []
        good("relais kafka apply --check", here, programs)
        good("relais audit replay", here, programs)
        good(SEND, here, programs)
        until_count(1, here)
        assert "Child-concern alert" in good("relais inbox --desk crip", here, programs)
        good("relais layout", here, programs)
        good("relais kafka apply", here, programs)
        good("relais convention lint", here, programs)
        good("tail -n 3 .relais/logs/routing-civil-0.log", here, programs)

        # A certificate that expires.
        expired_and_renewed(here, programs)

        # Lost disk, and another node in place of one that is dead.
        node = brokers.status(here / ".relais" / "kafka").node(3).pid
        os.kill(node, signal.SIGSTOP)  # one that is killed is started again before anybody looks
        told = until_status(1, here, programs)
        assert "RelaisBrokerAway" in {alert["alert"] for alert in told["alerts"]}
        os.kill(node, signal.SIGKILL)
        good("rm -rf .relais/kafka/node-3/data", here, programs)
        until(lambda: typed(f"{SEND} --key lost", here, programs).returncode == 0)
        good("relais kafka up", here, programs)
        look = partial(typed, "relais status --format json", here, programs)
        until(lambda: not orjson.loads(look().stdout)["kafka"]["behind"])
        good("relais kafka apply --check", here, programs)
        until_count(2, here)

    # Stop, copy, and start elsewhere.
    good("relais kafka down", here, programs)
    assert brokers.status(here / ".relais" / "kafka").pids == {}
    good(f"cp -a .relais {there}", here, programs)
    shutil.rmtree(here)
    with running(*UP, there, programs):
        assert "no divergence" in good("relais audit replay", there, programs)
        until_count(2, there)
        good(SEND, there, programs)
        until_count(3, there)


def expired_and_renewed(folder: Path, env: dict[str, str]) -> None:
    """The owners' certificate has expired: the command says what to do, and that mends it."""
    ca.renew(
        folder / ".relais" / "tls", "owners-civil", days=1,
        start=datetime.now(UTC) - timedelta(days=3),
    )  # fmt: skip
    refused = typed("relais layout", folder, env)
    good("relais keys tls owners-civil --renew", folder, env)
    good("relais keys tls --all --shards 2", folder, env)

    assert refused.returncode == 2
    assert "relais keys tls owners-civil" in refused.stderr
    good("relais layout", folder, env)
