"""Ctrl-C in the middle of the tests leaves nothing behind: no broker, no worker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.patience import PATIENCE, until

ROOT: Final = Path(__file__).parent.parent
WAITING: Final = "import time\n\n\ndef test_it_waits(broker):\n    time.sleep(600)\n"

pytestmark = [pytest.mark.kafka, pytest.mark.slow]


@pytest.mark.parametrize("whom", ["everybody", "the first"])
def test_an_interrupt_of_two_workers_leaves_no_process(tmp_path: Path, whom: str) -> None:
    """Ctrl-C reaches all processes of a terminal, `kill -INT` the first; a worker has a broker."""
    folder, base = tmp_path / "tests" / "kafka", tmp_path / "base"
    folder.mkdir(parents=True)
    for name in ("a", "b"):
        (folder / f"test_{name}.py").write_text(WAITING)
    with (tmp_path / "said").open("w") as said:
        run = subprocess.Popen(
            (sys.executable, "-m", "pytest", "-p", "tests.conftest", "-c",
            str(ROOT / "pyproject.toml"),
             "--rootdir", str(tmp_path), "-n", "2", "--basetemp", str(base), str(tmp_path)),
            cwd=ROOT, stdout=said, stderr=said, start_new_session=True,
            env={name: value for name, value in os.environ.items() if name != "RELAIS_NIGHTLY"},
        )  # fmt: skip
    until(lambda: _brokers(base), (tmp_path / "said").read_text)

    (os.killpg if whom == "everybody" else os.kill)(run.pid, signal.SIGINT)
    run.wait(PATIENCE)
    until(lambda: not _of(base))

    assert run.returncode == 2, (tmp_path / "said").read_text()
    assert _of(base) == []


def _brokers(base: Path) -> list[str]:
    return [command for command in _of(base) if "kafka.Kafka" in command]


def _of(base: Path) -> list[str]:
    """The command lines of all processes that name a folder."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = file.read_text()
        except OSError:  # it has ended
            continue
        if str(base) in command:
            found.append(command)
    return found
