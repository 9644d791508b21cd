"""Kafka stops answering: every service says that it is not ready."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import httpx
import orjson
import pytest

from services.play.kafka import brokers
from services.play.kafka.fetch import fetch_jars
from tests.kafka.operate.test_operate import programs, up
from tests.patience import until

__all__ = ["programs"]  # a fixture: `relais` is this repository's


def ready(urls: list[str]) -> list[bool]:
    """Whether each service says that it is ready; one that is gone is not."""
    found = []
    with httpx.Client(timeout=2, trust_env=False) as client:
        for url in urls:
            try:
                found.append(client.get(f"{url}/ready").status_code == httpx.codes.OK)
            except httpx.HTTPError:
                found.append(False)
    return found


def until_all(urls: list[str], *, are: bool) -> None:
    """Wait until all services are ready, or none is."""
    until(lambda: set(ready(urls)) == {are}, lambda: ready(urls))


@pytest.mark.kafka
@pytest.mark.slow
def test_no_service_is_ready_once_kafka_is_suspended_or_dead(
    tmp_path: Path, programs: dict[str, str]
) -> None:
    """SIGSTOP, and SIGKILL with nobody to start it again: told, and over when it is back."""
    fetch_jars()
    with up(tmp_path, programs, "relais up") as federation:
        addresses = orjson.loads((tmp_path / ".relais/addresses.json").read_bytes())
        # The console reads none of Kafka, and is there for when it is away.
        urls = [url for name, url in addresses.items() if name not in ("kafka", "console")]
        until_all(urls, are=True)
        (pid,) = brokers.status(tmp_path / ".relais/kafka").pids.values()

        os.kill(pid, signal.SIGSTOP)
        until_all(urls, are=False)
        os.kill(pid, signal.SIGCONT)
        until_all(urls, are=True)
        federation.send_signal(signal.SIGSTOP)  # else it starts Kafka again at once
        os.kill(pid, signal.SIGKILL)
        until_all(urls, are=False)
        federation.send_signal(signal.SIGCONT)
        until_all(urls, are=True)

    assert len(urls) >= 8
