"""`relais conformance`: cases out, verdicts in, a report that can be filed; exit codes 0, 1 and 2."""

from __future__ import annotations

import sys
from pathlib import Path
from shutil import copytree
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner, Result

from services.cli.app import app
from services.cli.partner.conformance_reports import key_file
from services.conformance.recipient import RECIPIENT
from tests.services.conformance import reference

PROGRAM = f"{sys.executable} {reference.__file__}"


def relais(*words: object) -> Result:
    """`relais conformance` in English."""
    return CliRunner().invoke(app, ["conformance", *map(str, words), "--lang", "en"])


@pytest.fixture(scope="module")
def tested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that a sound recipient has judged."""
    folder = tmp_path_factory.mktemp("run") / "kit"
    done = relais("run", folder, "--with", PROGRAM, "--tested", "Logiciel d’essai")
    assert done.exit_code == 0, done.output
    return folder


def lines(folder: Path) -> list[dict[str, Any]]:
    """The verdicts in a folder."""
    return [orjson.loads(line) for line in (folder / "verdicts.jsonl").read_bytes().splitlines()]


def test_cases_are_written_and_judged_when_verdicts_are_there(tmp_path: Path) -> None:
    """Twice the same command; between them the tested system works."""
    first = relais("run", tmp_path / "kit")
    said = reference.verdicts(tmp_path / "kit")
    (tmp_path / "kit/verdicts.jsonl").write_bytes(b"\n".join(map(orjson.dumps, said)))
    second = relais("run", tmp_path / "kit")

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert f"{len(RECIPIENT)} cases, 0 failed" in second.output


def test_a_broken_recipient_ends_with_one(tmp_path: Path) -> None:
    """And is told which case, by which sentence of the specification."""
    program = f"{PROGRAM} --fault ignores_pth"
    done = relais("run", tmp_path / "kit", "--with", program)

    assert done.exit_code == 1
    assert "part-digest-differs" in done.output
    assert "envelope §3.2" in done.output
    failures = (tmp_path / "kit/junit.xml").read_text().count("<failure ")
    assert failures == 1


def test_a_report_says_what_was_tested(tested: Path) -> None:
    """Dated, with versions, in both languages, under a signature that `report` checks."""
    page = (tested / "report.fr.html").read_text()
    report = orjson.loads((tested / "report.json").read_bytes())
    done = relais("report", tested)

    assert done.exit_code == 0
    for text in ("Logiciel d’essai", report["versions"]["cases"], "seine-saint-denis-2026-1c"):
        assert text in page
    assert "Rapport de conformité" in page
    assert "<code>none</code>" in page
    assert "Report of conformance" in (tested / "report.en.html").read_text()
    assert done.output.split()[-1] in page


def test_an_altered_report_is_refused(tested: Path, tmp_path: Path) -> None:
    """A failed case that was made to pass afterwards."""
    head, body, tail = (tested / "report.jws").read_text().strip().split(".")
    (tmp_path / "report.jws").write_text(f"{head}.{body[:-4]}AAAA.{tail}")

    assert relais("report", tmp_path).exit_code == 2


def test_missing_verdicts_do_not_pass_and_are_told_apart(tested: Path, tmp_path: Path) -> None:
    """Who says nothing of a case has not passed it, and is not said to have done it wrong."""
    said = [
        line for line in lines(tested) if line["case"] not in ("replayed", "part-digest-differs")
    ]
    said.append({"case": "part-digest-differs", "accepted": True})
    folder = tmp_path / "kit"
    copytree(tested, folder)
    (tmp_path / "said.jsonl").write_bytes(b"\n".join(map(orjson.dumps, said)))
    done = relais("run", folder, "--verdicts", tmp_path / "said.jsonl")

    assert done.exit_code == 1
    assert "no verdict" in done.output
    assert f"{len(RECIPIENT)} cases, 1 failed, 1 without a verdict" in done.output
    page, suite = (folder / "report.en.html").read_text(), (folder / "junit.xml").read_text()
    assert "has failed 1 case of" in page
    failed, silent = page.split("What has failed")[1].split("Without a verdict")
    assert ("part-digest-differs" in failed, "replayed" in failed) == (True, False)
    assert "replayed" in silent.partition("What this report shows")[0]
    assert (suite.count("<failure "), suite.count("<error ")) == (1, 1)


def test_a_report_without_any_verdict_claims_none(tmp_path: Path) -> None:
    """Its page does not list verdicts of the system among what it shows."""
    relais("run", tmp_path / "kit")
    (tmp_path / "kit/verdicts.jsonl").write_bytes(b"")
    relais("run", tmp_path / "kit")

    page = (tmp_path / "kit/report.en.html").read_text()
    assert "the system has not been asked yet, or has said nothing" in page
    assert "That the system gave these verdicts" not in page
    assert "That nobody has altered it since" in page


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"yes", "verdict_malformed"),
        (b'{"case": "replayed", "accepted": "no"}', "verdict_malformed"),
        (b'{"case": "of-our-own", "accepted": true}', "case_unknown"),
        (b'{"case": "replayed", "accepted": true}\n' * 2, "verdict_twice"),
    ],
)
def test_verdicts_that_are_none_are_wrong_use(
    tested: Path, tmp_path: Path, text: bytes, code: str
) -> None:
    """Nothing is judged."""
    (tmp_path / "said.jsonl").write_bytes(text)
    done = relais("run", tested, "--verdicts", tmp_path / "said.jsonl")

    assert done.exit_code == 2
    assert code in done.output


def test_a_folder_of_another_kit_is_not_judged(tmp_path: Path) -> None:
    """Its cases may have been others."""
    relais("run", tmp_path)
    kit = orjson.loads((tmp_path / "kit.json").read_bytes()) | {"cases": "x" * 43}
    (tmp_path / "kit.json").write_bytes(orjson.dumps(kit))
    (tmp_path / "verdicts.jsonl").write_bytes(b"")
    done = relais("run", tmp_path)

    assert done.exit_code == 2
    assert "other_kit" in done.output


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (("--system", "issuer"), "other_kit"),
        (("--desk", "pol"), "other_kit"),
        (("--system", "recipent"), "system_unknown"),
    ],
)
def test_a_folder_is_not_judged_as_what_it_is_not(
    tested: Path, asked: tuple[str, str], code: str
) -> None:
    """Who asks for an issuer's report is not given a green one of a recipient."""
    done = relais("run", tested, *asked)

    assert done.exit_code == 2
    assert code in done.output


