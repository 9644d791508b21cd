"""`relais convention diff`: text, JSON and a page; exit 1 if anything opens."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

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
    """So that a review can insist, and says so; the same file twice exits zero."""
    more, same = (run(files[0], new, "--lang", "en") for new in reversed(files))

    assert (more.exit_code, same.exit_code) == (1, 0)
    assert "This version permits new sharing" in more.stdout
    assert same.stdout.startswith("No difference in what may be shared.")


def answered(change: dict[str, Any], at: str = "") -> dict[str, Any]:
    """What the command under a change says when typed; at another file if one is given."""
    words = shlex.split(change["command"])
    assert words[:3] == ["relais", "convention", "explain"]
    if at:
        words[3] = at
    result = CliRunner().invoke(create_app(), [*words[1:], "--format", "json"])
    if at and "unknown_role" in result.output:  # the version before had no such role
        return {"released": [], "answers": []}
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def says(answer: dict[str, Any], change: dict[str, Any]) -> Any:
    """What an answer says of that which a change is about."""
    kind, clauses = change["kind"], answer["answers"]
    if kind == "scopes":
        return sorted(answer["released"])
    if kind == "condition":
        return any(change["condition"] in one["conditions"] for one in clauses)
    if kind in ("duty", "deadline"):
        owed = [
            duty for one in clauses for duty in one["owes"] if duty["act"] == change["duty"]["act"]
        ]
        return [(duty["within"], duty["from"]) for duty in owed]
    return [one[{"retention": "keep"}.get(kind, kind)] for one in clauses]


def test_the_command_under_each_change_answers_as_the_change_says(files: tuple[str, str]) -> None:
    """Typed as it stands, and at the old file: both answers differ just as the change says."""
    found = json.loads(run(*files, "--format", "json").stdout)
    typed = 0
    for group in ("opened", "closed", "harder", "easier", "otherwise"):
        for change in found[group]:
            if "command" not in change:
                assert "issuers" not in change
                continue
            typed += 1
            new, old = (says(answered(change, at), change) for at in ("", files[0]))
            kind = change["kind"]
            if kind == "scopes":
                asked = shlex.split(change["command"])[-1].split(",")
                passing, nothing = (new, old) if group == "opened" else (old, new)
                assert (passing, nothing) == (sorted(asked), [])
            elif kind == "condition":
                assert (old, new) == ((False, True) if group == "harder" else (True, False))
            elif kind == "deadline":
                assert (change["duty"]["within"], change["duty"]["from"]) in new
                assert (change["was"]["within"], change["was"]["from"]) in old
            else:
                assert old != new, change
    assert typed > 10


def test_a_command_names_a_file_as_the_shell_takes_it(
    files: tuple[str, str], tmp_path: Path
) -> None:
    """A space in its name is quoted; each change says itself by one example sentence."""
    spaced = tmp_path / "version suivante.yaml"
    spaced.write_bytes(read(SECOND))

    found = json.loads(run(files[0], str(spaced), "--format", "json").stdout)

    assert answered(found["opened"][0])["released"]
    assert found["opened"][0]["example"]["en"].endswith(" Before: no; now: yes.")
    assert "verdicts" not in found["opened"][0]


def test_a_command_names_a_file_below_this_folder_as_a_person_types_it(
    files: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a terminal from where it runs; on a page, which others read, by its name alone."""
    monkeypatch.chdir(tmp_path.parent)
    here = f"relais convention explain {tmp_path.name}/{SECOND} "

    terminal, page = (run(*files, "--format", form).stdout for form in ("text", "html"))

    assert here in terminal
    assert f"<span>relais convention explain</span> <span>{SECOND}</span>" in page
    assert str(tmp_path) not in terminal + page
    assert tmp_path.name not in page


def renumbered(folder: Path, *edits: tuple[str, str]) -> str:
    """The second version with these texts replaced."""
    text = read(SECOND).decode()
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    file = folder / "renumbered.yaml"
    file.write_text(text)
    return str(file)


def test_a_number_given_to_another_act_is_refused_with_its_name(
    files: tuple[str, str], tmp_path: Path
) -> None:
    """What the log knows by R35 would mean something else: nothing is compared."""
    new = renumbered(
        tmp_path, ("  - id: R35\n", "  - id: R96\n"), ("  - id: R47\n", "  - id: R35\n")
    )

    result = run(files[0], new)

    assert result.exit_code == 2
    assert "clause_number_reused: " in result.stderr
    assert "R35" in result.stderr
    assert "keeps its act" in result.stderr
    assert result.stdout == ""


def test_a_number_that_is_left_out_is_said_and_the_rest_is_compared(
    files: tuple[str, str], tmp_path: Path
) -> None:
    """No order would adopt it; what it closes can be read, and what to write is said."""
    result = run(files[0], renumbered(tmp_path, ("  - id: R35\n", "  - id: R96\n")), "--lang", "en")

    assert result.exit_code == 1
    assert "put into the table `repealed`: R35: {event: MISSING, purpose: return}" in result.stderr
    assert "clause R35 becomes clause R96" in result.stdout
