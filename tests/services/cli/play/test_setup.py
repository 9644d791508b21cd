"""`relais setup`: keys handed out, and through a Secret of Kubernetes into a service's home."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Final
from unittest.mock import AsyncMock

import pytest
import yaml

from services.cli.play import setup
from services.platform.keys import keystore
from services.platform.process.exit_codes import UnreachableError
from services.play.run import prepare
from tests.shell import invoke

DEPLOY: Final = Path(__file__).parents[4] / "deploy"
README: Final = DEPLOY / "README.md"
POD: Final = DEPLOY / "kubernetes" / "pod.yaml"


def hand_out(folder: Path) -> list[str]:
    """`setup keys`; what it says of each process."""
    words = ["--home", str(folder / "home"), "--parcels", str(folder / "parcels"), "--weeks", "1"]
    told = invoke("setup", "keys", *words)
    assert told.exit_code == 0, told.output
    return [line for line in told.output.splitlines() if ": " in line]


@pytest.fixture(scope="module")
def parcels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is handed out, one folder a process."""
    folder = tmp_path_factory.mktemp("setup")
    hand_out(folder)
    return folder / "parcels"


def test_each_process_has_a_folder_with_a_certificate_of_its_own(parcels: Path) -> None:
    """Of two processes no two keys are the same; a second time nothing changes."""
    keys = [path.read_bytes() for path in parcels.glob("*/tls/own.key")]
    stores = [path.read_bytes() for path in parcels.glob("*/own.keystore.pem")]

    assert len(set(keys)) == len(keys) == 11
    assert len(set(stores)) == len(stores) == 3
    assert all(line.endswith(" 0 changed") for line in hand_out(parcels.parent))


@pytest.mark.parametrize(("wait_s", "exit_code", "times"), [("600", 0, 3), ("0", 3, 1)])
def test_rights_are_given_though_a_broker_goes_away_in_between(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wait_s: str, exit_code: int, times: int
) -> None:
    """Nobody starts it a second time: what it began it tries anew, as long as it may wait."""
    away = UnreachableError("kafka_unreachable", "no answer", "a broker")
    apply, here = AsyncMock(side_effect=[away, away, None]), SimpleNamespace(wait=AsyncMock())
    monkeypatch.setattr(prepare, "topics_rights_orders", apply)
    monkeypatch.setattr(prepare, "bus_of", lambda *_who: here)  # Kafka answered before
    monkeypatch.setattr(setup, "_await_nodes", lambda *_what: None)
    monkeypatch.setattr(setup, "LOOK_S", 0)
    told = invoke("setup", "kafka", "--home", tmp_path, "--kafka", "kafka-1:9092", "--wait", wait_s)

    assert (told.exit_code, apply.await_count) == (exit_code, times), told.output


def test_an_archive_in_a_secret_becomes_a_home_to_read(parcels: Path, tmp_path: Path) -> None:
    """Packed as deploy/README.md says, unpacked as the pod does: the desk's key signs as before."""
    packed = re.search(
        r"\(cd \./(parcels/education && .+?)\) \| kubectl", README.read_text("utf-8")
    )
    patch = yaml.safe_load(POD.read_text("utf-8"))
    (unpack,) = patch["spec"]["template"]["spec"]["initContainers"]
    places = {"/secret": str(tmp_path), "/etc/relais": str(tmp_path / "home")}
    (tmp_path / "home").mkdir()

    assert packed
    archive = subprocess.check_output(f"cd {parcels.parent}/{packed[1]}", shell=True)  # noqa: S602
    (tmp_path / "home.tgz").write_bytes(archive)
    command = " ".join(unpack["command"])
    for there, here in places.items():
        command = command.replace(there, here)
    subprocess.run(command.split(), check=True)

    keys = tmp_path / "home" / "keys"
    assert keystore.desk_signers(keys, "civil", "edu-s").owner == "urn:relais:civil:desk:edu-s"
    assert keystore.routing_secret(keys, "civil")
    assert not (tmp_path / "home" / "tls").exists()
