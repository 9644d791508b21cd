"""The `relais` command: starts fast, explains each command, exits by its codes, misses a home."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import typer
import typer.main

from services.cli.app import COMMANDS as TABLE
from services.cli.app import app, typed
from services.operate.home.home import Home
from services.platform.process.exit_codes import WRONG_USE
from tests.contracts.envelope.kit import NOW
from tests.shell import invoke

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
    done = invoke(*words.split())

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
    page = invoke("--help").output
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
    page = " ".join(invoke("serve", "--help").output.split())

    assert "Environment, routing: RELAIS_" in page
    assert 'RELAIS_REALMS JSON list of the buses that its desks are on [default: ["civil"]]' in page


@pytest.mark.parametrize(
    "words",
    [
        "quarantine list", "quarantine decide 0:99 --discard", "layout", "status",
        "layout --kafka 127.0.0.1:9", "layout --shards 2",  # the owners' keys are the home's
        "send --agency education .relais/examples/concern.json", "inbox --desk crip",
        "send --desk edu-s -", "directory sign", "directory adopt", "kafka apply --check",
    ],
)  # fmt: skip
def test_a_folder_without_a_federation_is_told_in_the_same_words(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is typed in the wrong folder: what is missing, how to make it or name it."""
    monkeypatch.chdir(tmp_path)

    done = invoke(*words.split())

    expected = "expected `relais up`, or --home / RELAIS_HOME"
    assert done.exit_code == WRONG_USE
    assert done.stderr == (f"relais: home_missing at .relais: got no federation here, {expected}\n")
    assert list(tmp_path.iterdir()) == []


def test_brokers_by_name_need_no_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder says nothing."""
    monkeypatch.chdir(tmp_path)

    listed = invoke("quarantine", "list", "--kafka", "127.0.0.1:9")

    assert "kafka_unreachable" in listed.stderr


@pytest.mark.parametrize(
    "words",
    ["directory adopt", "directory sign", "kafka apply --check --format strimzi"],
)
def test_a_home_without_keys_is_told_without_a_trace(words: str, tmp_path: Path) -> None:
    """Which file is missing and what makes it; and nothing is half made."""
    done = invoke(*words.split(), "--home", tmp_path)

    assert done.exit_code == WRONG_USE
    assert "home_incomplete" in done.stderr
    assert "expected `relais keys new` or `relais up`" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_directory_is_signed_where_the_owners_key_is(tmp_path: Path) -> None:
    """Without it no desk gets a key, and the directory before stays."""
    home = Home(tmp_path / "home")
    home.prepare(NOW, weeks=1)
    own = home.keys / "owners" / "directory-1.json"
    hidden = own.rename(tmp_path / own.name)
    before = sorted(home.path.rglob("*"))

    refused = invoke("directory", "sign", "--weeks", "9", "--home", home.path)
    left = sorted(home.path.rglob("*"))
    hidden.rename(own)
    signed = invoke("directory", "sign", "--weeks", "9", "--home", home.path)

    assert (refused.exit_code, "home_incomplete" in refused.stderr) == (WRONG_USE, True)
    assert left == before
    assert (signed.exit_code, "version 2" in signed.stdout) == (0, True)
