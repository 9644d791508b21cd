"""`relais report`: the page, and the signed quarters that are counted once."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from contracts.convention.load import load
from contracts.conventions import FILES, SECOND, read
from contracts.conventions import SHIPPED as FIRST
from contracts.keys import ed25519
from contracts.log.replaying.finding import AuditFinding
from contracts.vocabulary.scopes import CIVIL
from services.audit import whole
from services.audit.bundle.export import export
from services.audit.facts import SETTLED_S, end_of
from services.audit.verdict import AuditVerdict
from services.audit.whole import replay
from services.cli.committee.simulate import OUTCOMES
from services.committee.report import published
from services.committee.report.page import page
from services.committee.report.published import Edition
from services.platform.keys.keystore import read_signer
from services.texts import typed as as_typed
from tests.flows.test_simulation import world
from tests.services.audit.bundle.kit import pin_owners, request_of
from tests.shell import invoke, lines_of
from tests.world import PromptWorld

SHIPPED = "contracts/conventions/seine-saint-denis-2026-2.yaml"
_FIGURE = re.compile(r'<b class="(\w+)">(\d+(?:\W\d+)?) ')


def run(home: Path, *words: str) -> Result:
    """One command line."""
    return invoke("report", "--home", home, *words)


def test_the_page_answers_in_words_and_colours(tmp_path: Path) -> None:
    """Met, possible, refused, late, silent; each cell leads to its clauses; the same each time."""
    words = ("--sample", "--lang", "fr", "--what-if", SHIPPED)
    html = run(tmp_path, *words).stdout
    shown = words_of(html)

    for said in (
        "aucun chiffre n’est réel", "R21 et R41.2", "Où nous sommes freinés : refus",
        "réponses Par : CRIP, à : Service social", "refus, aucune clause", "possible",
        "Silence : aucune réponse au jour", "sans cadre : moins de 10, pas toujours zéro",
        "Chiffres : T1 2026 – T4 2026. Proposition : version 2026‑2,",
        "Clauses qui n’ont jamais atteint 10", "170 refus : aucune clause de la convention",
        "CRIP → Services de police et de gendarmerie, invitation à une réunion de",
    ):  # fmt: skip
        assert said in shown
    links = set(re.findall(r'href="#([^"]+)"', html))
    assert links
    assert links <= set(re.findall(r'id="([^"]+)"', html))
    assert '<td class="may met braked">' in html
    assert html == run(tmp_path, *words).stdout
    assert [*tmp_path.iterdir()] == []  # nothing is written


def test_sixteen_cells_are_the_sums_of_the_grid(tmp_path: Path) -> None:
    """Each figure by agencies; education, police and justice apart, all others together."""
    html = run(tmp_path, "--sample", "--what-if", SHIPPED).stdout
    sixteen, grid = (
        [[figures_of(cell) for cell in row.split("<td")[1:]] for row in table.split("<tr>")[2:]]
        for table in re.findall(r'<table class="(?:grid )?overlaid[^$]*?</table>', html)
    )
    side = [
        {"education": 0, "police": 2, "justice": 3}.get(role.agency, 1)
        for role in load(read(SECOND), SECOND).roles.values()
    ]

    sums = [[Counter[str]() for _to in range(4)] for _from in range(4)]
    for issuer, row in zip(side, grid, strict=True):
        for recipient, cell in zip(side, row, strict=True):
            sums[issuer][recipient] += cell

    assert sixteen == sums
    assert all(sums[0][1][kind] for kind in ("used", "refused", "late", "silent"))


def test_what_opens_what_moves_and_what_stays_shut_are_on_paper(tmp_path: Path) -> None:
    """All that would open of what was refused, each refusal once; deadlines; guarantees."""
    html = as_typed(unescape(run(tmp_path, "--sample", "--what-if", SHIPPED).stdout))
    shown, of_screen = map(words_of, html.split('<div class="screen">'))

    for words in (
        "Rapport au juge des enfants : Aide sociale à l'enfance → Juge des enfants (30 refus)",
        "Délais changés : signalement (R08, R09, R10)", "gendarmerie : 50 refus, fermé (I03)",
    ):  # fmt: skip
        assert words in shown
    of_opened = re.findall(r"\((\d+) refus\)", shown.partition("Délais changés")[0])
    assert sum(map(int, of_opened)) + 50 + 20 + 100 == 270  # each refusal once
    school = of_screen.partition("DSDEN) → Services de police")[2].partition("→")[0]
    assert "Bon destinataire : CRIP ou Parquet des mineurs. Fermé à dessein, I03 ." in school
    first, second = (load(read(name), name) for name in (FIRST, SECOND))
    civil = {question for question in second.by_question if question[0] == CIVIL}
    opened = [question for question in civil - first.by_question.keys() if question[1] != "BUS"]
    for question in opened:  # a cell leads to the proposal's sentence
        pair, grant = f"{question[1]}-{question[4]}", second.by_question[question]
        cell = html.partition(f'<dt id="{pair}">')[2].partition("</div>")[0]
        assert f'href="#{pair}"' in html
        assert f"À ouvrir, {grant.id}</b>. {as_typed(grant.sentence['fr'])}" in cell
    assert html.count("<b>À ouvrir, ") == len(opened) > 30
    same = run(tmp_path, "--sample", "--what-if", f"contracts/conventions/{FIRST}").stdout
    instead = re.findall(
        r"(\w+) : [23]0 refus. (Bon destinataire : \w+|)", as_typed(words_of(same))
    )
    assert instead == [
        ("enfants", "Bon destinataire : CRIP"),
        ("disparition", ""),  # a school searches nobody
        ("coordination", ""),  # an alert invites nobody
    ]


def words_of(html: str) -> str:
    """What a page says, without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def figures_of(cell: str) -> Counter[str]:
    """A cell's figures, by what they count."""
    return Counter({kind: int(re.sub(r"\D", "", n)) for kind, n in _FIGURE.findall(cell)})


