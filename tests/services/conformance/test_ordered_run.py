"""A run that the owners have ordered, by the commands of both sides; and a tested program that fails is told as one."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from shutil import copytree

import orjson
import pytest
from typer.testing import CliRunner, Result

from contracts.encoding import digest
from services.cli.app import app
from services.cli.partner.conformance_reports import OWNER
from services.operate.home.home import Home
from services.operate.home.keys import ensure_signing
from services.platform.keys.owners import FILE as OWNERS
from tests.services.conformance import reference

PROGRAM = f"{sys.executable} {reference.__file__}"


def relais(*words: object) -> Result:
    """`relais conformance` in English."""
    return CliRunner().invoke(app, ["conformance", *map(str, words), "--lang", "en"])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The owners' home."""
    path = tmp_path_factory.mktemp("owners")
    Home(path).prepare(int(time.time()), 2)
    return path


def key_of(folder: Path) -> str:
    """Digest of the tester's key, which lies in a file of a folder."""
    return digest(ensure_signing(folder / "key.json", OWNER, int(time.time()))[0].public)


@pytest.fixture(scope="module")
def ordered(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a plan of the owners, and the run and report that follow it."""
    top = tmp_path_factory.mktemp("ordered")
    named = ("--tested", "Suivi 2.1", "--by", key_of(top))
    plan = relais("plan", "--home", home, *named, "--out", top / "plan.jws")
    key = ("--key", top / "key.json")
    done = relais("run", top / "kit", "--plan", top / "plan.jws", "--with", PROGRAM, *key)
    assert (plan.exit_code, done.exit_code) == (0, 0), plan.output + done.output
    return top


def checked(ordered: Path, home: Path, *words: object) -> Result:
    """What who decides is told of a report, by the owners' file and plan."""
    given = ("--plan", ordered / "plan.jws", "--owners", home / OWNERS)
    return relais("report", ordered / "kit", *given, *words)


def test_a_report_follows_the_plan_that_ordered_it(ordered: Path, home: Path) -> None:
    """Under the plan's name for the system, and said on a page that is made anew."""
    done = checked(ordered, home, "--page", ordered / "page.html")
    page = (ordered / "page.html").read_text()

    assert done.exit_code == 0, done.output
    assert "for Suivi 2.1" in done.output
    assert "verified, and the report follows it" in page
    assert "verified, and" not in (ordered / "kit/report.en.html").read_text()


def test_a_report_of_another_run_is_refused(ordered: Path, home: Path, tmp_path: Path) -> None:
    """One without a plan, and one after a second plan for the same system."""
    relais("run", tmp_path / "kit", "--with", PROGRAM, "--tested", "Suivi 2.1")
    named = ("--tested", "Suivi 2.1", "--by", key_of(ordered))
    relais("plan", "--home", home, *named, "--out", tmp_path / "plan.jws")
    given = ("--plan", tmp_path / "plan.jws", "--home", home)

    alone, other = (relais("report", one / "kit", *given) for one in (tmp_path, ordered))

    assert (alone.exit_code, other.exit_code) == (2, 2)
    assert "report_without_plan" in alone.output
    assert "report_of_another_plan" in other.output


def test_evidence_that_was_altered_is_named(ordered: Path, home: Path, tmp_path: Path) -> None:
    """A verdict that was written afterwards, and a delivery; what is not at hand shows nothing."""
    copytree(ordered, tmp_path / "copy")
    kit = tmp_path / "copy/kit"
    with (kit / "verdicts.jsonl").open("ab") as said:
        said.write(b"\n")
    altered = checked(tmp_path / "copy", home)
    (kit / "verdicts.jsonl").unlink()
    whole = checked(tmp_path / "copy", home)
    (kit / "deliveries/replayed.jsonl").write_bytes(b"")
    delivery = checked(tmp_path / "copy", home)

    assert (altered.exit_code, whole.exit_code, delivery.exit_code) == (2, 0, 2)
    assert "evidence_differs at verdicts.jsonl" in altered.output
    assert "deliveries/replayed.jsonl" in delivery.output


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--tested", "Another 1.0"), "plan_of_another_system"),
        (("--system", "issuer"), "plan_of_another_part"),
    ],
)
def test_who_runs_the_kit_chooses_nothing_that_the_plan_orders(
    ordered: Path, tmp_path: Path, words: tuple[str, str], code: str
) -> None:
    """Neither the system's name nor its part."""
    key = ("--key", ordered / "key.json")
    run = ("run", tmp_path / "kit", "--plan", ordered / "plan.jws", "--with", PROGRAM)
    done = relais(*run, *key, *words)

    assert done.exit_code == 2
    assert code in done.output


