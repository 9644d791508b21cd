"""The federation in containers, for real, from building to taking down. In order."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
from packaging.requirements import Requirement

from contracts.vocabulary import principals
from services.operate.agreed import at_home, planned_topics
from services.play.demo.demo import auditor
from services.play.demo.http_bus import HttpBus
from services.play.demo.kafka_observer import Witness
from services.play.demo.screen import ScreenLine, Teller
from services.play.demo.stories import play_all
from services.play.run.launch import Federation
from tests.containers import images, layers, outside, traces
from tests.containers.conftest import Run
from tests.containers.podman import ROOT

pytestmark = pytest.mark.containers

RUNNING = (*outside.NODES, *outside.SERVICES, "console", "prometheus")
HEALTH_S = 60
PLAYED = "ABCDE"  # the last adopts a convention that needs new keys in all volumes
STOP_S = 20  # as in the compose file


@pytest.fixture(scope="module")
def played(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """All stories but the last, with a broker and a router restarted meanwhile."""
    federation = outside.federation(run.podman, tmp_path_factory.mktemp("outside") / "home")
    found = Played(run, federation)
    asyncio.run(found.play())
    run.step("five stories played, broker-2 and routing-civil-0 restarted meanwhile")
    return found


class Played:
    """A play from outside."""

    def __init__(self, run: Run, federation: Federation) -> None:
        self.run, self.federation = run, federation
        self.lines: list[ScreenLine] = []
        self.expected = False
        self.restarted: list[str] = []
        self._restarts = {3: "broker-2", 4: "routing-civil-0"}  # while that story is played
        self._stories = 0
        self._threads: list[threading.Thread] = []

    async def play(self) -> None:
        """Play all, and wait for the restarts."""
        federation = self.federation
        names = [topic.name for topic in planned_topics(at_home(federation.home))]
        admin = federation.bus(principals.ADMIN)
        async with AsyncExitStack() as stack:
            witness = Witness(admin, names, federation.urls)
            await stack.enter_async_context(witness)
            loop = asyncio.get_running_loop()
            bus = HttpBus(federation, witness, loop, lambda: auditor(federation))
            stack.callback(bus.close)
            teller = Teller(self._show)
            self.lines = teller.lines
            self.expected = await asyncio.to_thread(play_all, bus, teller, PLAYED)
            await asyncio.to_thread(self._join)

    def _show(self, line: ScreenLine) -> None:
        if line.kind == "story":
            self._stories += 1
            name = self._restarts.get(self._stories)
            if name:
                self._threads.append(threading.Thread(target=self._restart, args=(name,)))
                self._threads[-1].start()

    def _restart(self, name: str) -> None:
        podman = self.run.podman
        podman("restart", "--time", "20", podman.container(name))
        self.restarted.append(name)

    def _join(self) -> None:
        for thread in self._threads:
            thread.join(timeout=120)


# --- what was built ----------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["secrets", "compilers", "caches"])
def test_no_layer_holds(run: Run, what: str) -> None:
    """Every layer of every image, the ones between too, file by file."""
    assert run.found[what] == []


def test_the_machines_own_settings_of_pip_are_in_no_layer(run: Run) -> None:
    """Where packages came from, and any password for it, was mounted and is not kept."""
    settings = (run.podman.work / "pip.conf").read_text()

    kept = [path for _, path in layers.layer_files(run.podman) if path.name == "pip.conf"]

    assert settings.startswith("[global]")
    assert [path.read_text() for path in kept if path.stat().st_size] == []
    assert settings not in layers.told(run.podman, images.RELAIS)


def test_the_image_has_exactly_what_the_lock_says(run: Run) -> None:
    """Versions are those of requirements/runtime.txt, and nothing besides but Relais itself."""
    code = (
        "import importlib.metadata as m; print('\\n'.join(f'{d.name}=={d.version}' for d in "
        "m.distributions()))"
    )

    told = run.podman(
        "exec", run.podman.container("education"), "/opt/relais/bin/python", "-c", code
    )

    pinned = re.findall(
        r"^(\S+==[^\\]+?)\s*\\?$", (ROOT / "requirements/runtime.txt").read_text(), re.MULTILINE
    )
    wanted = [Requirement(line) for line in pinned]
    expected = {
        f"{one.name}{one.specifier}".lower()
        for one in wanted
        if not one.marker or one.marker.evaluate({"python_version": "3.11"})
    }
    installed = {line.lower().replace("_", "-") for line in told.split()}
    assert installed - {"relais==0.2.0"} == expected


# --- what runs ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", RUNNING)
def test_a_container_runs_without_any_privilege_and_within_limits(run: Run, name: str) -> None:
    """No root, no capability, no way to get one, nothing writable but a small /tmp."""
    found = run.podman.inspect(name)
    pid = found["State"]["Pid"]
    status = dict(
        line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines()
    )

    assert status["Uid"].split()[0] != "0"
    assert int(status["CapEff"], 16) == 0
    assert int(status["CapBnd"], 16) == 0
    assert status["NoNewPrivs"] == "1"
    assert found["HostConfig"]["ReadonlyRootfs"]
    assert 0 < found["HostConfig"]["Memory"] <= 1 << 30
    assert 0 < found["HostConfig"]["NanoCpus"] <= 10**9


def test_nothing_is_published_beyond_the_loopback(run: Run) -> None:
    """Every published port names 127.0.0.1, and another address of this machine refuses it."""
    rows = [
        one
        for name in RUNNING
        for ports in run.podman.inspect(name)["HostConfig"]["PortBindings"].values()
        for one in ports or ()  # a port that an image names and nobody publishes
    ]

    assert len(rows) == len(RUNNING)
    assert {one["HostIp"] for one in rows} == {"127.0.0.1"}
    for other in _other_addresses():
        for row in rows:
            with pytest.raises(OSError, match=r"refused|timed out|unreachable"):
                socket.create_connection((other, int(row["HostPort"])), timeout=2).close()


@pytest.mark.parametrize("name", RUNNING)
def test_a_health_check_passes(run: Run, name: str) -> None:
    """podman schedules none without systemd: run once by hand."""
    told = run.podman("healthcheck", "run", run.podman.container(name), check=False)

    assert not told.strip(), told


def test_the_console_shows_every_service(run: Run) -> None:
    """Signed in as the operator: ten services ready by name, three brokers."""
    outside.wait_until_ready(run.podman, ["console"], HEALTH_S)
    passwords = json.loads((run.podman.volume("home") / "console-passwords.json").read_bytes())
    url = f"http://localhost:{outside.port_of(run.podman, 'console')}"
    form = {"account": "operator", "password": passwords["operator"]}

    signed_in = httpx.post(f"{url}/sign-in", data=form, trust_env=False)
    cookie = {"Cookie": signed_in.headers["set-cookie"].partition(";")[0]}
    time.sleep(5)  # its next look
    first = httpx.get(f"{url}/?lang=en", headers=cookie, trust_env=False).text

    assert "Secure" in signed_in.headers["set-cookie"]
    assert [name for name in outside.SERVICES if name not in first] == []


# --- what it does ------------------------------------------------------------------------------


def test_the_stories_come_out_as_expected(played: Played) -> None:
    """From outside, with a broker and a router restarted; the auditor replays at the end."""
    wrong = [line.text.say("en") for line in played.lines if not line.ok]

    assert wrong == []
    assert played.expected
    assert sorted(played.restarted) == ["broker-2", "routing-civil-0"]


def test_prometheus_scrapes_every_service(played: Played) -> None:
    """Over the containers' network, each by its name."""
    podman = played.run.podman
    outside.wait_until_ready(podman, ["prometheus"], HEALTH_S)
    url = f"http://127.0.0.1:{outside.port_of(podman, 'prometheus')}/api/v1/query"

    wanted, deadline = dict.fromkeys(outside.SERVICES, "1"), time.monotonic() + HEALTH_S
    while (up := _scraped(url)) != wanted and time.monotonic() < deadline:
        time.sleep(1)  # it looks every 15 s: the last look may have been during a restart

    assert up == wanted


