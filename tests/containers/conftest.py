"""The containers that all tests of this folder look at: built and started once, and nothing left.

They run only where they are asked for (`make containers`): they take minutes, and need root.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp

import pytest

from services.play.demo.demo import begins, convention
from tests.containers import images, layers, outside, traces
from tests.containers.podman import Podman

READY_S = 240.0
NEEDED = ("podman", "podman-compose", "runc", "debootstrap", "iptables")


@dataclass
class Run:
    """Containers that run."""

    podman: Podman
    before: set[str]
    forwarding: str
    found: dict[str, list[str]] = field(default_factory=dict)
    _since: float = field(default_factory=time.monotonic)

    def step(self, name: str) -> None:
        """Tell that a step is done, and how long it took."""
        before, self._since = self._since, time.monotonic()
        sys.stderr.write(f"\n  {self._since - before:6.1f} s  {name}")
        sys.stderr.flush()

    def take_down(self) -> None:
        """Stop and remove everything; a second call finds nothing to do."""
        if self.podman.work.exists():
            # Two of three brokers that stop leave no quorum for the third to say goodbye to.
            self.podman("stop", "--all", "--time", "2", check=False)
            self.podman.compose("down", "--timeout", "2", check=False)
            for what in ("rm", "volume rm", "network prune"):
                options = ["--force"] if "network" in what else ["--all", "--force"]
                self.podman(*what.split(), *options, check=False)
            traces.tidy(self.podman.work, self.before, self.forwarding)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs containers unless `-m containers` asks for it."""
    if "containers" in str(config.option.markexpr):
        return
    left_out = [item for item in items if item.get_closest_marker("containers")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def run() -> Iterator[Run]:
    """The whole federation in containers, ready."""
    missing = [name for name in NEEDED if not shutil.which(name)]
    if missing or os.geteuid() != 0:
        pytest.fail(f"needs root and {', '.join(missing) or 'root'}: see tests/containers/setup.sh")
    work = Path(mkdtemp(prefix="relais-"))
    variables = {
        **images.IMAGES,
        "RELAIS_PORTS": outside.free_ports(),
        "RELAIS_START": str(begins(convention())),
    }
    podman = Podman(work, variables)
    found = Run(podman, traces.traces(work) - {f"folder {work}"}, traces.FORWARD.read_text())
    try:
        podman.configure()
        _bring_up(found)
        yield found
    finally:
        found.take_down()


def _bring_up(run: Run) -> None:
    podman = run.podman
    for name in images.build_all(podman):
        run.step(name)
    run.found = layers.look(podman)
    run.step("layers of all images searched")
    # Docker waits for both by itself (depends_on.condition); podman-compose must be told.
    podman.compose("up", "--detach", "--no-build", "keys")
    assert podman("wait", podman.container("keys")).strip() == "0", podman.logs("keys")
    run.step("keys made and handed out")
    podman.compose("up", "--detach", "--no-build")
    traces.weigh(len(outside.NUMBERS))
    run.step("all containers started")
    assert podman("wait", podman.container("setup")).strip() == "0", podman.logs("setup")
    outside.wait_until_ready(podman, outside.SERVICES, READY_S)
    run.step("all services ready")
