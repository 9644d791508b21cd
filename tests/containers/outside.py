"""The federation in containers as seen from this machine: loopback ports, copied files.

It stands in the place of a `Federation` that `launched` yields, so that the very same stories are
played over the very same HTTP and Kafka, from outside the containers.
"""

from __future__ import annotations

import shutil
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import httpx

from contracts.vocabulary.scopes import AGENCIES
from services.operate.home.home import Home
from services.play.run.launch import Federation
from services.play.run.plan import Plan, plan_services
from services.play.run.supervisor import Supervisor
from tests.containers.podman import Podman

PLAN: Final = Plan(shards=2, nodes=3, tls=True)
NODES: Final = ("broker-1", "broker-2", "broker-3")
SHARDS: Final = tuple(PLAN.shard_names)
AUDITS: Final = tuple(PLAN.audit_names)
SERVICES: Final = (*AGENCIES, *SHARDS, *AUDITS)
ENDS: Final = ("keys", "setup")  # containers that work once
NUMBERS: Final = {  # the last two digits of each port
    **{name: 1 + number for number, name in enumerate(AGENCIES)},
    **{name: 11 + number for number, name in enumerate(SHARDS)},
    **{name: 21 + number for number, name in enumerate(AUDITS)},
    "console": 31,
    "prometheus": 90,
    **{name: 91 + number for number, name in enumerate(NODES)},
}
LOOK_S: Final = 0.5


@dataclass(frozen=True)
class OutsideHome(Home):
    """A copy of the federation's home; its clock is the one that the containers look at."""

    clock_file: Path = Path("clock")

    @property
    def clock(self) -> Path:
        """How far time was moved."""
        return self.clock_file


def free_ports() -> str:
    """What the ports begin with (RELAIS_PORTS), so that all of them are free on the loopback."""
    for prefix in range(200, 320):
        if all(_free(prefix * 100 + number) for number in NUMBERS.values()):
            return str(prefix)
    raise AssertionError("no free ports")


def federation(podman: Podman, folder: Path) -> Federation:
    """The running federation; keys and tokens are copied out, as `docker compose cp` would."""
    shutil.copytree(podman.volume("home"), folder)
    home = OutsideHome(folder, clock_file=podman.volume("clock") / "clock")
    bootstrap = ",".join(f"127.0.0.1:{port_of(podman, name)}" for name in NODES)
    planned = plan_services(home, bootstrap, PLAN)
    services = tuple(replace(one, port=port_of(podman, one.name)) for one in planned)
    nobody = Supervisor(folder / "logs", folder / "running.json", lambda _who, _what: None)
    return Federation(home, PLAN, bootstrap, services, supervisor=nobody)


def port_of(podman: Podman, name: str) -> int:
    """The port on this machine's loopback at which a container is reached."""
    return int(podman.variables["RELAIS_PORTS"]) * 100 + NUMBERS[name]


def wait_until_ready(podman: Podman, names: Iterable[str], limit_s: float) -> None:
    """Wait until services say that they are ready."""
    began, waiting = time.monotonic(), list(names)
    while waiting:
        waiting = [name for name in waiting if not _ready(podman, name)]
        if time.monotonic() - began > limit_s:
            ends = "\n".join(f"{name}: {podman.logs(name)[-1500:]}" for name in waiting)
            raise AssertionError(f"not ready within {limit_s:g} s: {ends}")
        time.sleep(LOOK_S)


def _ready(podman: Podman, name: str) -> bool:
    path = "/-/ready" if name == "prometheus" else "/ready"
    try:
        url = f"http://127.0.0.1:{port_of(podman, name)}{path}"
        return httpx.get(url, timeout=5, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def _free(port: int) -> bool:
    with socket.socket() as listener:
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
