"""The README says nothing that is not so: each of its commands is run, in a newcomer's order.

Commands are the indented lines of README.md whose first word is a program. One that this module
does not know fails a test: whoever writes it into the README says here how it is held.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import orjson
import pytest

from services.play.kafka.fetch import fetch_jars
from tests.shell import README, ROOT, commands, environment, running, typed, until
from tests.test_newcomer import LINES

BY_CI: Final = ("make demo", "make test")  # run by .ci/run as they stand
UP: Final = "relais up"
SET: Final = ('export PATH="$PWD/.venv/bin:$PATH"', "export RELAIS_LANG=en")  # by `programs`

Check = Callable[[str], bool]


def _has(*words: str) -> Check:
    return lambda out: all(word in out for word in words)


# What each command needs no federation for, and what must stand in its output.
ALONE: Final[dict[str, Check]] = {
    "relais serve --help": _has("RELAIS_KAFKA", "RELAIS_SHARDS", "exit code 3"),
    "relais convention matrix": _has("EDU-S → CRIP", "HEALTH.vital", "keep", "P30"),
    "relais convention matrix --format html > matrix.html": lambda out: out == "",
    "relais convention explain --issuer EDU-H --event IP --recipient POL --categories facts,health":
        _has("No clause", "right door", "119"),
    "relais convention lint": _has("points checked: no problem,"),
}  # fmt: skip

# The same while `relais up` runs, in the README's order.
FEDERATED: Final[dict[str, Check]] = {
    "relais send --agency education --dry-run .relais/examples/concern.json":
        _has("a dry run", "→ crip: release by R01", "medical_file"),
    "relais send --agency education .relais/examples/concern.json":
        _has("published", "→ crip: release by R01", "medical_file"),
    "relais inbox --desk crip": _has(
        "Child-concern alert, from edu-s", "owed: a reply on the final outcome (R39)"
    ),
    "relais referrals --desk edu-s": _has("child-concern alert", "crip: "),
    "relais duties --desk crip": _has("a reply on the final outcome (R39)", "edu-s"),
    "relais send --desk edu-h-1 .relais/examples/concern.json":
        _has("→ crip: release by R02", "appraisal.level"),
    "URL=$(python3 -c 'import json; "
    'print(json.load(open(".relais/addresses.json"))["child_welfare"])\')': lambda out: out == "",
    'curl -s -H "Authorization: Bearer $(cat .relais/tokens/crip)" "$URL/v1/duties?desk=CRIP"':
        _has('"duties"', "R39:final"),
    "relais status": _has("routing-civil-0", "Kafka: 1 broker;"),
    "relais kafka status": _has("runs at 127.0.0.1:"),
    "relais directory check": _has("sound: yes"),
    "relais keys list": _has("crip", "seal P30"),
    "relais quarantine list": _has("decision", "sha256"),
    'curl -s "$URL/ready"': _has('"ready":true'),
    'curl -s "$URL/metrics"': _has("relais_lag"),
    "tail -n 3 .relais/logs/routing-civil-0.log": _has('"service":"routing"'),
    "relais convention simulate contracts/conventions/seine-saint-denis-2026-2.yaml --log live":
        _has("Decisions replayed", "are not told"),
    "relais audit replay --lang en": _has("clean:", "no divergence"),
    'relais audit who --desk crip --case "$(relais inbox --desk crip --format json | python3 -c '
    '\'import json; print(json.loads(input())["case"])\')"': _has("crip", "R01", "edu-s"),
    "relais audit export --out evidence.zip": _has("evidence.zip, signed", "--auditor"),
    "relais audit verify evidence.zip --owners .relais/owners.json --report report.html": _has("clean:", "no divergence"),
}  # fmt: skip
DIFF: Final = (
    "relais convention diff contracts/conventions/seine-saint-denis-2026-1.yaml "
    "contracts/conventions/seine-saint-denis-2026-2.yaml"
)

# What takes minutes or containers: the test that runs it, and the words by which it does.
ELSEWHERE: Final = {
    "relais up --home .relais-tls --nodes 3 --tls --shards 2":
        ("tests/kafka/operate/test_operate.py", "relais up --nodes 3 --tls --shards 2"),
    "relais topics check --home .relais-tls":
        ("tests/kafka/operate/test_operate.py", "relais topics check"),
    "relais acl check --home .relais-tls": ("tests/kafka/operate/test_operate.py", "relais acl check"),
    # podman-compose stands in for Docker, which needs an engine.
    "docker compose up --build":
        ("tests/containers/conftest.py", 'podman.compose("up", "--detach", "--no-build")'),
}  # fmt: skip
WAITS: Final = {  # for what a command shows when another has done its work
    "relais inbox --desk crip": "Child-concern alert",
    "relais duties --desk crip": "R39",
    "relais status": "Nothing needs anybody.",
    'curl -s -H "Authorization: Bearer $(cat .relais/tokens/crip)" "$URL/v1/duties?desk=CRIP"': "R39",
    'curl -s "$URL/ready"': '"ready":true',
}


def test_every_indented_line_is_a_command_or_the_picture() -> None:
    """A command of another program would else escape these tests."""
    lines = [line for line in README.splitlines() if line.startswith("    ")]

    picture = [line for line in lines if line.strip() not in commands()]

    assert len(picture) == 8
    assert picture[0].strip() == "agency's own record"


def test_the_readme_has_no_command_that_is_not_held() -> None:
    """And these tests hold none that the README no longer has."""
    held = {*BY_CI, UP, *SET, DIFF, *ALONE, *FEDERATED, *ELSEWHERE, *LINES}

    assert set(commands()) == held


@pytest.mark.parametrize("command", ELSEWHERE)
def test_a_long_command_is_run_by_the_test_that_is_named(command: str) -> None:
    """So it stands there, word by word or as the comment beside it says."""
    file, words = ELSEWHERE[command]

    assert words in (ROOT / file).read_text("utf-8")


def test_a_second_version_that_opens_something_is_compared(programs: dict[str, str]) -> None:
    """Typed in the repository's folder, since it names files there; exit 1, as the README says."""
    done = typed(DIFF, ROOT, programs)

    assert done.returncode == 1, done.stderr
    assert "R46" in done.stdout


