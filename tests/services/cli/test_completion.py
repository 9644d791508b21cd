"""Tab: commands, options, and cheap values, as Typer's scripts for shells ask for them."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli.app import create_app


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("rep", {"reply", "report"}),
        ("kafka ", {"up", "down", "apply"}),
        ("reply --fo", {"--format"}),
        ("reply --format ", {"text", "json"}),
        ("inbox --desk ", {"crip", "edu-s"}),
        ("send --agency ju", {"justice"}),
        ("inbox --desk x", set()),
    ],
)
def test_tab_completes(words: str, expected: set[str], tmp_path: Path) -> None:
    """In a home that has two desks."""
    for desk in ("crip", "edu-s"):
        (tmp_path / "tokens").mkdir(exist_ok=True)
        (tmp_path / "tokens" / desk).touch()
    asked = {"_RELAIS_COMPLETE": "complete_bash", "COMP_WORDS": f"relais {words}"}
    env = {**asked, "COMP_CWORD": str(len(words.split(" "))), "RELAIS_HOME": str(tmp_path)}

    done = CliRunner().invoke(create_app(), [], prog_name="relais", env=env)

    assert set(done.stdout.split()) == expected