@pytest.mark.parametrize("made", [False, True])
def test_another_key_than_the_plan_names_is_told_before_anything_is_tried(
    ordered: Path, tmp_path: Path, made: bool
) -> None:
    """One that would be made beside the folder, and one of somebody else's."""
    if made:
        key_of(tmp_path)
    key = ("--key", tmp_path / "key.json") if made else ()

    done = relais("run", tmp_path / "kit", "--plan", ordered / "plan.jws", "--with", PROGRAM, *key)

    assert done.exit_code == 2
    assert "plan_of_another_key at --key" in done.output
    assert not (tmp_path / "kit" / "report.jws").exists()
    assert not (tmp_path / "kit-report-key.json").exists()


@pytest.mark.parametrize("named", [(), ("--by", "x" * 43, "--request", OWNERS)])
def test_a_plan_names_the_key_of_whose_run_it_orders(
    home: Path, tmp_path: Path, named: tuple[str, ...]
) -> None:
    """Its digest or a partner's request, one of the two."""
    given = [home / word if word == OWNERS else word for word in named]

    done = relais(
        "plan", "--home", home, "--tested", "Suivi 2.1", "--out", tmp_path / "plan.jws", *given
    )

    assert done.exit_code == 2
    assert "key_unnamed" in done.output
    assert not (tmp_path / "plan.jws").exists()


def test_a_plan_is_not_put_under_a_run_afterwards(ordered: Path, tmp_path: Path) -> None:
    """Neither with the option nor by a file in the folder."""
    relais("run", tmp_path / "kit")
    key = ("--key", ordered / "key.json")
    done = relais("run", tmp_path / "kit", "--plan", ordered / "plan.jws", "--with", PROGRAM, *key)
    kit = orjson.loads((tmp_path / "kit/kit.json").read_bytes()) | {"plan": "x" * 43}
    (tmp_path / "kit/kit.json").write_bytes(orjson.dumps(kit))
    (tmp_path / "kit/plan.jws").write_bytes((ordered / "plan.jws").read_bytes())
    again = relais("run", tmp_path / "kit", "--with", PROGRAM)

    assert (done.exit_code, again.exit_code) == (2, 2)
    assert "other_kit" in done.output
    assert "other_kit" in again.output


CRASH = "raise SystemError('\\x1b[2Jcannot open the store' + 400 * '!')"


@pytest.mark.parametrize("system", ["recipient", "http"])
def test_a_program_that_fails_is_told_with_its_last_words(tmp_path: Path, system: str) -> None:
    """Its exit code and the end of what it says, cut, and nothing that moves a terminal."""
    (tmp_path / "broken.py").write_text(f"import sys\nsys.stderr.write(9999 * 'x\\n')\n{CRASH}")
    words = ("--system", system, *(("--port", 0) if system == "http" else ()))
    done = relais(
        "run", tmp_path / "kit", "--with", f"{sys.executable} {tmp_path}/broken.py", *words
    )

    assert done.exit_code == 1
    assert "The program ended with 1." in done.output
    assert "its last words: " in done.output
    assert "!!!" in done.output
    assert "\x1b" not in done.output
    assert max(map(len, done.output.splitlines())) < 300


def test_a_program_that_ended_well_is_not_blamed(tmp_path: Path) -> None:
    """Nor one of which nothing has failed, whatever its exit code."""
    (tmp_path / "quits.py").write_text(
        f"import subprocess, sys\nsubprocess.run([sys.executable, {reference.__file__!r}, sys.argv[-1]])\nsys.exit(3)"
    )
    done = relais("run", tmp_path / "kit", "--with", f"{sys.executable} {tmp_path}/quits.py")

    assert done.exit_code == 0
    assert "The program ended" not in done.output
