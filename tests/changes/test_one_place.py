"""A change is in few places, and what somebody forgets is named: each is made on a copy and tried."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.changes.made import CHANGES, Edits
from tests.changes.registries import ROOT, forgotten

COPIED: Final = ("contracts", "services", "tests/__init__.py", "tests/changes")
PAGE: Final = (ROOT / "CONTRIBUTING.md").read_text("utf-8")


def test_nothing_is_forgotten() -> None:
    """Every word of the bus stands wherever it must."""
    assert forgotten() == []


@pytest.mark.parametrize("kind", CHANGES)
def test_a_change_touches_few_files_and_contributing_names_them(kind: str) -> None:
    """The section of its name lists just the files of the change."""
    edits, most = CHANGES[kind]
    section = PAGE.split(f"## Add {kind}\n")[1].split("\n## ")[0]

    named = {word for word in section.split("`") if word.endswith(".py") and "<" not in word}

    assert len(edits) <= most
    assert {file for file in edits if "visit" not in file} <= named


@pytest.mark.slow
@pytest.mark.parametrize("kind", CHANGES)
def test_each_forgotten_file_is_named(kind: str, tmp_path: Path) -> None:
    """By the walk over the registries, or by Python itself where an import fails."""
    edits, _ = CHANGES[kind]
    copy(tmp_path)

    for left_out in edits:
        make(tmp_path, {file: edit for file, edit in edits.items() if file != left_out})
        said = walk(tmp_path)
        assert left_out in said or Path(left_out).stem in last_line(said), left_out
        undo(tmp_path, edits)
    make(tmp_path, edits)

    assert walk(tmp_path) == ""


def last_line(said: str) -> str:
    """What an error says, after where it was raised."""
    return said.splitlines()[-1] if said else ""


def copy(folder: Path) -> None:
    """The source alone."""
    for name in COPIED:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(
                ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__")
            )
        else:
            shutil.copy(ROOT / name, folder / name)


def make(folder: Path, edits: Edits) -> None:
    """Make edits: each text goes before what it names."""
    for name, texts in edits.items():
        file = folder / name
        for there, text in texts:
            found = file.read_text("utf-8") if there else ""
            assert found.count(there) == 1 if there else not file.exists(), (name, there)
            file.write_text(found.replace(there, text + there) if there else text)


def undo(folder: Path, edits: Edits) -> None:
    """Bring files back to what they are here; those that are not here go."""
    for name in edits:
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, folder / name)
        else:
            (folder / name).unlink(missing_ok=True)


def walk(folder: Path) -> str:
    """What the registries of a copy lack; the error where it cannot be imported.

    Bytecode is kept beside the copy, so that each walk compiles the changed files alone.
    """
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.changes.registries"], cwd=folder, env=kept,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return (done.stdout + done.stderr).strip()
