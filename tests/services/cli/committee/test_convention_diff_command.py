"""`relais convention diff`: text, JSON and a page; exit 1 if anything opens."""

from __future__ import annotations

import json
import shlex
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from contracts.conventions import SECOND, SHIPPED, read
from services.cli.app import app


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
    return CliRunner().invoke(app, ["convention", "diff", *words])


def says(change: dict[str, Any], at: str = "") -> Any:
    """What the command under a change answers of it when typed; at another file if given."""
    words = shlex.split(change["command"])
    assert words[:3] == ["relais", "convention", "explain"]
    words[3] = at or words[3]
    result = CliRunner().invoke(app, [*words[1:], "--format", "json"])
    if at and "unknown_role" in result.output:  # the version before had no such role
        return []
    assert result.exit_code == 0, result.output
    answer, kind = json.loads(result.stdout), change["kind"]
    if kind == "scopes":
        return sorted(answer["released"])
    member = {"condition": "conditions", "duty": "owes", "deadline": "owes", "retention": "keep"}
    return [one[member.get(kind, kind)] for one in answer["answers"]]


def test_the_command_under_each_change_answers_as_the_change_says(files: tuple[str, str]) -> None:
    """Four of a kind, typed as they stand and at the old file: the answers differ as it says."""
    found = json.loads(run(*files, "--format", "json").stdout)
    groups = ("opened", "closed", "harder", "easier", "otherwise")
    changes = [(group, change) for group in groups for change in found[group]]
    of_kind: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for group, change in changes:
        if "command" in change:
            of_kind[group, change["kind"]].append((group, change))
    typed = [one for each in of_kind.values() for one in each[:4]]

    assert not [change for _, change in changes if "issuers" in change and "command" not in change]
    assert len(typed) > 10
    for group, change in typed:
        new, old = says(change), says(change, files[0])
        assert new != old, change
        if change["kind"] == "scopes":
            asked = sorted(shlex.split(change["command"])[-1].split(","))
            assert (new, old) == ((asked, []) if group == "opened" else ([], asked))
        elif change["kind"] == "condition":
            named = [any(change["condition"] in one for one in each) for each in (old, new)]
            assert named == ([False, True] if group == "harder" else [True, False])


def test_a_command_quotes_a_file_as_a_shell_does(files: tuple[str, str], tmp_path: Path) -> None:
    """A space in its name is quoted; each change says itself by one example sentence."""
    spaced = tmp_path / "version suivante.yaml"
    spaced.write_bytes(read(SECOND))

    (first, *_) = json.loads(run(files[0], str(spaced), "--format", "json").stdout)["opened"]

    assert says(first)
    assert first["example"]["en"].endswith(" Before: no; now: yes.")


def test_a_command_names_a_file_below_this_folder_as_a_person_types_it(
    files: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a terminal from where it runs; on a page, which others read, by its name alone."""
    monkeypatch.chdir(tmp_path.parent)
    here = f"relais convention explain {tmp_path.name}/{SECOND} "

    more, shown = (run(*files, "--format", form, "--lang", "en") for form in ("text", "html"))
    same, terminal, page = run(files[0], files[0], "--lang", "en"), more.stdout, shown.stdout

    assert (more.exit_code, same.exit_code) == (1, 0)  # so that a review can insist
    assert "This version permits new sharing" in terminal
    assert same.stdout.startswith("No difference in what may be shared.")
    assert here in terminal
    assert f"<span>relais convention explain</span> <span>{SECOND}</span>" in page
    assert str(tmp_path) not in terminal + page
    assert tmp_path.name not in page


def renumbered(folder: Path, *edits: tuple[str, str]) -> str:
    """The second version with clauses under other numbers."""
    text = read(SECOND).decode()
    for old, new in edits:
        text = text.replace(f"  - id: {old}\n", f"  - id: {new}\n")
    file = folder / "renumbered.yaml"
    file.write_text(text)
    return str(file)


def test_a_number_given_to_another_act_is_refused(files: tuple[str, str], tmp_path: Path) -> None:
    """What the log knows by R35 would mean something else: nothing is compared."""
    result = run(files[0], renumbered(tmp_path, ("R35", "R96"), ("R47", "R35")))

    assert (result.exit_code, result.stdout) == (2, "")
    assert "clause_number_reused: " in result.stderr
    assert "R35" in result.stderr


def test_a_number_that_is_left_out_is_said(files: tuple[str, str], tmp_path: Path) -> None:
    """No order would adopt it; what it closes can be read, and what to write is said."""
    result = run(files[0], renumbered(tmp_path, ("R35", "R96")), "--lang", "en")

    assert result.exit_code == 1
    assert "put into the table `repealed`: R35: {event: MISSING, purpose: return}" in result.stderr
    assert "clause R35 becomes clause R96" in result.stdout
