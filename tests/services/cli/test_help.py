"""`--help` of the whole tree, in French and in English."""

from __future__ import annotations

import re
from typing import Any

import pytest
import typer
import typer.main
from typer.testing import CliRunner

from services.cli.app import create_app
from services.cli.operator.serve import ROLES
from services.texts import Text
from tests.services.texts.typed import as_typed

ROOT: Any = typer.main.get_command(create_app())


def tree(command: Any = ROOT, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    """Every group and command: what is typed after `relais`, and the command."""
    found = {path: command}
    for name, below in getattr(command, "commands", {}).items():
        found |= tree(below, (*path, name))
    return found


TREE = tree()
each_page = pytest.mark.parametrize(
    "path", [pytest.param(path, id=" ".join(path) or "relais") for path in TREE]
)


def page(*words: str, lang: str | None = None) -> str:
    """A help page as typed, each run of spaces one."""
    done = CliRunner().invoke(create_app(), list(words), env={"RELAIS_LANG": lang})
    assert done.exit_code == 0, done.output
    return " ".join(as_typed(done.output).split())


@each_page
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_page_says_every_text_in_the_readers_language(path: tuple[str, ...], lang: str) -> None:
    """Each paragraph, each option's help, each setting's; in French none is left in English."""
    said = page(*path, "--help", lang=lang)

    for english in TREE[path].texts():
        assert as_typed(Text("services.cli", english).say(lang)) in said
        assert lang == "en" or english not in said


@each_page
def test_a_page_in_french_has_no_word_of_typers_english(path: tuple[str, ...]) -> None:
    """Headings, kinds of values and what stands in brackets."""
    said = page(*path, "--help", lang="fr")

    assert said.startswith("Usage : relais")
    for word in ("Commands", "[default", "required", "env var", "<int", "<str", "<path", "<list"):
        assert word not in said
    assert not re.search(r"Usage:|Options:|Arguments:|<=x|x>=", said)


@each_page
def test_a_command_and_each_of_its_options_are_explained(path: tuple[str, ...]) -> None:
    """An option that nobody explains is found by its reader alone."""
    command = TREE[path]

    unexplained = [one.name for one in command.get_params(typer.Context(command)) if not one.help]

    assert command.help
    assert unexplained == []


def test_the_language_is_that_of_lang_then_of_the_environment_then_french() -> None:
    """`--lang` counts before `--help` and after it."""
    french, english = "Envoyer une fiche", "Send a record"

    assert french in page("send", "--help")
    assert english in page("send", "--help", lang="en")
    assert french in page("send", "--lang", "fr", "--help", lang="en")
    assert english in page("send", "--help", "--lang=en", lang="fr")
    assert french in page("send", "--help", lang="klingon")


def test_what_stands_in_brackets_is_said_as_a_reader_says_it() -> None:
    """Whence a value comes, what it may be, that it must be given."""
    said = page("layout", "order", "--help", lang="fr")
    english = page("keys", "new", "--help", lang="en")

    assert "--home <chemin>" in said
    assert "[variable : RELAIS_HOME ; par défaut : .relais]" in said
    assert "shards <nombre> Nombre de routeurs du bus. [1 au moins ; obligatoire]" in said
    assert "--from <YYYY-MM-DD>" in english
    assert "[default: 16; from 1 to 104]" in english


def test_serve_shows_settings_as_they_are_typed() -> None:
    """A list as JSON, a truth as `false`, nothing where nothing is the default; roles as they are."""
    said = page("serve", "--help", lang="en")

    assert 'RELAIS_REALMS JSON list of the buses that its desks are on [default: ["civil"]]' in said
    assert "RELAIS_TLS_CERT PEM of this service's own certificate RELAIS_TLS_KEY" in said
    assert "its clock may be moved [default: false]" in said
    assert "the convention [required]" in said
    assert " | ".join(ROLES) in said
