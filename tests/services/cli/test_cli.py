"""The `relais` command: starts fast, explains each command, exits by its codes."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, Final

import pytest
import typer
import typer.main
from typer.testing import CliRunner

from services.cli.app import COMMANDS as TABLE
from services.cli.app import app, typed
from services.platform.process.exit_codes import WRONG_USE

HEAVY = (
    "aiokafka", "babel", "cryptography", "fastapi", "faststream", "httpx", "jinja2", "pydantic",
    "rich.table",
)  # fmt: skip


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
    done = CliRunner().invoke(app, words.split())

    assert (done.exit_code, done.stdout.startswith(said)) == (code, True)


ROOT: Final[Any] = typer.main.get_command(app)
DOCUMENTS: Final = {
    "demo", "convention matrix", "convention diff", "convention lint", "convention explain",
    "audit verify", "report",
}  # fmt: skip
SHARED: Final = {
    "--home": "RELAIS_HOME", "--kafka": "RELAIS_KAFKA", "--tls-ca": "RELAIS_TLS_CA",
    "--tls-cert": "RELAIS_TLS_CERT", "--tls-key": "RELAIS_TLS_KEY",
}  # fmt: skip


def walk(command: Any = ROOT, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Every command without commands below it: what is typed after `relais`, and the command."""
    if not hasattr(command, "commands"):
        yield " ".join(path), command
        return
    for name, below in command.commands.items():
        yield from walk(below, (*path, name))


COMMANDS: Final = dict(walk())


def test_relais_lists_every_command_on_one_screen() -> None:
    """Each once, by reader, none cut; 30 lines of 80 columns."""
    page = CliRunner().invoke(app, ["--help"]).output
    listed = [typed(row) for rows in TABLE.values() for row in rows]

    assert sorted(listed) == sorted(ROOT.commands)
    assert len(page.splitlines()) <= 30
    assert max(map(len, page.splitlines())) <= 80
    assert "..." not in page.replace("[ARGS]...", "")


@pytest.mark.parametrize("path", COMMANDS)
def test_a_command_is_explained_with_an_example(path: str) -> None:
    """Every option has help and is the same everywhere; the example names all required ones."""
    command = COMMANDS[path]
    options = {name: one for one in command.params for name in one.opts}
    _text, _colon, example = command.help.partition("Example: relais ")
    words = shlex.split(example.split(">")[0])

    assert [one.name for one in command.get_params(typer.Context(command)) if not one.help] == []
    assert example.startswith(path)
    assert {word for word in words if word.startswith("--")} <= set(options)
    for option in command.params:
        if option.required and option.param_type_name == "option":
            assert set(option.opts) & set(words), option.name
    formats = {"json"} if path == "serve" else options["--format"].type_descriptor.annotation
    assert "json" in {str(one) for one in formats}
    assert [
        name for name in SHARED if name in options and options[name].envvar != SHARED[name]
    ] == []
    assert ("--lang" in options) is (path in DOCUMENTS)


def test_serve_lists_its_environment() -> None:
    """Each setting with its meaning and default."""
    page = " ".join(CliRunner().invoke(app, ["serve", "--help"]).output.split())

    assert "Environment, routing: RELAIS_" in page
    assert 'RELAIS_REALMS JSON list of the buses that its desks are on [default: ["civil"]]' in page
