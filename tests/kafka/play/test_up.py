"""`relais up` as a newcomer uses it: a table, three commands that work, Ctrl-C, and on again."""

from __future__ import annotations

import os
import re
import shlex
import shutil
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

RELAIS = (sys.executable, "-m", "services")

pytestmark = [pytest.mark.kafka, pytest.mark.slow]


@contextmanager
def federation(home: Path, *options: str) -> Iterator[dict[str, Any]]:
    """`relais up` in a process of its own; yields what it printed, ends it by Ctrl-C."""
    fetch_jars()
    command = (*RELAIS, "up", "--home", str(home), "--format", "json", *options)
    with (home.parent / "up.txt").open("w+b") as out:
        process = subprocess.Popen(tethered(command), stdout=out)
        try:
            yield _printed(process, Path(out.name))
        finally:
            process.send_signal(signal.SIGINT)
            code = process.wait(PATIENCE)
    assert code == 0
    assert not _left(home)


def relais(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command of the same home."""
    command = (*RELAIS, *arguments, "--home", str(home))
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


def test_a_restart_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was sent before is in the inbox after, what was owed is owed, new events come."""
    home = tmp_path / "home"
    monkeypatch.setenv("RELAIS_LOG_LOOK_S", "1")

    with federation(home) as facts:
        for command in facts["try"]:
            assert _tried(command), command
        until_arrived(home, "crip")
        before, owed = (
            arrivals(home, "crip"),
            ask(home, "crip", "GET", "/v1/duties").json()["items"],
        )
        second = relais(home, "up")
    with federation(home):
        after, still = (
            arrivals(home, "crip"),
            ask(home, "crip", "GET", "/v1/duties").json()["items"],
        )
        sent = relais(home, "send", "--desk", "edu-s", str(home / "examples" / "concern.json"))
        until_arrived(home, "crip", 2)
        audit = relais(home, "audit", "replay", "--format", "json")
        dec, out = before[0]["receipt"], str(tmp_path / "p.tlog-proof")
        proving = ("audit", "prove", dec, "--log", str(home / "state" / "mirror-police"))
        until(lambda: relais(home, *proving, "--out", out).returncode == 0)
    shutil.rmtree(home / "kafka")
    shutil.rmtree(home / "state" / "log")
    proved = relais(home, *proving, "--out", out)
    checked = relais(home, "audit", "check", out, "--dec", dec)

    assert second.returncode == 2
    assert "already_running" in second.stderr
    assert after == before
    assert [duty["act"] for duty in owed] == ["ACK:received", "R39:final"]
    assert still == owed
    assert sent.returncode == 0, sent.stderr
    assert audit.returncode == 0, audit.stdout
    assert orjson.loads(audit.stdout)["clean"]
    assert proved.returncode == 0, proved.stderr
    assert checked.returncode == 0, checked.stdout


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
    assert not _left(home)


def _printed(process: subprocess.Popen[bytes], file: Path) -> dict[str, Any]:
    until(lambda: process.poll() is not None or file.read_bytes().endswith(b"\n}\n"))
    assert process.poll() is None, "relais up ended"
    found: dict[str, Any] = orjson.loads(file.read_bytes())
    return found


def _tried(command: str) -> bool:
    """Run a printed command in a shell, with `relais` as this interpreter's."""
    ours = re.sub(r"^relais ", " ".join(map(shlex.quote, RELAIS)) + " ", command)
    done = subprocess.run(ours, shell=True, capture_output=True, check=False, timeout=PATIENCE)  # noqa: S602
    return done.returncode == 0


def _left(home: Path) -> list[str]:
    """Command lines that name the home, or a service that was started with it."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            text = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        except OSError:
            continue
        if str(home).encode() in text and int(process.name) != os.getpid():
            found.append(text.replace(b"\0", b" ").decode(errors="replace")[:200])
    return found
