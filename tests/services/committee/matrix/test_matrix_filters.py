"""Filters of the matrix: an extract says it is one, in the reader's own words."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner, Result

from contracts.conventions import SHIPPED, read
from services.cli.app import create_app
from services.committee.matrix.page import page
from services.committee.matrix.rows import Filters
from tests.contracts.convention.kit import convention
from tests.services.committee.matrix.test_matrix import Outline
from tests.shell import lines_of


@pytest.fixture(autouse=True)
def _no_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No federation of the developer's own is asked which convention is in force."""
    monkeypatch.setenv("RELAIS_HOME", str(tmp_path / "none"))
    monkeypatch.setattr("typer.testing._get_command", built)  # which builds 76 commands each time


built = cache(get_command)
app = cache(create_app)


def run(*words: str) -> Result:
    """One command line."""
    return CliRunner().invoke(app(), ["convention", *words])


def test_a_page_of_some_rows_says_so_under_its_title_and_the_whole_page_does_not() -> None:
    """Printed, it would else look like the whole convention; of other clauses it has nothing."""
    html = page(convention(), "fr", Filters(desk="POL", act="MISSING"))

    shown = Outline.of(html)
    assert "Extrait : service POL ; acte MISSING. 3 lignes sur 91." in shown.text
    assert ("id", "R01") not in shown.attributes
    assert "</h1>\n<p><strong>Extrait" in html
    assert "Extrait" not in Outline.of(page(convention(), "fr", Filters())).text


def test_a_word_in_a_filter_is_no_html() -> None:
    """Who calls the page may pass what nobody has checked."""
    assert "<b>" not in page(convention(), "fr", Filters(act="<b>"))


def test_a_filter_that_selects_nothing_says_so() -> None:
    """A head without rows would look like a fault; nothing is wrong with the question."""
    words = ("matrix", "--act", "IP", "--issuer", "JE")

    result, html = run(*words), run(*words, "--format", "html")

    assert (result.exit_code, result.stdout) == (0, "no clause answers to this filter\n")
    assert "Aucune clause ne répond à ce filtre." in Outline.of(html.stdout).text


@pytest.mark.parametrize(
    ("option", "word", "code"),
    [
        ("--act", "child-concern alert", "IP"),
        ("--issuer", "le juge des enfants", "JE"),
        ("--desk", "Police and gendarmerie", "POL"),
        ("--purpose", "évaluer la situation", "evaluate"),
        ("--act", "r14", "R14"),
    ],
)
def test_a_label_is_as_good_as_its_code(option: str, word: str, code: str) -> None:
    """In French or English, whatever its case, accents and spaces."""
    by_word, by_code = (
        lines_of(run("matrix", option, one, "--format", "json").stdout) for one in (word, code)
    )

    assert by_word == by_code != []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("matrix", "--issuer", "école"),
         "--issuer unknown_filter: 'école' is not known here; known: "),
        (("matrix", "--act", "signalment"),
         "--act unknown_filter: 'signalment' is not known here; the nearest: SIG; known: "),
        (("matrix", "--act", "\x1b[2J" + "x" * 90), "'\\x1b[2J" + "x" * 36 + "' is not"),
        (("matrix", "--act", "\u202e\u0430e\u0301\\"), "'\\u202e\\u0430é\\\\' is not known here"),
        (("explain", "--issuer", "EDU-H", "--event", "IP", "--recipient", "polise"),
         "--recipient unknown_role: 'polise' is not known here; the nearest: POL; known: "),
        (("explain", "--issuer", "EDU-H", "--event", "IP", "--recipient", "POL",
          "--categories", "facts,santé"),
         "--categories unknown_category: 'santé' is not known here; "),
    ],
)  # fmt: skip
def test_a_word_that_is_unknown_is_repeated_with_the_nearest(
    words: tuple[str, ...], said: str
) -> None:
    """To whoever typed it: short and in Latin letters; no guess where nothing is near."""
    result = run(*words)

    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""


def test_a_label_of_two_codes_is_refused_with_both(tmp_path: Path) -> None:
    """Which of them was meant only the writer knows; in one language, no two may be named alike."""
    file = tmp_path / "next.yaml"
    file.write_bytes(read(SHIPPED).replace(b"the juvenile court judge", b"la CRIP"))

    result = run("matrix", str(file), "--issuer", "la CRIP")

    assert result.exit_code == 2
    assert "'la CRIP' may mean CRIP, JE: write the code" in result.stderr


def test_explain_takes_labels_too() -> None:
    """Roles, event type and purpose."""
    codes = ("--issuer", "EDU-H", "--event", "IP", "--recipient", "CRIP", "--purpose", "assess")
    labels = (
        "--issuer", "Direction d’établissement (ou DSDEN)", "--event", "information préoccupante",
        "--recipient", "la CRIP", "--purpose", "apprécier l'alerte",
    )  # fmt: skip

    by_code, by_label = (run("explain", *words).stdout for words in (codes, labels))

    assert by_label == by_code != ""


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("missing.json", None, "file_missing: 'missing.json': there is no such file"),
        ("events/missing", None, "file_missing: 'missing': there is no such file"),
        ("/", None, "file_unreadable"),
        ("event.json", '{"issuer": "EDU-H",\n "event" "IP"}',
         "json_broken: 'event.json' is not well-formed JSON: line 2, column 10"),
        ("event.json", "\ufeff{}",
         "json_broken: 'event.json' is not well-formed JSON: line 1, column 1"),
    ],
)  # fmt: skip
def test_explain_says_why_a_file_tells_it_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str | None, said: str
) -> None:
    """What is written as a path is no event type that is unknown, nor broken JSON a cover."""
    monkeypatch.chdir(tmp_path)
    if text is not None:
        Path(name).write_text(text, encoding="utf-8")

    result = run("explain", "--event", name)

    assert result.exit_code == 2
    assert said in result.stderr
