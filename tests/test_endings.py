"""A run tells what failed in it, however it ends; `make test` tries again what failed on Kafka."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests import gate
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[1]
OWN = """
import asyncio, subprocess, sys
import pytest

pytestmark = pytest.mark.anyio

@pytest.fixture
def anyio_backend():
    return "asyncio"

def test_that_fails():
    assert False

async def test_that_leaves_a_task():
    asyncio.get_running_loop().own = asyncio.create_task(asyncio.sleep(900))

async def test_that_drops_a_process():
    children = [subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)]
    children.append(children)

async def test_that_is_good():
    await asyncio.sleep(0)
"""
BROKEN = """
import pytest

@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session):
    raise OSError('as a temporary folder of pytest that cannot be removed')
"""


def test_the_last_lines_name_what_failed_where_it_was_at_fault(tmp_path: Path) -> None:
    """A task that goes on and a forgotten child; also where the end of the run breaks."""
    (tmp_path / "test_own.py").write_text(OWN)
    (tmp_path / "conftest.py").write_text(BROKEN)

    done = subprocess.run(
        [
            sys.executable, "-m", "pytest", "-c", ROOT / "pyproject.toml", "--rootdir", tmp_path,
            "-p", "anyio.pytest_plugin", "-p", "tests.endings", "-p", "no:cacheprovider", "-q",
            tmp_path,
        ],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True, text=True, check=False, timeout=PATIENCE,
    )  # fmt: skip

    assert done.returncode
    assert "short test summary" not in done.stdout  # since the end of the run itself broke
    assert done.stdout.splitlines()[-4:] == [
        "3 failed:",
        "test_own.py::test_that_fails (call)",
        "test_own.py::test_that_leaves_a_task (teardown)",
        "test_own.py::test_that_drops_a_process (teardown)",
    ]


ON_KAFKA = "tests/kafka/test_kills.py::test_one"
IN_MEMORY = "tests/flows/test_stories.py::test_two"


@pytest.mark.parametrize(
    ("failed", "again", "verdict"),
    [
        ([ON_KAFKA], 0, 0),
        ([ON_KAFKA], 1, 1),
        ([IN_MEMORY], None, 1),
        ([IN_MEMORY, ON_KAFKA], None, 1),
    ],
)
def test_what_failed_is_tried_again_where_all_of_it_needs_kafka(
    failed: list[str], again: int | None, verdict: int, tmp_path: Path, monkeypatch: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """And the run names it: a test in memory that fails once is a defect."""
    runs: list[Sequence[str]] = []

    def run(*arguments: str) -> int | None:
        runs.append(arguments)
        return 1 if len(runs) == 1 else again

    kept = tmp_path / ".pytest_cache" / "v" / "cache"
    kept.mkdir(parents=True)
    (kept / "lastfailed").write_text(json.dumps(dict.fromkeys(failed, True)))
    monkeypatch.setattr(gate, "ROOT", tmp_path)
    monkeypatch.setattr(gate, "_pytest", run)

    assert gate.main([]) == verdict
    assert runs[1:] == ([] if again is None else [tuple(failed)])
    assert (ON_KAFKA in capsys.readouterr().out) == (again is not None)
