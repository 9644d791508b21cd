"""`relais report friction`: what is typed and seen, and what lies in the folder afterwards."""

from __future__ import annotations

import json
import re
import zlib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from services.cli.app import create_app
from services.cli.auditor.friction_log import FrictionLog
from services.cli.committee import report, report_files
from services.committee.friction.page import page
from tests.contracts.convention.kit import convention
from tests.flows.test_friction import read
from tests.services.audit.bundle.memory_log import small_world
from tests.services.committee.friction.synthetic import CANARY
from tests.services.committee.friction.synthetic import report as made_up
from tests.services.texts.typed import as_typed


@cache
def read_once(last: str) -> FrictionLog:
    """One story's log, up to where a month is told."""
    return read(small_world(), last)


@pytest.fixture(autouse=True)
def log(monkeypatch: pytest.MonkeyPatch) -> None:
    """The story's log in place of Kafka's."""
    monkeypatch.setattr(report, "_read", lambda _asked, last, _purpose: read_once(last))


def run(home: Path, *words: str) -> Result:
    """One command line."""
    return CliRunner().invoke(create_app(), ["report", "friction", "--home", str(home), *words])


PERIOD = ("--from", "2026-09", "--to", "2026-10")


def test_page_and_figures_lie_in_the_folder_of_reports(tmp_path: Path) -> None:
    """The figures are what `--format json` prints; a second run writes the same bytes."""
    first = run(tmp_path, *PERIOD)
    folder = tmp_path / "reports"
    figures, html = folder / "friction-2026-09--2026-10.json", "friction-2026-09--2026-10.fr.html"

    assert first.exit_code == 0, first.output
    assert html in as_typed(first.stdout).replace("\n", "")
    before = figures.read_bytes(), (folder / html).read_bytes()
    printed = run(tmp_path, *PERIOD, "--format", "json")

    assert printed.stdout.encode() == before[0]
    assert run(tmp_path, *PERIOD).exit_code == 0
    assert (figures.read_bytes(), (folder / html).read_bytes()) == before
    assert sorted(path.name for path in folder.iterdir()) == [html, figures.name]


def test_a_month_that_was_told_stays_in_the_next_report(tmp_path: Path) -> None:
    """By the folder alone; `RELAIS_REPORTS` names another."""
    assert run(tmp_path, "--from", "2026-09", "--to", "2026-09").exit_code == 0
    file = tmp_path / "reports" / "friction-2026-09--2026-09.json"
    told = json.loads(file.read_bytes())
    told["months"][0]["realms"]["civil"]["tables"][0]["cells"][0][-1] = 4711
    file.write_text(json.dumps(told))

    done = run(tmp_path, *PERIOD, "--format", "json")

    months = json.loads(done.stdout)["months"]
    assert [one["first"] for one in months] == ["2026-09/2026-09", "2026-09/2026-10"]
    assert months[0]["realms"]["civil"]["tables"][0]["cells"][0][-1] == 4711


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--from", "2026-09", "--to", "2030-01"), "period_malformed"),
        (("--from", "2027-09", "--to", "2029-01"), "month_not_over"),
        (("--from", "x", "--to", "2029-01"), "month_malformed"),
    ],
)
def test_wrong_use_says_what_is_expected_and_writes_nothing(
    tmp_path: Path, words: tuple[str, ...], code: str
) -> None:
    """Exit code 2 and no folder."""
    done = run(tmp_path, *words)

    assert done.exit_code == 2, done.output
    assert code in done.output
    assert list(tmp_path.iterdir()) == []


def test_a_report_that_cannot_be_read_stops_the_next_one(tmp_path: Path) -> None:
    """Else a month would be told twice, and differently."""
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "friction-2026-08--2026-08.json").write_text("{}")

    done = run(tmp_path, *PERIOD)

    assert done.exit_code == 2
    assert "report_malformed" in done.output


def test_a_log_with_an_alarm_gives_no_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 1, as of any check that found something."""
    monkeypatch.setattr("services.audit.verdict.AuditVerdict.clean", False)

    done = run(tmp_path, *PERIOD)

    assert done.exit_code == 1
    assert "relais audit replay" in done.output
    assert list(tmp_path.iterdir()) == []


def test_without_the_library_a_pdf_is_refused_before_the_log_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what to install; page and figures need nothing of it."""

    def missing(name: str, *more: Any) -> Any:
        raise OSError("cannot load library 'libpango-1.0-0'")

    monkeypatch.setattr(report_files, "import_module", missing)
    monkeypatch.setattr(report, "_read", None)

    done = run(tmp_path, *PERIOD, "--format", "pdf", "--lang", "en")

    assert done.exit_code == 2
    assert "pdf_unavailable" in done.output
    assert "libpango-1.0-0" in done.output
    assert "relais[pdf]" in done.output


def test_the_pdf_is_tagged_named_and_in_its_language_and_the_same_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a screen reader asks: language, title, structure, heads of cells, words for drawings."""
    pytest.importorskip("weasyprint")
    told, path = made_up("2026-06", "2026-06", 200), tmp_path / "freins.pdf"
    monkeypatch.setattr(report, "_made", lambda *_: (told, convention()))

    done = run(tmp_path, *PERIOD, "--format", "pdf", "--output", str(path))

    assert done.exit_code == 0, done.output
    first = path.read_bytes()
    streams = re.findall(rb"stream\n(.*?)\nendstream", first, re.DOTALL)
    plain = first + b"\n".join(zlib.decompress(each) for each in streams if each[:1] == b"x")
    assert report_files.pdf_of(page(told, "fr", convention())) == first
    assert CANARY.encode() not in plain
    for mark in (
        "Lang (fr)",
        "Marked true",
        "StructTreeRoot",
        "S /H1",
        "S /TH",
        "S /Figure",
        "Alt",
    ):
        assert f"/{mark}".encode() in plain, mark
    assert "Où sont nos freins".encode("utf-16-be").hex().encode() in plain
    assert b"pdfuaid" in plain