def test_continuous_integration_runs_the_two_commands() -> None:
    """`make demo` and `make test`, word by word."""
    steps = re.findall(r"^step (make \w+)", (ROOT / ".ci" / "run").read_text("utf-8"), re.MULTILINE)

    assert set(BY_CI) <= set(steps)


@pytest.mark.parametrize("command", ALONE)
def test_a_command_that_needs_no_federation(
    command: str, tmp_path: Path, programs: dict[str, str]
) -> None:
    """In an empty folder, with exit code 0 and what the README promises of it."""
    done = typed(command, tmp_path, programs)

    assert done.returncode == 0, done.stderr
    assert ALONE[command](done.stdout), done.stdout


def test_the_matrix_is_one_page_in_words(tmp_path: Path, programs: dict[str, str]) -> None:
    """The file that the README's redirection makes opens in a browser, with nothing from outside."""
    typed("relais convention matrix --format html > matrix.html", tmp_path, programs)

    page = (tmp_path / "matrix.html").read_text("utf-8")
    assert page.startswith("<!doctype html>")
    assert "http" not in re.sub(r"http-equiv", "", page)
    assert "30 days" in page


@pytest.mark.kafka
@pytest.mark.slow
def test_the_first_five_minutes(tmp_path: Path, programs: dict[str, str]) -> None:
    """All that the README says to type while `relais up` runs; Ctrl-C; and on where it was."""
    with _up(tmp_path, programs):
        for command in (one for one in commands() if one in FEDERATED):
            _hold(command, tmp_path, programs)
        second = typed(UP, tmp_path, programs)
    inbox = "relais inbox --desk crip --format json"
    away = typed(inbox, tmp_path, programs)
    with _up(tmp_path, programs):
        after = typed(inbox, tmp_path, programs)

    assert second.returncode == 2
    assert away.returncode == 3
    assert [orjson.loads(line)["from"] for line in after.stdout.splitlines()] == [
        "edu-s", "edu-h-1",
    ]  # fmt: skip


@pytest.fixture
def programs(tmp_path: Path) -> dict[str, str]:
    """An environment in which `relais` is this repository's and the home is the folder's own."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (tmp_path / "contracts").symlink_to(ROOT / "contracts")
    script = folder / "relais"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m services "$@"\n')
    script.chmod(0o755)
    return environment(os.pathsep.join((str(folder), str(Path(sys.executable).parent))), ROOT)


def _hold(command: str, folder: Path, programs: dict[str, str]) -> None:
    """Run a command in a shell that has the variables of those before it."""
    before = [line for line in commands() if line.startswith("URL=")] if "$URL" in command else []
    done = until(WAITS.get(command, ""), "\n".join((*before, command)), folder, programs)
    assert done.returncode == 0, (command, done.stderr)
    assert FEDERATED[command](done.stdout), (command, done.stdout, done.stderr)


@contextmanager
def _up(folder: Path, programs: dict[str, str]) -> Iterator[None]:
    """`relais up` as it is typed, until Ctrl-C; then nothing of it is left."""
    fetch_jars()
    with running(UP, "Ctrl-C stops everything", folder, programs):
        yield
