"""`relais convention diff`: text, JSON and a page; exit 1 if anything opens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import pytest
from typer.testing import CliRunner, Result

from contracts.conventions import SECOND, SHIPPED, read
from services.cli.app import app

FORMS: Final = ("text", "json", "html")


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """Both versions that ship."""
    found = []
    for name in (SHIPPED, SECOND):
        file = tmp_path / name
        file.write_bytes(read(name))
        found.append(str(file))
    return found[0], found[1]


def run(*words: str) -> Result:
    """One command line."""
    return CliRunner().invoke(app, ["convention", "diff", *words])


def test_each_form_says_that_a_version_opens_and_exits_one(files: tuple[str, str]) -> None:
    """So that a review can insist; of the same file twice nothing is said to differ."""
    shown, data, page = (run(*files, "--format", one, "--lang", "en") for one in FORMS)
    same = run(files[0], files[0], "--lang", "en")

    assert [one.exit_code for one in (shown, data, page, same)] == [1, 1, 1, 0]
    assert same.stdout.startswith("No difference in what may be shared.")
    found = json.loads(data.stdout)
    assert (found["opens"], found["same"]) == (True, False)
    for form in (shown.stdout, page.stdout):
        assert "This version permits new sharing" in form
    assert found["opened"][0]["sentence"]["en"] in shown.stdout


def renumbered(folder: Path, *edits: tuple[str, str]) -> str:
    """The second version with clauses under other numbers."""
    text = read(SECOND).decode()
    for old, new in edits:
        text = text.replace(f"  - id: {old}\n", f"  - id: {new}\n")
    file = folder / "renumbered.yaml"
    file.write_text(text)
    return str(file)


def test_a_number_given_to_another_act_is_refused(files: tuple[str, str], tmp_path: Path) -> None:
    """What the log knows by R35 would mean something else: nothing is compared."""
    result = run(files[0], renumbered(tmp_path, ("R35", "R96"), ("R47", "R35")))

    assert (result.exit_code, result.stdout) == (2, "")
    assert "clause_number_reused: " in result.stderr
    assert "R35" in result.stderr


def test_a_number_that_is_left_out_is_said(files: tuple[str, str], tmp_path: Path) -> None:
    """No order would adopt it; what it closes can be read, and what to write is said."""
    result = run(files[0], renumbered(tmp_path, ("R35", "R96")), "--lang", "en")

    assert result.exit_code == 1
    assert "put into the table `repealed`: R35: {event: MISSING, purpose: return}" in result.stderr
    assert "clause R35 becomes clause R96" in result.stdout
