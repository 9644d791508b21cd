"""Commands of production on a machine whose package holds nothing for play."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.patience import PATIENCE

# In a child, since this process has imported `services.play` long ago.
WITHOUT_PLAY = """
import json, sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name == "services.play" or name.startswith("services.play."):
            raise ModuleNotFoundError(f"{name} is absent")
sys.meta_path.insert(0, Absent())
from typer.testing import CliRunner
from services.cli.app import app
done = {words: CliRunner().invoke(app, words.split()) for words in sys.argv[1:]}
told = {words: [one.exit_code, f"{one.stderr}{one.exception}"] for words, one in done.items()}
print(json.dumps(told))
"""
GOOD = (
    "keys new --weeks 1", "keys list", "directory sign --weeks 1", "directory adopt --check",
    "kafka apply --check --format strimzi --layout civil=1:1 --layout criminal=1:1",
    "convention lint",
)  # fmt: skip
TOLD = "kafka apply", "directory adopt", "layout"


def test_keys_directory_topics_and_rights_need_nothing_of_play(tmp_path: Path) -> None:
    """Without an address and without a Kafka of the home's own it is told to name one."""
    environment = {**os.environ, "RELAIS_HOME": str(tmp_path / "home")}
    command = (sys.executable, "-c", WITHOUT_PLAY, *GOOD, *TOLD, "up")

    out = subprocess.check_output(command, env=environment, text=True, timeout=PATIENCE)

    told = json.loads(out)
    assert {words: told[words] for words in GOOD if told[words][0]} == {}
    assert [(told[words][0], "--kafka" in told[words][1]) for words in TOLD] == [(2, True)] * 3
    assert "services.play is absent" in told["up"][1]  # so the others' success says something