@pytest.mark.parametrize("name", FILES)
def test_before_the_first_quarter_no_figure_is_shown(name: str) -> None:
    """Only what the convention permits, on the criminal bus too: no clause has it counted."""
    convention = load(read(name), name)

    shown = page(convention, "fr", [])

    assert "Aucun trimestre n’est encore compté." in shown
    assert '<td class="may">' in shown
    assert not re.search(r'<td class="[^"]*(met|braked)|<b class=', shown)
    assert {each.realm for each in convention.grants if each.publication} == {CIVIL}
    assert shown.count("<span>bus pénal</span>") == 2  # of sixteen cells, and of the grid
    assert "le bus pénal (R21" in shown


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home that pins the owners."""
    pin_owners(tmp_path)
    return tmp_path


def test_a_quarter_is_counted_once_signed_and_read_back(home: Path) -> None:
    """By the auditor's replay; then no log is needed; what was altered or moved is not read."""
    export(request_of(world(), now=end_of("2026-4") + SETTLED_S), home / "evidence.zip")

    first = run(home, "--log", str(home / "evidence.zip"))
    assert first.exit_code == 0, first.output
    written = sorted((home / "report").glob("*.csv"))
    _entry, auditor = read_signer(home / "keys" / "auditor-1.json")
    assert [path.stem for path in written][:2] == ["2026-3", "2026-4"]
    for path in written:
        signature = path.with_suffix(".csv.sig").read_bytes()
        assert ed25519.verifies(auditor.public, path.read_bytes(), signature)
        assert path.read_text().startswith("quarter,table,from,to,act,outcome,")
    assert run(home, "--log", "none.zip").stdout == first.stdout

    moved = written[-1].with_name("2099-1.csv")  # a quarter shown twice, or counted anew
    for ending in (".csv", ".csv.sig"):
        moved.with_suffix(ending).write_bytes(written[-1].with_suffix(ending).read_bytes())
    assert "edition_misplaced" in refused(home)
    moved.unlink()
    written[0].write_text(written[0].read_text() + "2026-3,meetings,A,B,R01,,90\n")
    assert "edition_unsigned" in refused(home)
    written[0].with_suffix(".csv.sig").unlink()
    assert "edition_unsigned" in refused(home)


