"""`relais convention diff`: text, JSON and a page; exit 1 if anything opens."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from contracts.conventions import SECOND, SHIPPED, read
from services.cli.app import create_app


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """Both versions that ship."""
    found = []
    for name in (SHIPPED, SECOND):
        file = tmp_path / name
        file.write_bytes(read(name))
        found.append(str(file))
    return found[0], found[1]


def run(*words: str) -> Result:
    """One command line."""
    return CliRunner().invoke(create_app(), ["convention", "diff", *words])


def test_a_version_that_opens_something_exits_one(files: tuple[str, str]) -> None:
    """So that a review can insist; the sentences say what."""
    result = run(*files, "--lang", "en")

    assert result.exit_code == 1
    assert "may now also send to the juvenile prosecutor" in result.stdout
    assert "This version opens something" in result.stdout


def test_the_same_file_twice_exits_zero(files: tuple[str, str]) -> None:
    """And says that nothing differs in what may be shared."""
    result = run(files[0], files[0], "--lang", "en")

    assert result.exit_code == 0
    assert result.stdout.startswith("No difference in what may be shared.")


def test_the_json_groups_changes_and_each_example_can_be_explained(
    files: tuple[str, str], tmp_path: Path
) -> None:
    """An example, saved as it stands, is what `explain --event` takes."""
    found = json.loads(run(*files, "--format", "json").stdout)
    (closed, *_) = found["closed"]
    event = tmp_path / "example.json"
    event.write_text(json.dumps(closed["example"]))

    def explained(file: str) -> dict[str, list[str]]:
        words = ["convention", "explain", file, "--event", str(event), "--format", "json"]
        result = CliRunner().invoke(create_app(), words)
        assert result.exit_code == 0, result.output
        answer: dict[str, list[str]] = json.loads(result.stdout)
        return answer

    assert (found["same"], found["opens"]) == (False, True)
    assert explained(files[0])["released"] == closed["verdicts"]["old"]["released"] != []
    assert explained(files[1])["released"] == closed["verdicts"]["new"]["released"] == []


def test_the_page_is_html_in_the_language_asked_for(files: tuple[str, str]) -> None:
    """One file."""
    assert 'lang="en"' in run(*files, "--format", "html", "--lang", "en").stdout
