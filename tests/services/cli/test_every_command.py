"""What every command offers, whichever it is: the whole tree is walked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pytest
import typer.main
from typer.testing import CliRunner

from services.cli.app import create_app
from services.texts import Text
from tests.services.texts.typed import as_typed

# Why a command prints neither data nor words of its own.
SILENT: Final = {"serve": "runs until SIGTERM; what it says are log lines, JSON already"}


def walked(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Every command below another: what is typed after `relais`, and the command."""
    if not hasattr(command, "commands"):
        yield " ".join(path), command
        return
    for name, below in command.commands.items():
        yield from walked(below, (*path, name))


COMMANDS: Final = dict(walked(typer.main.get_command(create_app())))
SPEAKING: Final = sorted(set(COMMANDS) - set(SILENT))


def options(path: str) -> dict[str, Any]:
    """`--name` -> the option of a command."""
    return {name: option for option in COMMANDS[path].params for name in option.opts}


def values(option: Any) -> set[str]:
    """What an option of fixed values takes."""
    return {choice.value for choice in option.type_descriptor.annotation}


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("group", ["", "convention", "keys", "setup", "quarantine"])
def test_a_list_of_commands_says_each_whole(group: str, lang: str) -> None:
    """What a command is for is not cut where a line of the terminal ends."""
    words = [*group.split(), "--help"]
    said = CliRunner().invoke(create_app(), words, env={"RELAIS_LANG": lang}).output
    heading = {"fr": "Commandes :", "en": "Commands:"}[lang]
    listed = " ".join(as_typed(said).partition(heading)[2].split())
    below: Any = typer.main.get_command(create_app())
    for name in group.split():
        below = below.commands[name]

    for command in below.commands.values():
        first = " ".join(command.help.partition("\n\n")[0].split())
        assert as_typed(Text("services.cli", first).say(lang)) in listed
    assert "..." not in listed


def test_the_walk_sees_the_tree() -> None:
    """Commands of groups and those without one; none is excused that does not exist."""
    assert {"send", "duties", "convention sign", "setup keys", "keys party"} <= set(COMMANDS)
    assert set(SILENT) <= set(COMMANDS)


@pytest.mark.parametrize("path", SPEAKING)
def test_it_prints_its_data_as_json_too(path: str) -> None:
    """`--format json`, whatever other forms there are."""
    form = options(path).get("--format")

    assert form is not None, f"`relais {path}` has no --format"
    assert "json" in values(form)


@pytest.mark.parametrize("path", SPEAKING)
def test_it_speaks_french_and_english(path: str) -> None:
    """`--lang`, and `RELAIS_LANG` for all commands at once."""
    lang = options(path).get("--lang")

    assert lang is not None, f"`relais {path}` has no --lang"
    assert values(lang) == {"fr", "en"}
    assert lang.envvar == "RELAIS_LANG"


@pytest.mark.parametrize("path", sorted(COMMANDS))
def test_an_option_that_commands_share_is_the_same_everywhere(path: str) -> None:
    """One name, one environment variable: whoever knows one command knows the others."""
    known = {
        "--home": "RELAIS_HOME", "--kafka": "RELAIS_KAFKA", "--tls-ca": "RELAIS_TLS_CA",
        "--tls-cert": "RELAIS_TLS_CERT", "--tls-key": "RELAIS_TLS_KEY",
    }  # fmt: skip

    found = {name: option.envvar for name, option in options(path).items() if name in known}

    assert found == {name: known[name] for name in found}
