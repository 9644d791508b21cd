"""`relais kafka`, without any broker: what it says, and when it does not stop what runs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli.app import app
from services.operate.home.lock import alone
from services.platform.process.exit_codes import GOOD, WRONG_USE
from services.play.kafka import brokers
from tests.kafka_like import cluster_of

RUN = CliRunner()


def test_down_is_refused_while_the_home_is_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its broker is not taken from under it; whose process it is, and how to end it, is told."""
    stopped: list[Path] = []
    monkeypatch.setattr(brokers, "stop", stopped.append)

    with alone(tmp_path):
        held = RUN.invoke(app, ["kafka", "down", "--home", str(tmp_path)])
    free = RUN.invoke(app, ["kafka", "down", "--home", str(tmp_path)])

    assert held.exit_code == WRONG_USE
    assert f"already_running at {tmp_path}: got process {os.getpid()}" in held.stderr
    assert "Ctrl-C" in held.stderr
    assert free.exit_code == GOOD
    assert stopped == [tmp_path / "kafka"]


@pytest.mark.parametrize(
    ("pids", "said"), [((), "nothing ran\n"), ((11, 12), "stopped 2 node(s)\n")]
)
def test_down_says_what_it_stopped(
    pids: tuple[int, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not what is so afterwards, which is always the same."""
    monkeypatch.setattr(brokers, "status", lambda _: cluster_of(*range(len(pids)), pids=pids))
    monkeypatch.setattr(brokers, "stop", lambda _: bool(pids))

    done = RUN.invoke(app, ["kafka", "down", "--home", str(tmp_path / "home")])

    assert (done.exit_code, done.stdout) == (GOOD, said)
    assert not (tmp_path / "home").exists()  # looking for the lock makes none
