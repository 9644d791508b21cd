"""A run tells what failed in it, and whose fault it was, however it ends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

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
TORN = """
import os
import pytest

@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session):
    folder = os.scandir(session.path)
    next(folder)
"""
BROKEN = TORN + "    raise OSError('as a temporary folder of pytest that cannot be removed')\n"


def told(folder: Path, conftest: str) -> str:
    """What a run over a small folder prints, by our settings."""
    (folder / "test_own.py").write_text(OWN)
    (folder / "conftest.py").write_text(conftest)
    done = subprocess.run(
        [
            sys.executable, "-m", "pytest", "-c", ROOT / "pyproject.toml", "--rootdir", folder,
            "-p", "anyio.pytest_plugin", "-p", "tests.endings", "-p", "no:cacheprovider", "-q",
            folder,
        ],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True, text=True, check=False, timeout=PATIENCE,
    )  # fmt: skip
    assert done.returncode
    return done.stdout


def test_the_last_lines_name_what_failed_where_it_was_at_fault(tmp_path: Path) -> None:
    """A task that goes on and a forgotten child are told; a folder of pytest's is no error."""
    said = told(tmp_path, TORN)

    assert "short test summary" in said
    assert said.splitlines()[-4:] == [
        "3 failed:",
        "test_own.py::test_that_fails (call)",
        "test_own.py::test_that_leaves_a_task (teardown)",
        "test_own.py::test_that_drops_a_process (teardown)",
    ]


def test_they_do_so_where_the_end_of_the_run_itself_breaks(tmp_path: Path) -> None:
    """Then pytest prints no summary, and its traceback comes first."""
    said = told(tmp_path, BROKEN)

    assert "short test summary" not in said
    assert said.splitlines()[-4] == "3 failed:"
