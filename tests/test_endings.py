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