def refused(home: Path) -> str:
    """What is said of editions that are not read, and nothing else."""
    done = run(home, "--log", "none.zip")
    assert (done.exit_code, done.stdout) == (2, "")
    return done.stderr


def test_a_proposal_is_tried_on_recorded_events(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tens alone, of quarters that are over; people read names, not codes."""
    export(request_of(world(), now=end_of("2027-3") + SETTLED_S), home / "evidence.zip")
    words = ("--what-if", SHIPPED, "--recorded", "--log", str(home / "evidence.zip"))

    rows = lines_of(run(home, *words, "--format", "json").stdout)
    monkeypatch.setattr(published, "rounded", lambda count, *_cell: count)
    told, every = run(home, *words).stdout, lines_of(run(home, *words, "--format", "json").stdout)

    assert "Un trimestre est compté 14 jours après sa fin" in told
    assert "Quarters count 14 days after their end" in run(home, *words, "--lang", "en").stdout
    assert all((row[name] or 0) % 10 == 0 for row in rows for name in OUTCOMES)
    opened = {"opened": 1, "more": None, "less": None, "closed": None}
    (row,) = [row for row in every if row["act"].startswith("COORD")]
    assert row.items() >= opened.items()
    assert not {row["act"], row["issuer"]} & set(told.split())
    assert not (home / "report").exists()


def test_of_no_settled_quarter_it_is_not_said_that_nothing_changes(home: Path) -> None:
    """Who compares in a bus's first weeks is told that nothing was counted."""
    export(request_of(PromptWorld()), home / "evidence.zip")

    told = run(home, "--what-if", SHIPPED, "--recorded", "--log", str(home / "evidence.zip")).stdout

    assert told.startswith("Aucun trimestre de ce journal n’est clos depuis 14 jours")


def test_what_is_not_proposed_cannot_be_tried(tmp_path: Path) -> None:
    """Nothing is read."""
    done = run(tmp_path, "--recorded")

    assert (done.exit_code, "option_missing" in done.stderr) == (2, True)


@pytest.mark.parametrize(("code", "counted"), [("record_differs", False), ("quarantined", True)])
def test_a_log_that_diverges_is_not_counted(
    home: Path, monkeypatch: pytest.MonkeyPatch, code: str, counted: bool
) -> None:
    """Nothing is written of what a replay does not find again; a desk's own fault stops nothing."""

    async def replayed(*given: Any, **named: Any) -> AuditVerdict:
        found = await replay(*given, **named)
        return replace(found, findings=(("civil", AuditFinding(0, 3, code)),))

    export(request_of(world(), now=end_of("2026-4") + SETTLED_S), home / "evidence.zip")
    monkeypatch.setattr(whole, "replay", replayed)

    result = run(home, "--log", str(home / "evidence.zip"))

    assert (result.exit_code == 0, "log_diverges" not in result.stderr) == (counted, counted)
    assert (home / "report").exists() == counted


def test_an_attempt_that_names_no_purpose_opens_under_one_label() -> None:
    """However many purposes of its event the proposal opens, its refusals are told once."""
    first, second = (load(read(name), name) for name in (FIRST, SECOND))
    opened = second.by_question.keys() - first.by_question.keys()
    acts = Counter(at[1:3] + at[4:] for at in opened if at[0] == CIVIL and at[1] != "BUS")
    several = [act for act, purposes in acts.items() if purposes > 1]
    cells = {("refusals", frm, to, f"{event}.", "no_clause"): 20 for frm, event, to in several}

    shown = words_of(page(first, "fr", [Edition("2026-1", "", cells)], proposal=second))

    assert several
    assert shown.count("(20 refus)") == len(several)
    assert "(40 refus)" not in shown
