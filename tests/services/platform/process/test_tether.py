"""Whatever is started by the tether ends with the process that started it."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys

import pytest

GUARD_S = 300.0  # against waiting for ever; nothing takes so long

STARTER = """
import subprocess, sys
from services.platform.process.tether import tethered
runs = [sys.executable, "-c", "print('runs', flush=True); input()"]
child = subprocess.Popen(tethered(runs), stdin=subprocess.PIPE)
print(child.pid, flush=True)
child.wait()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child for its parent")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_child_ends_with_its_starter(number: signal.Signals) -> None:
    """However that one ends: kill -9 leaves it no time to say anything."""
    with subprocess.Popen([sys.executable, "-c", STARTER], stdout=subprocess.PIPE) as starter:
        assert starter.stdout is not None
        said = {starter.stdout.readline().strip() for _ in range(2)}
        child = os.pidfd_open(int(*(said - {b"runs"})))
        starter.send_signal(number)
        ended = select.select([child], [], [], GUARD_S)[0]
        os.close(child)

    assert ended == [child]
