"""`relais sandbox` in a process of its own."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson

from services.platform.process.tether import tethered
from tests.patience import PATIENCE, until
from tests.samples import sample


def concern(**changes: Any) -> dict[str, Any]:
    """An information préoccupante of a head teacher."""
    return sample("education", "information_preoccupante", **changes)


@contextmanager
def running(home: Path, *options: str) -> Iterator[dict[str, Any]]:
    """A sandbox as a newcomer starts it; yields what it printed, ends it by Ctrl-C."""
    command = (sys.executable, "-m", "services", "sandbox", "--port", "0", "--format", "json")
    out = home.with_suffix(".out")
    with out.open("wb") as file:
        process = subprocess.Popen(tethered((*command, "--home", home, *options)), stdout=file)
    try:
        until(lambda: process.poll() is not None or out.read_bytes().endswith(b"}\n"))
        assert process.poll() is None, "it has ended"
        yield orjson.loads(out.read_bytes()) | {"pid": process.pid}
    finally:
        process.send_signal(signal.SIGINT)
        code = process.wait(PATIENCE)
    assert code == 0


def speaking(facts: dict[str, Any], desk: str) -> dict[str, Any]:
    """What makes a client of HTTP a desk's partner system."""
    headers = {"Authorization": f"Bearer {(Path(facts['tokens']) / desk).read_text()}"}
    return {"base_url": facts["url"], "headers": headers, "timeout": PATIENCE, "trust_env": False}


def client(facts: dict[str, Any], desk: str) -> httpx.Client:
    """A desk's partner system."""
    return httpx.Client(**speaking(facts, desk))


def send(http: httpx.Client, reference: str, query: str = "", **headers: str) -> httpx.Response:
    """A concern with a reference."""
    record = concern(reference=reference)
    return http.post(f"/v1/referrals{query}", json=record, headers=headers)


def sent(http: httpx.Client, reference: str, **headers: str) -> str:
    """Where one stands that was taken."""
    return str(send(http, reference, **headers).headers["location"])


def seen(
    http: httpx.Client, path: str, holds: Callable[[dict[str, Any]], object]
) -> dict[str, Any]:
    """An answer, once something holds of it."""
    bodies: list[dict[str, Any]] = [{}]

    def asked() -> object:
        bodies.append(http.get(path).json())
        return holds(bodies[-1])

    until(asked, lambda: bodies[-1])
    return bodies[-1]
