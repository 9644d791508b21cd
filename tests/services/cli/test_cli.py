"""The `relais` command: starts fast, registers what exists, exits by its codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli import app
from services.platform.process.exit_codes import GOOD, WRONG_USE

HEAVY = ("aiokafka", "cryptography", "fastapi", "faststream", "httpx", "pydantic", "rich.table")


@pytest.fixture
def relais() -> CliRunner:
    """Runs commands in this process."""
    return CliRunner()


def test_help_imports_nothing_heavy() -> None:
    """What a command runs is imported when it runs."""
    code = (
        f"import sys, services.cli.app\nprint([name for name in {HEAVY!r} if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_it_says_its_version(relais: CliRunner) -> None:
    """Without any command, and with 0."""
    result = relais.invoke(app.create_app(), ["--version"])

    assert result.exit_code == GOOD
    assert result.stdout.startswith("relais 0.")


@pytest.mark.parametrize("arguments", [["kafka", "wrong"], ["kafka", "up", "--nodes", "x"], ["no"]])
def test_wrong_use_exits_with_2(relais: CliRunner, arguments: list[str]) -> None:
    """An unknown command or a value that does not parse."""
    assert relais.invoke(app.create_app(), arguments).exit_code == WRONG_USE


@pytest.mark.kafka
@pytest.mark.slow
def test_kafka_up_and_down_from_the_shell(relais: CliRunner, tmp_path: Path) -> None:
    """Up answers with the address, twice the same; down twice is no error."""
    home = ["--home", str(tmp_path)]

    def run(command: str) -> tuple[int, dict[str, object]]:
        result = relais.invoke(app.create_app(), ["kafka", command, *home, "--format", "json"])
        assert result.exit_code == GOOD, result.output
        return result.exit_code, json.loads(result.stdout)

    try:
        up_code, up = run("up")
        again_code, again = run("up")
    finally:
        down_code, down = run("down")

    assert (up_code, again_code, down_code) == (GOOD, GOOD, GOOD)
    assert up == again
    assert up["running"] is True
    assert down["running"] is False
    assert run("down")[0] == GOOD
