"""`relais setup`: keys handed out, and through a Secret of Kubernetes into a service's home."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from services.cli.app import app
from services.platform.keys import keystore


@pytest.fixture(scope="module")
def parcels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `setup keys` hands out, one folder a process."""
    folder = tmp_path_factory.mktemp("setup")
    told = CliRunner().invoke(
        app,
        ["setup", "keys", "--home", str(folder / "home"), "--parcels", str(folder / "parcels"),
         "--weeks", "1"],
    )  # fmt: skip
    assert told.exit_code == 0, told.output
    return folder / "parcels"


def test_each_process_has_a_folder_with_a_certificate_of_its_own(parcels: Path) -> None:
    """Of two processes no two keys are the same."""
    keys = [path.read_bytes() for path in parcels.glob("*/tls/own.key")]
    stores = [path.read_bytes() for path in parcels.glob("*/own.keystore.pem")]

    assert len(set(keys)) == len(keys) == 11
    assert len(set(stores)) == len(stores) == 3


def test_a_second_time_nothing_changes(parcels: Path) -> None:
    """Whoever starts everything again keeps what is there."""
    told = CliRunner().invoke(
        app,
        ["setup", "keys", "--home", str(parcels.parent / "home"), "--parcels", str(parcels),
         "--weeks", "1"],
    )  # fmt: skip

    assert told.exit_code == 0
    assert all(line.endswith(" 0 changed") for line in told.output.splitlines() if ": " in line)


def test_a_secret_becomes_a_home_that_a_service_can_read(parcels: Path, tmp_path: Path) -> None:
    """Printed, mounted flat, unpacked: the desk's key signs as before."""
    told = CliRunner().invoke(
        app,
        ["setup", "secret", "--parcel", str(parcels / "education"), "--name", "relais-education"],
    )
    secret = yaml.safe_load(told.output)
    mounted = tmp_path / "secret"
    mounted.mkdir()
    for key, value in secret["data"].items():
        (mounted / key).write_bytes(base64.b64decode(value))

    done = CliRunner().invoke(
        app, ["setup", "unpack", "--from", str(mounted), "--to", str(tmp_path / "home")]
    )

    assert (told.exit_code, done.exit_code) == (0, 0)
    assert secret["metadata"] == {"name": "relais-education", "namespace": "relais"}
    keys = tmp_path / "home" / "keys"
    signer = keystore.desk_signers(keys, "civil", "edu-s")
    assert signer.owner == "urn:relais:civil:desk:edu-s"
    assert keystore.routing_secret(keys, "civil")
