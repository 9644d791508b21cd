"""The compose file and what it mounts, as text: what must hold before anything is built."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from contracts.encoding import b64u
from services.operate.home.keys import ensure_secret, ensure_signing, write_secret
from services.platform.kafka.writing.transactions import TRANSACTION_TIMEOUT_MS
from services.play.certificates import ca
from services.play.kafka.process import FILES
from tests.containers import layers, outside
from tests.containers.podman import ROOT

COMPOSE: Final = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: Final[dict[str, dict[str, Any]]] = COMPOSE["services"]
OWN: Final = {  # what three nodes on one machine set otherwise
    "controller.quorum.voters", "listeners", "listener.security.protocol.map", "log.dirs",
    "inter.broker.listener.name", "ssl.keystore.location", "ssl.truststore.location",
    "super.users",
}  # fmt: skip


def properties(text: str) -> dict[str, str]:
    """A `.properties` file."""
    rows = [line for line in text.splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in rows)


def test_every_process_of_a_federation_is_a_service() -> None:
    """Five agencies, three shards, two auditors, three brokers, what works once, and Prometheus."""
    expected = {*outside.SERVICES, *outside.NODES, *outside.ENDS, "prometheus"}

    assert SERVICES.keys() == expected


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_closed(name: str) -> None:
    """No capability, no way to get one, nothing writable but /tmp and named volumes."""
    one = SERVICES[name]

    assert one["cap_drop"] == ["ALL"]
    assert one["security_opt"] == ["no-new-privileges:true"]
    assert one["read_only"] is True
    assert "privileged" not in one
    assert one.get("restart", "no") == ("no" if name in outside.ENDS else "unless-stopped")
    assert one.get("cap_add", []) == (["CHOWN", "DAC_OVERRIDE", "FOWNER"] if name == "keys" else [])


@pytest.mark.parametrize("name", [*outside.SERVICES, *outside.NODES])
def test_a_service_mounts_its_own_keys_alone(name: str) -> None:
    """Read-only, from the volume of its own name, which nobody but `keys` writes to."""
    named = [row.split(":") for row in SERVICES[name]["volumes"] if not row.startswith(".")]
    keys = [row for row in named if row[1] in {"/etc/relais", "/etc/kafka/secrets"}]

    assert [row[0] for row in keys] == [name]
    assert keys[0][2] == "ro"
    others = {
        other for other, one in SERVICES.items()
        if any(row.split(":")[0] == name for row in one.get("volumes", []))
    }  # fmt: skip
    assert others == {name, "keys"}


def test_the_brokers_settings_are_those_of_three_nodes_on_one_machine() -> None:
    """But for names, folders and listeners: what is tried there holds here."""
    local = "".join((FILES / name).read_text() for name in ("cluster.properties", "tls.properties"))
    filled = local.replace("$copies", "3").replace("$in_sync", "2").replace("$$", "$")

    here = properties((ROOT / "deploy/kafka/server.properties").read_text())

    there = properties(filled)
    names = {
        "node.id",
        "advertised.listeners",
        "broker.session.timeout.ms",
    }  # the last: a lone one's
    assert there.keys() - here.keys() == names
    assert here.keys() - there.keys() == set()
    assert {name for name in here if here[name] != there[name]} <= OWN


@pytest.mark.parametrize(
    "path",
    [
        "services/play/kafka/files/cluster.properties",
        "deploy/kafka/server.properties",
        "deploy/kubernetes/kafka.yaml",
    ],
)
def test_nobody_may_leave_a_transaction_open_for_longer_than_our_producers(path: str) -> None:
    """By our producers' own timeout; that a broker keeps to it, the bus's contract tries."""
    text = (ROOT / path).read_text("utf-8")

    (found,) = re.findall(r"transaction\.max\.timeout\.ms[=:] ?(\d+)", text)

    assert int(found) == TRANSACTION_TIMEOUT_MS


def test_no_image_is_taken_without_its_version() -> None:
    """`latest` is another image every day."""
    images = {one["image"] for one in SERVICES.values()}

    for image in images:
        default = re.fullmatch(r"\$\{[A-Z_]+:-([a-z/]+):([\w.]+)\}", image)
        assert default
        assert default.group(2) != "latest"


def test_the_image_is_built_from_the_lock_with_hashes() -> None:
    """Nothing is installed that was not tested, and nothing is compiled."""
    text = (ROOT / "deploy/Dockerfile").read_text()

    assert text.count("--require-hashes") == 2
    assert text.count("--only-binary :all:") == 2
    assert re.search(r"^USER 10001", text, re.MULTILINE)


def test_the_build_is_sent_no_more_than_it_needs() -> None:
    """A home, logs or history in the folder cannot get into a layer."""
    rows = (ROOT / ".dockerignore").read_text().split("\n")
    kept = [row[1:] for row in rows if row.startswith("!")]

    assert rows[1] == "*"
    assert kept == [
        "requirements/runtime.txt", "requirements/build.txt", "pyproject.toml", "README.md",
        "contracts", "services",
    ]  # fmt: skip


def test_a_secret_that_leaks_whole_or_in_part_is_found_and_what_is_public_is_none(
    tmp_path: Path,
) -> None:
    """As it was copied into a layer, or printed, or a line of it by a log that cuts long ones."""
    home = tmp_path / "home"
    names = "keys/agencies/education.secret", "keys/civil/edu-s/edu-s-sig-1.json", "tokens/edu-s"
    ensure_secret(home / names[0])
    ensure_signing(home / names[1], "urn:relais:owner:convention", 1_795_514_400)
    write_secret(home / names[2], b64u(os.urandom(32)).encode())
    for folder in (home / "tls", tmp_path / "other"):
        ca.ensure_ca(folder)
    ca.ensure_certificate(home / "tls", "education")
    tls, known = (home / "tls/education.key").read_bytes(), layers.secrets_of(home)

    for leak in (*((home / name).read_bytes() for name in names), tls, tls.splitlines()[1]):
        assert "known" in layers.secrets_in(b"before" + leak + b"\x00\xff and more", known)
    public = [(home / "tls" / name).read_bytes() for name in ("education.pem", "ca.pem")]
    assert layers.secrets_in(b"".join(public) + os.urandom(1 << 20), known) == []
    assert layers.secrets_in((tmp_path / "other/ca.key").read_bytes(), known) == ["PEM"]
