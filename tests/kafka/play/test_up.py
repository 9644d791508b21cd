"""`relais up` for tests of a whole federation; interrupted while it starts, it leaves nothing."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from services.operate.home.home import Home
from services.platform.process.tether import tethered
from services.play.kafka.fetch import fetch_jars
from tests.patience import PATIENCE, until
from tests.shell import at_work, serving

RELAIS = (sys.executable, "-m", "services")

pytestmark = [pytest.mark.kafka, pytest.mark.slow]


@contextmanager
def federation(home: Path, *options: str) -> Iterator[dict[str, Any]]:
    """`relais up` in a process of its own; yields what it printed, ends it by Ctrl-C."""
    fetch_jars()
    with serving(home.parent / "up.txt", "up", "--home", home, *options) as facts:
        yield facts
    assert at_work(home) == {}


def relais(home: Path | None, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command of a home, or of one that knows none."""
    command = (*RELAIS, *arguments, *(("--home", str(home)) if home else ()))
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)


def arrivals(home: Path, desk: str) -> list[dict[str, Any]]:
    """All that `relais inbox` shows to a desk."""
    shown = relais(home, "inbox", "--desk", desk, "--format", "json")
    return [orjson.loads(line) for line in shown.stdout.splitlines()]


def ask(
    home: Path, desk: str, method: str, path: str, url: str = "", **more: Any
) -> httpx.Response:
    """What its agency's service answers a desk, or another that has this address."""
    known = Home(home)
    agency = next(
        (name for name, own in known.agencies.items() if desk in {d.desk for d in own}), ""
    )
    headers = {"Authorization": f"Bearer {known.token(desk)}"}
    at = f"{url or known.addresses[agency]}{path}"
    return httpx.request(method, at, headers=headers, trust_env=False, timeout=PATIENCE, **more)


def until_arrived(home: Path, desk: str, number: int = 1) -> None:
    """Wait until a desk has so many arrivals, asked by HTTP: a command costs a second of CPU."""

    def arrived() -> bool:
        try:
            return len(ask(home, desk, "GET", "/v1/inbox").json().get("items", ())) >= number
        except (httpx.HTTPError, ValueError):
            return False  # it does not answer yet

    until(arrived)


@pytest.mark.nightly
def test_ctrl_c_while_starting_leaves_nothing(tmp_path: Path) -> None:
    """Interrupted before it is ready, `up` still stops all that it has started."""
    fetch_jars()
    home = tmp_path / "home"
    command = tethered((*RELAIS, "up", "--home", home))
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    until((home / "kafka" / "cluster.json").exists)
    time.sleep(1)

    process.send_signal(signal.SIGINT)

    assert process.wait(PATIENCE) == 0
    assert at_work(home) == {}
