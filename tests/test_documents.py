"""The documents say what is so: names in them exist, commands in them are commands."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import pytest
import typer.main

from contracts.convention.load import load
from contracts.conventions import SECOND, SHIPPED, read
from services.cli.app import create_app
from services.platform.process import exit_codes

ROOT = Path(__file__).parent.parent
NAME = re.compile(r"`((?:contracts|services)(?:\.\w+)+):(\w+)`")
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "deploy").rglob("*.md")]
HISTORY = {"CHANGELOG.md", "DECISIONS.md"}  # tell of what was
RELAIS = typer.main.get_command(create_app())
TYPED = re.compile(r"`(relais [^`]+)`|^    (relais .+)$", re.MULTILINE)
PATH = re.compile(r"`((?:contracts|services|tests|docs|deploy)/[\w./-]+)`")


def named() -> list[tuple[str, str]]:
    """Every `module:name` of the page on one event's life."""
    return NAME.findall((ROOT / "docs" / "one-event.md").read_text("utf-8"))


def test_the_page_on_one_event_names_the_functions_it_passes_through() -> None:
    """It names some twenty, not a tour of the house."""
    assert 15 <= len(named()) <= 30


@pytest.mark.parametrize(("module", "name"), named())
def test_every_name_on_the_page_exists(module: str, name: str) -> None:
    """A renamed function makes the page wrong, and this test red."""
    assert hasattr(importlib.import_module(module), name)


@pytest.mark.parametrize(
    "page",
    [
        "CONTRIBUTING.md",
        "SECURITY.md",
        "README.md",
        "docs/one-event.md",
        "docs/change-the-convention.md",
    ],
)
def test_every_path_in_a_document_exists(page: str) -> None:
    """Paths in backticks lead somewhere."""
    paths = PATH.findall((ROOT / page).read_text("utf-8"))

    missing = [path for path in paths if not (ROOT / path).exists()]

    assert missing == []


@pytest.mark.parametrize(
    "page", sorted(str(path.relative_to(ROOT)) for path in PAGES if path.name not in HISTORY)
)
def test_every_command_in_a_document_is_one(page: str) -> None:
    """In a sentence too, where no test runs it: `relais` has it, and it has these options."""
    typed = TYPED.findall((ROOT / page).read_text("utf-8"))

    assert [words for both in typed for words in both if words and not _is_command(words)] == []


def _is_command(typed: str) -> bool:
    """Whether there is such a command, or each of `a|b`; what a shell does with it is not looked at."""
    words = re.split(r"\s[>|]\s|\$\(", typed)[0].split()[1:]
    commands: list[Any] = [RELAIS]
    while words and hasattr(commands[0], "commands") and not words[0].startswith(("-", "<")):
        names = words.pop(0).split("|")
        commands = [command.commands.get(name) for command in commands for name in names]
        if None in commands:
            return False
    options = {name for command in commands for option in command.params for name in option.opts}
    asked = {word.strip("[]") for word in words if word.startswith(("--", "[--"))}
    return asked <= options | {"--help"}


def test_a_number_of_clauses_says_of_which_version_it_is() -> None:
    """Without it, it is wrong of one of them."""
    counts = [len(load(read(name), name).by_clause) for name in (SHIPPED, SECOND)]
    readme = (ROOT / "README.md").read_text("utf-8")
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]

    bare = re.compile(r"\b\d\d clauses\b(?! of version)")

    assert "({} in version 1, {} in version 2)".format(*counts) in readme
    assert [page.name for page in pages if bare.search(page.read_text("utf-8"))] == []


def test_every_test_that_security_cites_exists() -> None:
    """A claim without its test is no claim."""
    cited = set(re.findall(r"`(test_\w+)`", (ROOT / "SECURITY.md").read_text("utf-8")))
    sources = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("*.py"))

    missing = [name for name in sorted(cited) if f"def {name}(" not in sources]

    assert missing == []


def test_the_readme_shows_every_folder_of_the_source() -> None:
    """Who looks for something finds its folder by its name; none is told that is not there."""
    table = (ROOT / "README.md").read_text("utf-8").partition("## Where things are")[2]
    told = set(re.findall(r"`([a-z_/]+)/`", table.partition("\n## ")[0]))
    rooms = [
        path.relative_to(ROOT).as_posix()
        for top in ("contracts", "services")
        for path in (ROOT / top).iterdir()
        if (path / "__init__.py").exists()
    ]

    assert set(rooms) - told == set()
    assert [name for name in sorted(told) if not (ROOT / name).is_dir()] == []


def test_the_readme_lists_every_exit_code() -> None:
    """A script that waits for one finds it there."""
    codes = {
        value for name, value in vars(exit_codes).items() if name.isupper() and isinstance(value, int)
    }  # fmt: skip
    text = (ROOT / "README.md").read_text("utf-8")
    listed = re.search(r"Exit codes[:\s]+(0 good.*?)\n\n", text, re.DOTALL)

    assert len(codes) >= 7
    assert listed
    assert {int(one) for one in re.findall(r"\b(\d) ", listed[1])} == codes
