"""The `relais` command: starts fast, registers what exists, exits by its codes, completes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli.app import create_app
from services.platform.process.exit_codes import WRONG_USE

HEAVY = ("aiokafka", "cryptography", "fastapi", "faststream", "httpx", "pydantic", "rich.table")


def test_help_imports_nothing_heavy() -> None:
    """What a command runs is imported when it runs."""
    code = (
        f"import sys, services.cli.app\nprint([name for name in {HEAVY!r} if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("--version", 0, "relais 0."),
        ("kafka wrong", WRONG_USE, ""),
        ("kafka up --nodes x", WRONG_USE, ""),
        ("no", WRONG_USE, ""),
    ],
)
def test_its_version_is_said_and_wrong_use_exits_with_2(words: str, code: int, said: str) -> None:
    """An unknown command or a value that does not parse."""
    done = CliRunner().invoke(create_app(), words.split())

    assert (done.exit_code, done.stdout.startswith(said)) == (code, True)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("kafka ", {"up", "down", "apply"}),
        ("reply --format ", {"text", "json"}),
        ("inbox --desk ", {"crip", "edu-s"}),
        ("send --agency ju", {"justice"}),
    ],
)
def test_tab_completes(words: str, expected: set[str], tmp_path: Path) -> None:
    """Commands, options, and values, in a home that has two desks."""
    for desk in ("crip", "edu-s"):
        (tmp_path / "tokens").mkdir(exist_ok=True)
        (tmp_path / "tokens" / desk).touch()
    asked = {"_RELAIS_COMPLETE": "complete_bash", "COMP_WORDS": f"relais {words}"}
    env = {**asked, "COMP_CWORD": str(len(words.split(" "))), "RELAIS_HOME": str(tmp_path)}

    done = CliRunner().invoke(create_app(), [], prog_name="relais", env=env)

    assert set(done.stdout.split()) == expected
