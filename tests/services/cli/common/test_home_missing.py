"""Commands that need a federation's home, where there is none or only a part of one."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli.app import app
from services.operate.home.home import Home
from services.platform.process.exit_codes import WRONG_USE
from tests.contracts.envelope.kit import NOW

RUN = CliRunner()


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the caller's environment stands in for a home."""
    for name in ("KAFKA", "TLS_CA", "TLS_CERT", "TLS_KEY", "HOME"):
        monkeypatch.delenv(f"RELAIS_{name}", raising=False)


@pytest.mark.parametrize(
    "words",
    [
        "quarantine list", "quarantine decide 0:99 --discard", "layout", "status",
        "layout --kafka 127.0.0.1:9", "layout --shards 2",  # the owners' keys are the home's
        "send --agency education .relais/examples/concern.json", "inbox --desk crip",
        "send --desk edu-s -", "directory sign", "directory adopt", "kafka apply --check",
    ],
)  # fmt: skip
def test_a_folder_without_a_federation_is_told_in_the_same_words(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is typed in the wrong folder: what is missing, how to make it or name it."""
    monkeypatch.chdir(tmp_path)

    done = RUN.invoke(app, words.split())

    expected = "expected `relais up`, or --home / RELAIS_HOME"
    assert done.exit_code == WRONG_USE
    assert done.stderr == (f"relais: home_missing at .relais: got no federation here, {expected}\n")
    assert list(tmp_path.iterdir()) == []


def test_brokers_by_name_need_no_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder says nothing."""
    monkeypatch.chdir(tmp_path)

    listed = RUN.invoke(app, ["quarantine", "list", "--kafka", "127.0.0.1:9"])

    assert "kafka_unreachable" in listed.stderr


@pytest.mark.parametrize(
    "words",
    ["directory adopt", "directory sign", "kafka apply --check --format strimzi"],
)
def test_a_home_without_keys_is_told_without_a_trace(words: str, tmp_path: Path) -> None:
    """Which file is missing and what makes it; and nothing is half made."""
    done = RUN.invoke(app, [*words.split(), "--home", str(tmp_path)])

    assert done.exit_code == WRONG_USE
    assert "home_incomplete" in done.stderr
    assert "expected `relais keys new` or `relais up`" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_directory_is_signed_where_the_owners_key_is(tmp_path: Path) -> None:
    """Without it no desk gets a key, and the directory before stays."""
    home = Home(tmp_path / "home")
    home.prepare(NOW, weeks=1)
    own = home.keys / "owners" / "directory-1.json"
    hidden = own.rename(tmp_path / own.name)
    before = sorted(home.path.rglob("*"))

    refused = RUN.invoke(app, ["directory", "sign", "--weeks", "9", "--home", str(home.path)])
    left = sorted(home.path.rglob("*"))
    hidden.rename(own)
    signed = RUN.invoke(app, ["directory", "sign", "--weeks", "9", "--home", str(home.path)])

    assert (refused.exit_code, "home_incomplete" in refused.stderr) == (WRONG_USE, True)
    assert left == before
    assert (signed.exit_code, "version 2" in signed.stdout) == (0, True)
