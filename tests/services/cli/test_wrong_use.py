"""What is typed wrongly is refused in the reader's language, whatever of typer's refuses it."""

from __future__ import annotations

import os
import re
from typing import Annotated, Final

import pytest
import typer
from typer.testing import CliRunner, Result

from services.cli.app import create_app
from services.cli.common import typer_words
from services.cli.common.help_page import Root
from services.cli.common.output import Lang
from services.platform.process.exit_codes import WRONG_USE
from tests.services.texts.typed import as_typed

# What is typed -> how it is refused, in French and in English.
REFUSED: Final = {
    "xyz": ("La commande `xyz` n'existe pas.", "There is no command `xyz`."),
    "quarantine shw": (
        "La commande `shw` n'existe pas. La plus proche : `show`",
        "There is no command `shw`. The nearest: `show`",
    ),
    "--": ("Il manque une commande.", "A command is missing."),
    "keys list --xyz": ("L'option `--xyz` n'existe pas.", "There is no option `--xyz`."),
    "keys list --forat x": (
        "L'option `--forat` n'existe pas. La plus proche : --format",
        "There is no option `--forat`. The nearest: --format",
    ),
    "quarantine show": ("Il manque l'argument `decision`.", "Argument `decision` is missing."),
    "duties": ("Il manque l'option `--desk`.", "Option `--desk` is missing."),
    "keys new --weeks": ("L'option `--weeks` demande une valeur.", "Option `--weeks` needs a value."),
    "demo --keep=3": ("L'option `--keep` ne prend pas de valeur.", "Option `--keep` takes no value."),
    "keys list x y": ("Arguments en trop : x y", "Too many arguments: x y"),
    "keys list --format x": (
        "La valeur de `--format` est refusée : `x` n'est pas une des valeurs admises : `text`, `json`",
        "The value of `--format` is refused: `x` is none of `text`, `json`",
    ),
    "keys new --from 2026": (
        "La valeur de `--from` est refusée : `2026` n'est pas une date de la forme AAAA-MM-JJ",
        "The value of `--from` is refused: `2026` is no day as YYYY-MM-DD",
    ),
    "keys new --weeks x": (
        "La valeur de `--weeks` est refusée : un nombre est attendu",
        "The value of `--weeks` is refused: a number is expected",
    ),
    "keys new --weeks 0": (
        "La valeur de `--weeks` est refusée : 1 au moins",
        "The value of `--weeks` is refused: at least 1",
    ),
    "keys new --weeks 200": (
        "La valeur de `--weeks` est refusée : 104 au plus",
        "The value of `--weeks` is refused: at most 104",
    ),
    "convention lint nowhere.yaml": (
        "La valeur de `file` est refusée : `nowhere.yaml` n'existe pas",
        "The value of `file` is refused: `nowhere.yaml` does not exist",
    ),
    "convention lint /": (
        "La valeur de `file` est refusée : `/` est un dossier",
        "The value of `file` is refused: `/` is a folder",
    ),
}  # fmt: skip
UNREADABLE: Final = (
    "La valeur de `file` est refusée : `/dev/null` ne peut pas être lu",
    "The value of `file` is refused: `/dev/null` cannot be read",
)
CHOICE: Final = ("Il manque l'option `--lang` : fr, en", "Option `--lang` is missing: fr, en")
each_language = pytest.mark.parametrize(("at", "lang"), [(0, "fr"), (1, "en")])


def typed(words: str, lang: str, app: typer.Typer | None = None) -> Result:
    """A command line, in a language."""
    return CliRunner().invoke(app or create_app(), words.split(), env={"RELAIS_LANG": lang})


def refusal(done: Result) -> str:
    """The last line."""
    assert done.exit_code == WRONG_USE
    return as_typed(done.output).strip().splitlines()[-1].partition(": ")[2]


@each_language
@pytest.mark.parametrize("words", REFUSED)
def test_wrong_use_is_told_in_the_readers_language(words: str, at: int, lang: str) -> None:
    """One line that says what is wrong; none of typer's own words."""
    done = typed(words, lang)

    assert refusal(done) == REFUSED[words][at]


@each_language
def test_a_file_that_may_not_be_read_is_told(
    monkeypatch: pytest.MonkeyPatch, at: int, lang: str
) -> None:
    """Whoever runs the tests may read every file."""
    monkeypatch.setattr(os, "access", lambda *_given: False)

    assert refusal(typed("convention lint /dev/null", lang)) == UNREADABLE[at]


@each_language
def test_a_missing_option_of_fixed_values_names_them(at: int, lang: str) -> None:
    """As a command of tomorrow may have one."""
    app = typer.Typer(rich_markup_mode=None)
    app.callback(cls=Root)(lambda: None)

    @app.command("speak")
    def speak(lang: Annotated[Lang, typer.Option()]) -> None:
        """Never runs."""

    assert refusal(typed("speak", lang, app)) == CHOICE[at]


def test_every_refusal_that_is_known_has_an_example_here() -> None:
    """A row of the table that typer never says, or no longer, is found."""
    told = [one[1] for one in (*REFUSED.values(), UNREADABLE, CHOICE)]
    table = (*typer_words._WRONG, *typer_words._WHY)
    forms = [re.sub(r"\\{\d\\}", ".+", re.escape(text.one)) for _pattern, text in table]

    assert [form for form in forms if not any(re.search(form, one) for one in told)] == []


def test_usage_and_where_to_find_more_stand_before_the_refusal() -> None:
    """As typer has it, in the reader's language."""
    lines = as_typed(typed("keys list --xyz", "fr").output).splitlines()

    assert lines == [
        "Usage : relais keys list [OPTIONS]",
        "Pour en savoir plus : `relais keys list --help`",
        "",
        "Erreur : L'option `--xyz` n'existe pas.",
    ]


def test_a_wrong_language_is_named_with_its_variable() -> None:
    """In French, as nothing else was asked for that can be given."""
    assert refusal(typed("keys list", "EN")) == (
        "La valeur de `--lang` (`RELAIS_LANG`) est refusée : "
        "`EN` n'est pas une des valeurs admises : `fr`, `en`"
    )


def test_what_is_not_recognised_stays_as_it_is() -> None:
    """A later typer may say more: better in English than not at all."""
    assert typer_words.wrong_use("Something new happened.", "fr") is None
    assert typer_words.wrong_use("Invalid value for '--x': so new.", "en") == (
        "The value of `--x` is refused: so new."
    )


def test_a_group_alone_shows_its_page() -> None:
    """With the exit code of wrong use, since nothing was done."""
    done = typed("keys", "fr")

    assert done.exit_code == WRONG_USE
    assert as_typed(done.output).startswith("Usage : relais keys")
    assert "Erreur" not in done.output
