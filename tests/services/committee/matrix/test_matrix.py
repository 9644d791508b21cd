"""The matrix: its rows, and a page that needs nothing else."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from html import escape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner, Result

from contracts.convention.clauses import questions
from contracts.convention.load import load
from contracts.conventions import SECOND, SHIPPED, read
from services.cli.app import create_app
from services.committee.matrix.clause_margin import beside
from services.committee.matrix.page import page
from services.committee.matrix.rows import Filters, matrix
from tests.contracts.convention.kit import convention
from tests.services.texts.typed import as_typed
from tests.shell import lines_of

NAMES = [
    "clause", "issuer", "recipient", "event", "purpose", "scopes", "conditions", "owes", "keep",
    "basis", "flags",
]  # fmt: skip
VOID = {"meta", "br", "wbr", "link", "img", "input", "hr"}


class Outline(HTMLParser):
    """Checks nesting and gathers tags, ids, links and text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""

    @classmethod
    def of(cls, html: str) -> Outline:
        """A page, parsed; every tag is closed."""
        parser = cls()
        parser.feed(html)
        parser.close()
        assert parser.open == []
        return parser

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += as_typed(data)


def test_there_is_one_row_for_each_question() -> None:
    """Clause, issuer and recipient, publications included; the promised names in their order."""
    rows = matrix(convention())
    expected = {
        (grant.clause, issuer, recipient)
        for grant in convention().grants
        for _, issuer, _, _, recipient in questions(grant)
    }

    assert len(rows) == 91
    assert {(row["clause"], row["issuer"], row["recipient"]) for row in rows} == expected
    assert all(list(row) == NAMES for row in rows)


def test_a_row_says_who_owes_what_to_whom() -> None:
    """R08: three duties, roles resolved; of R26 each recipient's own."""
    (row,) = matrix(convention(), Filters(act="R08"))
    rows = {row["recipient"]: row["owes"] for row in matrix(convention(), Filters(act="r26"))}

    assert [(o["debtor"], o["creditor"], o["act"], o["within"]) for o in row["owes"]] == [
        ("PARQ-CIV", "EDU-H", "ACK:received", "2h"),
        ("EDU-H", "CRIP", "R11", "1wd"),
        ("PARQ-CIV", "EDU-H", "R41", "15wd"),
    ]
    assert row["flags"] == {"flow": "law", "deadline": "invention", "categories": "invention"}
    assert [owed["act"] for owed in rows["HOME"]] == ["ACK:received"]
    assert [owed["act"] for owed in rows["MO"]] == ["ACK:started", "R28", "R31"]


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        (Filters(desk="pol"), 9),
        (Filters(issuer="POL"), 4),
        (Filters(recipient="pol"), 5),
        (Filters(act="coord"), 14),
        (Filters(category="procedure"), 4),
        (Filters(category="risk.flags"), 29),
        (Filters(purpose="assess", issuer="edu-h"), 1),
    ],
)
def test_rows_are_filtered_by_desk_act_and_category(filters: Filters, count: int) -> None:
    """In any case of letters; a category also by a narrow scope of it, a base releases narrow."""
    assert len(matrix(convention(), filters)) == count


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_each_cell_at_a_glance_leads_to_its_clauses_sentences(lang: str) -> None:
    """From who and whom to the text, with what stands beside it; by no script, in no other file."""
    found = Outline.of(page(convention(), lang))

    hrefs = [value for name, value in found.attributes if name == "href"]
    assert {*hrefs} <= {f"#{value}" for name, value in found.attributes if name == "id"}
    assert not {"script", "link", "img", "iframe", "object"} & set(found.tags)
    for grant in convention().grants:
        assert grant.sentence[lang] in found.text
        pairs = len(grant.issuers) * len(grant.recipients)
        assert hrefs.count(f"#{grant.id}") == pairs + 1  # at a glance, and in the table
        for line in beside(convention(), grant, lang):
            assert as_typed(line) in found.text


def test_a_page_says_whether_its_version_is_known_to_be_in_force_and_read_by_a_lawyer() -> None:
    """Of a file alone nobody knows; each text has the day on which it was checked."""
    of_file, of_bus = (as_typed(page(convention(), "en", adopted=known)) for known in (False, True))
    draft, adopted = "nothing here shows that this version is signed", "In force on the bus"
    checked = {code: {**one, "checked": "2026-01-15"} for code, one in convention().texts.items()}

    assert (draft in of_file, adopted in of_file) == (True, False)
    assert (draft in of_bus, adopted in of_bus) == (False, True)
    said = f"No lawyer has checked any of the {len(convention().texts)} legal texts."
    assert (f" {said}" in of_file, f". {said}" in of_bus) == (True, True)
    assert "lawyer" not in page(replace(convention(), texts=checked), "en")


@pytest.mark.parametrize("version", [SHIPPED, SECOND])
def test_the_parties_own_remarks_are_told_apart_and_told_once(version: str) -> None:
    """A note stands in the sentence like any other: there, and nowhere else, it is set as one."""
    one, lang, said = load(read(version), version), "fr", "En italique : les remarques des parties"
    clauses = as_typed(page(one, lang)).partition('id="clauses"')[2].partition("<h2")[0]
    notes = [grant.note[lang] for grant in one.grants if grant.note]

    assert clauses.count(said) == 1
    assert re.findall(r"<em>(.*?)</em>", clauses) == [escape(note, quote=False) for note in notes]
    for note in notes:
        assert clauses.count(escape(note, quote=False)) == notes.count(note)


def test_the_second_version_shows_its_promises_signatories_and_what_stays_off_the_bus() -> None:
    """What no clause may break is read with the clauses."""
    second = load(read(SECOND), SECOND)
    shown = Outline.of(page(second, "fr")).text

    assert all(one.sentence["fr"] in shown for one in second.invariants)
    assert all(as_typed(what["fr"]) in shown for what in second.off_bus.values())
    assert second.off_bus
    assert "Doivent signer : 7 sur 7." in shown


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
        (("explain", "--issuer", "EDU-H", "--event", "LETTER", "--recipient", "POL"),
         "--event unknown_event: 'LETTER' is not known here; known: "),
        (("explain", "--issuer", "EDU-H", "--event", "IP", "--recipient", "BUS"),
         "--recipient unknown_role: 'BUS' is not known here; known: "),
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
