"""Which convention is in force, asked of a real broker by a command that is given no FILE."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner

from contracts.vocabulary.scopes import REALMS
from services.cli.app import create_app
from services.cli.committee import which_convention
from services.operate.home.first_orders import give_first_orders
from services.play.kafka import brokers
from tests.contracts.envelope.kit import NOW
from tests.kafka.operate.test_adoption import prepared_home
from tests.kafka_like import cluster_of

pytestmark = pytest.mark.anyio


async def test_control_says_which_convention_is_in_force(
    fresh: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything was adopted the file stands in; then it is the bus, whatever the file says."""
    town = await prepared_home(fresh, tmp_path)
    town.home.kafka.mkdir()
    found = cluster_of(int(fresh.rpartition(":")[2]), pids=(1,))
    monkeypatch.setattr(brokers, "status", lambda path: found)
    words = ["convention", "matrix", "--act", "R01", "--home", str(town.home.path)]

    before = await asyncio.to_thread(CliRunner().invoke, create_app(), words)
    await give_first_orders(town.home, fresh, NOW, dict.fromkeys(REALMS, 1))
    town.file.write_text("no convention any more")
    after = await asyncio.to_thread(CliRunner().invoke, create_app(), words)
    verify = ["convention", "verify", "--home", str(town.home.path)]
    signed = await asyncio.to_thread(CliRunner().invoke, create_app(), verify)

    digest = town.home.convention.digest[: which_convention.SHOWN]
    assert "rien n’est encore en vigueur sur le bus" in before.stderr
    assert after.stderr == f"Convention\u00a0: version 1, en vigueur sur le bus ({digest}…)\n"
    assert "R01" in after.stdout
    assert signed.exit_code == 0
    assert signed.stdout.count("signed   ") == len(town.home.convention.parties)
