"""The commands of the README and of the tutorials are typed as a reader types them, each once.

What stands in a block marked `sh` is run, and a line of the README that is one command in
backticks. What is marked `bash` takes minutes, a second federation or rights that a test has not.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from services.play.kafka.fetch import fetch_jars
from tests.ports import free_port
from tests.shell import ROOT, environment, running, until_good

TUTORIALS: Final = ROOT / "docs" / "tutorial"
UP: Final = "relais up"
SANDBOX: Final = "relais sandbox"
OPENS: Final = "relais convention diff"  # ends with 1 where the new version opens something
_COMMANDS: Final = re.compile(r"^```sh\n(.*?)^```|^ *`(relais [^`\n]+)`$", re.MULTILINE | re.DOTALL)
_SETS: Final = re.compile(r"export [A-Z]+=")


def commands(page: Path) -> list[str]:
    """Those of a page, in its order, but for the folder of programs."""
    text = page.read_text("utf-8")
    lines = [line for found in _COMMANDS.findall(text) for line in "".join(found).splitlines()]
    return [line for line in lines if not line.startswith("export PATH=")]


@pytest.fixture
def programs(tmp_path: Path) -> dict[str, str]:
    """An environment in which `relais` is this repository's and the home is the folder's own."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("contracts", "examples"):
        (tmp_path / name).symlink_to(ROOT / name)
    script = folder / "relais"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m services "$@"\n')
    script.chmod(0o755)
    return environment(os.pathsep.join((str(folder), str(Path(sys.executable).parent))), ROOT)


def read(page: Path, folder: Path, programs: dict[str, str], *known: str) -> None:
    """Type the commands of a page, each with the names that were given before; all end with 0."""
    names: list[str] = []
    for line in commands(page):
        if _SETS.match(line):
            names.append(line)
        elif not f"{line}\n".startswith(known):
            good = f"{line}; test $? -le 1" if line.startswith(OPENS) else line
            until_good("\n".join((*names, good)), folder, programs)


@pytest.mark.kafka
@pytest.mark.slow
def test_a_federation_as_the_pages_have_it(tmp_path: Path, programs: dict[str, str]) -> None:
    """README, operator and auditor, while `relais up` runs; after Ctrl-C nothing of it is left."""
    fetch_jars()
    with running(UP, "Ctrl-C stops everything", tmp_path, programs):
        known = [UP]
        for page in (ROOT / "README.md", TUTORIALS / "operator.md", TUTORIALS / "auditor.md"):
            read(page, tmp_path, programs, *known)
            known += [f"{line}\n" for line in commands(page)]


@pytest.mark.slow
def test_a_sandbox_as_the_developer_has_it(tmp_path: Path, programs: dict[str, str]) -> None:
    """At another address, for the usual one may be somebody's."""
    page = tmp_path / "page.md"
    text = (TUTORIALS / "vendor-http.md").read_text("utf-8")
    with _sandbox(tmp_path, programs) as port:
        page.write_text(text.replace("127.0.0.1:8420", f"127.0.0.1:{port}"), "utf-8")
        read(page, tmp_path, programs, SANDBOX)


@pytest.mark.slow
def test_the_convention_as_the_committee_reads_it(tmp_path: Path, programs: dict[str, str]) -> None:
    """Without any service."""
    read(TUTORIALS / "convention.md", tmp_path, programs)

    assert "<!doctype html>" in (tmp_path / "convention.html").read_text("utf-8")


@contextmanager
def _sandbox(folder: Path, programs: dict[str, str]) -> Iterator[int]:
    port = free_port()
    with running(f"{SANDBOX} --port {port}", "Ctrl-C ends it", folder, programs):
        yield port