def test_no_secret_is_in_logs_settings_or_process_lists(played: Played) -> None:
    """Tokens, private halves and raw secrets, looked for as they are."""
    podman, known = played.run.podman, layers.secrets_of(played.federation.home.path)

    for name in (*RUNNING, *outside.ENDS):
        found = podman.inspect(name)
        told = podman.logs(name).encode() + json.dumps(found).encode()
        assert layers.secrets_in(told, known) == [], name
        if found["State"]["Pid"]:
            for part in ("cmdline", "environ"):
                data = Path(f"/proc/{found['State']['Pid']}/{part}").read_bytes()
                assert layers.secrets_in(data, known) == [], (name, part)
    assert len(known) > 100


def test_a_second_setup_changes_nothing(played: Played) -> None:
    """Topics, rights and orders are applied again by whoever starts everything again."""
    podman = played.run.podman

    podman("start", podman.container("setup"))

    assert podman("wait", podman.container("setup")).strip() == "0", podman.logs("setup")


def test_services_end_cleanly_when_they_are_asked_to(played: Played) -> None:
    """SIGTERM: transactions end, exit code 0, none has to be killed."""
    podman = played.run.podman
    names = [podman.container(name) for name in outside.SERVICES]

    podman("stop", "--time", str(STOP_S), *names)

    played.run.step("services stopped")
    ended = {name: podman.inspect(name)["State"]["ExitCode"] for name in outside.SERVICES}
    assert ended == dict.fromkeys(outside.SERVICES, 0)


def test_taking_down_leaves_nothing_behind(played: Played) -> None:
    """Processes, networks, mounts, firewall rules, control groups, volumes, images: as before."""
    run = played.run

    run.take_down()

    run.step("taken down")
    assert traces.traces(run.podman.work) - run.before == set()


def _scraped(url: str) -> dict[str, str]:
    """Service -> `1` if Prometheus has reached it at its last look."""
    rows = httpx.get(url, params={"query": "up"}, trust_env=False).json()["data"]["result"]
    return {row["metric"]["instance"].partition(":")[0]: row["value"][1] for row in rows}


def _other_addresses() -> Iterator[str]:
    """This machine's addresses but the loopback."""
    told = subprocess.run(
        ["hostname", "--all-ip-addresses"], capture_output=True, text=True, check=True
    )
    yield from (
        one for one in told.stdout.split() if ":" not in one and not one.startswith("10.89.")
    )