@pytest.mark.parametrize(
    ("name", "value"), [("kit", "9.9.9"), ("convention", "x" * 43), ("seed", 5), ("at", 1 << 62)]
)
def test_a_folder_chooses_nothing_that_the_report_says_of_itself(
    tmp_path: Path, name: str, value: object
) -> None:
    """Another version, convention, seed or instant than this kit's ends the command before anything is signed."""
    relais("run", tmp_path / "kit", "--system", "issuer")
    kit = orjson.loads((tmp_path / "kit/kit.json").read_bytes()) | {name: value}
    (tmp_path / "kit/kit.json").write_bytes(orjson.dumps(kit))
    (tmp_path / "kit/verdicts.jsonl").write_bytes(b"")
    done = relais("run", tmp_path / "kit")

    assert done.exit_code == 2
    assert not (tmp_path / "kit/report.jws").exists()


def test_whoever_made_the_folder_signs_no_report_and_has_no_other_file_written(
    tested: Path, tmp_path: Path
) -> None:
    """A key that lies in it is not taken, none is put there, and a link where the report goes is not followed."""
    folder, precious = tmp_path / "kit", tmp_path / "precious"
    copytree(tested, folder)
    (folder / "report-key.json").write_bytes(key_file(tested).read_bytes())
    precious.write_text("mine")
    (folder / "report.jws").unlink()
    (folder / "report.jws").symlink_to(precious)
    relais("run", folder)

    assert precious.read_text() == "mine"
    assert not [path for path in tested.rglob("*key*") if path.is_file() and path.parent == tested]
    before, now = (orjson.loads((one / "report.json").read_bytes()) for one in (tested, folder))
    assert now["key"]["x"] != before["key"]["x"]


def test_the_plan_is_made_of_the_same_table() -> None:
    """Every case of the run stands in it, in Markdown and as data."""
    told = relais("plan").output
    data = orjson.loads(relais("plan", "--format", "json").output)

    assert all(f"| `{case.id}` |" in told for case in RECIPIENT)
    assert [row["case"] for row in data["cases"]["recipient"]] == [case.id for case in RECIPIENT]
    assert "sous un reçu authentique" in CliRunner().invoke(app, ["conformance", "plan"]).output
