"""`relais status`: it answers whatever is down, and its exit code says whether anything is wrong."""

from __future__ import annotations

from pathlib import Path

import orjson
from typer.testing import CliRunner

from services.cli.app import app
from services.operate.home.folder import HomeFolder


def test_with_everything_down_it_says_so_and_exits_with_1(tmp_path: Path) -> None:
    """Nobody listens anywhere: each service and the broker are named."""
    targets = tmp_path / "targets.json"
    targets.write_bytes(
        orjson.dumps([{"targets": ["127.0.0.1:1"], "labels": {"instance": "police"}}])
    )

    done = CliRunner().invoke(
        app,
        [
            "status", "--home", str(tmp_path), "--targets", str(targets), "--kafka", "127.0.0.1:1",
            "--format", "json",
        ],
    )  # fmt: skip

    told = orjson.loads(done.stdout)
    assert done.exit_code == 1
    assert {(row["alert"], row["of"]) for row in told["alerts"]} >= {
        ("RelaisDown", "police"), ("RelaisBrokerAway", "127.0.0.1:1"),
    }  # fmt: skip


def test_with_a_damaged_list_of_addresses_it_tells_what_it_can(tmp_path: Path) -> None:
    """A disk that was full left half a file: brokers are looked at all the same."""
    HomeFolder(tmp_path).addresses_file.write_bytes(b'{"kafka": ')

    done = CliRunner().invoke(
        app, ["status", "--home", str(tmp_path), "--kafka", "127.0.0.1:1", "--format", "json"]
    )

    assert done.exit_code == 1
    alerts = orjson.loads(done.stdout)["alerts"]
    assert "RelaisBrokerAway" in {row["alert"] for row in alerts}


def test_without_a_home_it_says_how_to_come_by_one(tmp_path: Path) -> None:
    """Nothing to look at is wrong use, not a federation that is down."""
    done = CliRunner().invoke(app, ["status", "--home", str(tmp_path / "none")])

    assert done.exit_code == 2
    assert "home_missing" in done.stderr
