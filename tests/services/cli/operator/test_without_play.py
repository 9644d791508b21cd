"""Commands of production on a machine whose package holds nothing for play."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import PATIENCE

# A child, since this process has imported `services.play` long ago.
WITHOUT_PLAY = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name == "services.play" or name.startswith("services.play."):
            raise ModuleNotFoundError(f"{name} is absent")
sys.meta_path.insert(0, Absent())
from services.cli.app import app
app(sys.argv[1:])
"""


def relais(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command in a process that cannot import `services.play`."""
    environment = {**os.environ, "RELAIS_HOME": str(home)}
    return subprocess.run(
        (sys.executable, "-c", WITHOUT_PLAY, *arguments),
        env=environment, capture_output=True, text=True, check=False, timeout=PATIENCE,
    )  # fmt: skip


def test_keys_directory_topics_and_rights_need_nothing_of_play(tmp_path: Path) -> None:
    """Keys are made, a directory is signed and checked, topics and rights are planned."""
    home = tmp_path / "home"
    commands = (
        "keys new --weeks 1",
        "keys list",
        "directory sign --weeks 1",
        "directory adopt --check",
        "kafka apply --check --format strimzi --layout civil=1:1 --layout criminal=1:1",
        "convention lint",
    )

    done = {command: relais(home, *command.split()) for command in commands}

    assert {command: one.stderr for command, one in done.items() if one.returncode} == {}


@pytest.mark.parametrize("command", ["kafka apply", "directory adopt", "layout"])
def test_who_names_no_kafka_is_told_to(tmp_path: Path, command: str) -> None:
    """Without an address and without a Kafka of the home's own the answer says what to name."""
    home = tmp_path / "home"
    assert relais(home, "keys", "new", "--weeks", "1").returncode == 0

    said = relais(home, *command.split())

    assert said.returncode == 2
    assert "--kafka" in said.stderr


def test_the_search_for_play_can_find_it(tmp_path: Path) -> None:
    """A command for play does fail there, so the others' success says something."""
    assert "services.play is absent" in relais(tmp_path, "up").stderr
