"""`relais sandbox` as a newcomer starts it."""

from __future__ import annotations

import asyncio
import socket
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from contracts.errors import UsageError
from services.cli.app import app as cli
from services.operate.home.home import Home
from services.operate.home.lock import alone
from services.sandbox.app import serve
from tests.services.sandbox.dialogue import DESK, Dialogue, statuses
from tests.services.sandbox.process import client, resident, running

RUN = CliRunner()


def test_a_school_has_its_whole_conversation_with_it(tmp_path: Path) -> None:
    """The conversation that a test on Kafka has with a federation too, word for word."""
    with running(tmp_path / "home", "--empty") as facts, client(facts, DESK) as http:
        told = (
            f"\nanswered after {facts['took_s']:.1f} s, {facts['cpu_s']:.1f} s of CPU; "
            f"{resident(facts['pid'])} MB"
        )
        heard = list(statuses(Dialogue(http, lambda *_: None).hold()))
        second = RUN.invoke(cli, ["sandbox", "--home", facts["home"]])
    sys.stdout.write(f"{told}\n")

    assert {status for _asked, status in heard} >= {200, 202, 400, 401, 403, 404, 405, 409, 422}
    assert not [asked for asked, status in heard if status >= 500]
    assert second.exit_code == 2
    assert f"got process {facts['pid']} at {facts['url']}, " in second.stderr


def test_a_federations_home_is_left_alone(tmp_path: Path) -> None:
    """Told as that while it runs too: its clock would go, and its directory be signed anew."""
    (tmp_path / "owners.json").touch()

    with alone(tmp_path):
        refused = RUN.invoke(cli, ["sandbox", "--home", str(tmp_path)])

    assert refused.exit_code == 2
    assert f"home_of_federation at {tmp_path}: got a federation's home, " in refused.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"owners.json", "up.lock"}


def test_wrong_use_is_told_before_a_key_is_made(tmp_path: Path) -> None:
    """A port that somebody has, by its number; an agency that there is not."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for agency, at, said in (
            ("education", port, f"port_taken at {port}"), ("nobody", 0, "agency_unknown"),
        ):  # fmt: skip
            with pytest.raises(UsageError, match=said):
                asyncio.run(serve(Home(tmp_path), agency, at, print, asyncio.Event()))

    assert list(tmp_path.iterdir()) == []
