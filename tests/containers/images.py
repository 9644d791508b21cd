"""The images, without any image registry: a base by debootstrap, three built on it.

Where packages come from is the machine's own setting: apt's lists tell debootstrap, pip's settings
are mounted while the image is built and are in no layer.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from services.play.kafka.fetch import cache_dir, fetch_jars, java
from tests.containers.podman import ROOT, Podman

BASE: Final = "localhost/relais-base:test"
RELAIS: Final = "localhost/relais:test"
KAFKA: Final = "localhost/relais-kafka:test"
PROMETHEUS: Final = "localhost/relais-prometheus:test"
IMAGES: Final = {"RELAIS_IMAGE": RELAIS, "KAFKA_IMAGE": KAFKA, "PROMETHEUS_IMAGE": PROMETHEUS}
INCLUDED: Final = "python3,python3-venv,ca-certificates"
CERTIFICATES: Final = "/etc/ssl/certs/ca-certificates.crt"
DEBOOTSTRAP_S: Final = 600


def build_all(podman: Podman) -> Iterator[str]:
    """Build everything; yields the name of each step when it is done."""
    _base(podman)
    yield "base image (debootstrap, podman import)"
    build = ("build", "--network", "host", "--volume", f"{CERTIFICATES}:{CERTIFICATES}:ro")
    podman(
        *build, *_pip(podman.work), "--build-arg", f"PYTHON_IMAGE={BASE}",
        "--tag", RELAIS, "--file", "deploy/Dockerfile", str(ROOT),
    )  # fmt: skip
    yield "image of Relais (deploy/Dockerfile)"
    context = _kafka_context(podman.work / "kafka")
    podman(
        "build", "--build-arg", f"BASE_IMAGE={BASE}", "--tag", KAFKA,
        "--file", "deploy/kafka/Dockerfile", str(context),
    )  # fmt: skip
    yield "stand-in of apache/kafka (deploy/kafka/Dockerfile)"
    podman(
        *build, "--build-arg", f"BASE_IMAGE={BASE}", "--tag", PROMETHEUS,
        "--file", "deploy/prometheus/Dockerfile", str(ROOT / "deploy/prometheus"),
    )  # fmt: skip
    yield "stand-in of prom/prometheus (deploy/prometheus/Dockerfile)"


def _base(podman: Podman) -> None:
    suite, mirror = _release(), _mirror()
    named = hashlib.sha256(f"{suite} {mirror} {INCLUDED}".encode()).hexdigest()[:12]
    archive = cache_dir() / f"base-{suite}-{named}.tar"
    if not archive.exists():
        _debootstrap(podman.work / "base", suite, mirror, archive)
    podman("import", str(archive), BASE)


def _debootstrap(folder: Path, suite: str, mirror: str, archive: Path) -> None:
    """A small Debian as an archive; kept in the user's cache like all that is downloaded."""
    command = (
        "debootstrap",
        "--variant=minbase",
        f"--include={INCLUDED}",
        suite,
        str(folder),
        mirror,
    )
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=DEBOOTSTRAP_S
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    archive.parent.mkdir(parents=True, exist_ok=True)
    part = archive.with_suffix(".part")
    left_out = ("./var/cache/apt/*", "./var/lib/apt/lists/*", "./var/log/*", "./dev/*")
    subprocess.run(
        [
            "tar",
            "-C",
            str(folder),
            *(f"--exclude={one}" for one in left_out),
            "-cf",
            str(part),
            ".",
        ],
        check=True,
    )
    part.rename(archive)
    shutil.rmtree(folder)


def _release() -> str:
    """The code name of this machine's Debian."""
    rows = (line.partition("=") for line in Path("/etc/os-release").read_text().splitlines())
    return {name: value.strip('"') for name, _, value in rows}["VERSION_CODENAME"]


def _mirror() -> str:
    """Where apt gets this release's main packages."""
    form = "$(CODENAME) $(COMPONENT) $(REPO_URI)"
    told = subprocess.run(
        ["apt-get", "indextargets", "--format", form, "Created-By: Packages"],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    rows = [line.split() for line in told.splitlines()]
    found = [uri for suite, component, uri in rows if (suite, component) == (_release(), "main")]
    assert found, "apt knows no mirror of this release: run tests/containers/setup.sh"
    return found[0]


def _pip(work: Path) -> list[str]:
    """Mounts that give pip inside the build this machine's own settings."""
    told = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], check=True, capture_output=True, text=True
    ).stdout
    settings = {}
    for line in told.splitlines():  # global.cert='…', then :env:.cert='…', which wins
        name, _, value = line.partition("=")
        settings[name.rpartition(".")[2]] = value.strip("'")
    file = work / "pip.conf"
    file.write_text(
        "[global]\n" + "".join(f"{name} = {value}\n" for name, value in settings.items())
    )
    places = {file: "/etc/pip.conf"} | {
        Path(value): value for value in settings.values() if Path(value).is_dir()
    }
    return [part for here, there in places.items() for part in ("--volume", f"{here}:{there}:ro")]


def _kafka_context(folder: Path) -> Path:
    """What `deploy/kafka/Dockerfile` copies: the locked jars and the wheel's Java, linked."""
    (folder / "libs").mkdir(parents=True)
    for jar in fetch_jars():
        _link(jar, folder / "libs" / jar.name)
    home = java().parent.parent
    for part in ("bin", "conf", "lib", "release"):
        for path in (home / part, *(home / part).rglob("*")):
            if path.is_file():
                _link(path, folder / "java" / path.relative_to(home))
    shutil.copy(ROOT / "deploy/kafka/run", folder)
    shutil.copy(ROOT / "services/play/kafka/files/log4j2.yaml", folder)
    return folder


def _link(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy2(source, target)
