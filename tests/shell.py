"""Commands as a newcomer types them: in a folder, in a shell, and those that stay until Ctrl-C."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import orjson
from typer.testing import CliRunner, Result

from services.cli.app import app
from services.platform.process.tether import tethered
from tests.patience import PATIENCE, until

ROOT: Final = Path(__file__).parent.parent
NODE_FOLDER: Final = ROOT / "tests" / "node"


def invoke(*words: object, **more: Any) -> Result:
    """A command in this process, as it is typed."""
    return CliRunner().invoke(app, [str(word) for word in words], **more)


def node_says(node: Path, script: str, given: object) -> Any:
    """What a program of `tests/node` answers; it is given a value and answers one, as JSON."""
    done = subprocess.run(
        (str(node), script), cwd=NODE_FOLDER, input=json.dumps(given), capture_output=True,
        text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return orjson.loads(done.stdout)


def environment(path: str, imported: Path) -> dict[str, str]:
    """A newcomer's, in English."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RELAIS_")}
    own = {"PYTHONPATH": str(imported), "NO_PROXY": "127.0.0.1", "RELAIS_LANG": "en"}
    return {**kept, "PATH": os.pathsep.join((path, kept["PATH"])), **own}


def lines_of(out: str) -> list[Any]:
    """Rows of JSON, one a line: a list as `--format json` prints it, a log."""
    return [orjson.loads(line) for line in out.splitlines()]


def typed(
    command: str, folder: Path, programs: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """A line of a page as it is typed."""
    return subprocess.run(  # noqa: S602
        command, shell=True, cwd=folder, env=programs, capture_output=True, text=True, check=False,
        timeout=PATIENCE,
    )  # fmt: skip


def until_good(command: str, folder: Path, programs: Mapping[str, str]) -> None:
    """A command that may need what others do first: typed until it ends with 0."""
    deadline = time.monotonic() + PATIENCE
    while (done := typed(command, folder, programs)).returncode:
        assert time.monotonic() < deadline, (command, done.stdout, done.stderr)
        time.sleep(0.5)


@contextmanager
def running(command: str, words: str, folder: Path, programs: Mapping[str, str]) -> Iterator[None]:
    """A command that stays, from these words until Ctrl-C; then nothing new is left."""
    before = at_work(folder)
    said = folder / f"{re.sub(r'[^a-z0-9]+', '-', command)}.said"
    with _staying(command.split(), said, words.encode(), cwd=folder, env=programs):
        yield
    assert [text for process, text in at_work(folder).items() if process not in before] == []


@contextmanager
def serving(out: Path, *words: object) -> Iterator[dict[str, Any]]:
    """A command that stays: what it printed as JSON into a file, until Ctrl-C, which ends it."""
    command = (sys.executable, "-m", "services", *map(str, words), "--format", "json")
    with _staying(command, out, b"}\n") as process:
        yield orjson.loads(out.read_bytes()) | {"pid": process.pid}


@contextmanager
def _staying(
    command: Sequence[str], said: Path, ready: bytes, **more: Any
) -> Iterator[subprocess.Popen[bytes]]:
    """A process once this stands in what it says; Ctrl-C ends it with 0."""
    with said.open("wb") as out:
        process = subprocess.Popen(tethered(command), stdout=out, start_new_session=True, **more)
    try:
        until(lambda: process.poll() is not None or ready in said.read_bytes())
        assert process.poll() is None, "it has ended"
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        code = process.wait(PATIENCE)
    assert code == 0


def at_work(folder: Path) -> dict[str, str]:
    """Processes that work in the folder or were told of it: id -> command."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            where = str((process / "cwd").readlink())
            given = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        except OSError:
            continue
        text = given.replace(b"\0", b" ").decode(errors="replace")
        if str(folder) in where or str(folder) in text:
            found[process.name] = text[:200]
    return found
