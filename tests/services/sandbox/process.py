"""`relais sandbox` in a process of its own."""

from __future__ import annotations

import os
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

from services.platform.process.tether import tethered
from tests.patience import PATIENCE


@contextmanager
def running(home: Path, *options: str) -> Iterator[dict[str, Any]]:
    """A sandbox as a newcomer starts it; yields what it printed, ends it by Ctrl-C."""
    command = (sys.executable, "-m", "services", "sandbox", "--port", "0", "--format", "json")
    out = home.with_suffix(".out")
    began = time.monotonic()
    with out.open("wb") as file:
        process = subprocess.Popen(tethered((*command, "--home", home, *options)), stdout=file)
    try:
        facts = _printed(process, out)
        yield facts | {"took_s": time.monotonic() - began, "cpu_s": _cpu_s(process.pid)}
    finally:
        process.send_signal(signal.SIGINT)
        code = process.wait(PATIENCE)
    assert code == 0


def _printed(process: subprocess.Popen[bytes], out: Path) -> dict[str, Any]:
    until = time.monotonic() + PATIENCE
    while not out.read_bytes().endswith(b"}\n"):
        assert process.poll() is None, "it has ended"
        assert time.monotonic() < until, "it prints nothing"
        time.sleep(0.02)
    facts: dict[str, Any] = orjson.loads(out.read_bytes())
    return facts | {"pid": process.pid}


def _cpu_s(pid: int) -> float:
    """Seconds of CPU that a process has had."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(pid: int) -> float:
    """Megabytes (10^6) that a process holds in memory."""
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return round(int(line.split()[1]) * 1024 / 1e6, 1)


def client(facts: dict[str, Any], desk: str) -> httpx.Client:
    """A desk's partner system."""
    token = (Path(facts["tokens"]) / desk).read_text()
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(base_url=facts["url"], headers=headers, timeout=PATIENCE, trust_env=False)
