"""podman and podman-compose with settings, images and state of their own, in one folder.

Nothing of the machine's own podman is read or changed. runc, since crun fails on some kernels'
control groups; `cgroupfs` and a log in a file, since there may be no systemd.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
PROJECT: Final = "relais-test"
FILES: Final = ("docker-compose.yml", "deploy/compose.play.yml")
LIMIT_S: Final = 300
SETTINGS: Final = """\
[containers]
default_ulimits = ["nofile=20000:20000", "nproc=4000:4000"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
tmp_dir = "{work}/run/libpod"
[network]
network_backend = "netavark"
network_config_dir = "{work}/networks"
"""
STORAGE: Final = """\
[storage]
driver = "overlay"
graphroot = "{work}/storage"
runroot = "{work}/run"
"""


@dataclass(frozen=True)
class Podman:
    """podman over the folder `work`."""

    work: Path
    variables: dict[str, str] = field(default_factory=dict)

    def configure(self) -> None:
        """Write the settings."""
        (self.work / "networks").mkdir(parents=True)
        (self.work / "containers.conf").write_text(SETTINGS.format(work=self.work))
        (self.work / "storage.conf").write_text(STORAGE.format(work=self.work))

    @property
    def environment(self) -> dict[str, str]:
        """Of every command."""
        return {
            **os.environ,
            "CONTAINERS_CONF": str(self.work / "containers.conf"),
            "CONTAINERS_STORAGE_CONF": str(self.work / "storage.conf"),
            **self.variables,
        }

    def __call__(self, *arguments: str, check: bool = True) -> str:
        """The output of a podman command."""
        return self._output(["podman", *arguments], check=check)

    def compose(self, *arguments: str, check: bool = True) -> str:
        """podman-compose over the project's files, with `read_only` as Docker has it."""
        files = [part for name in FILES for part in ("-f", str(ROOT / name))]
        strict = "--podman-run-args=--read-only-tmpfs=false"
        command = ["podman-compose", "-p", PROJECT, strict, *files, *arguments]
        return self._output(command, check=check)

    def container(self, service: str) -> str:
        """The container of a service."""
        return f"{PROJECT}_{service}_1"

    def volume(self, name: str) -> Path:
        """Where a volume of the project lies on this machine."""
        found = self("volume", "inspect", f"{PROJECT}_{name}", "--format", "{{.Mountpoint}}")
        return Path(found.strip())

    def inspect(self, service: str) -> Mapping[str, Any]:
        """All that podman knows of a service's container."""
        found: list[dict[str, Any]] = json.loads(self("inspect", self.container(service)))
        return found[0]

    def logs(self, service: str) -> str:
        """What a service has written."""
        return self("logs", self.container(service), check=False)

    def _output(self, command: list[str], *, check: bool) -> str:
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, check=False, timeout=LIMIT_S,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        assert not (check and done.returncode), f"{command[:3]}: {done.stdout[-3000:]}"
        return done.stdout
