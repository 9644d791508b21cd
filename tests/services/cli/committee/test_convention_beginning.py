"""`relais convention verify` of a file that follows no version: no way around the versions there are."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from contracts.convention.load import load
from contracts.convention.model import Convention
from contracts.convention.signing import sign_convention
from contracts.conventions import SECOND, read, shipped
from contracts.keys.keyring import read_signing_file
from services.cli.app import create_app
from services.cli.committee import which_convention
from services.cli.committee.which_convention import BusAnswer
from services.operate.home.home import Home
from services.platform.keys.signatures import signature_file

NOW = 1_788_760_800
ON_HOME = {
    "fr": "version 1\u00a0: ne suit aucune version, alors que ce dossier a la version 1 (convention.yaml)\u00a0; "
          "un bus qui l’a adoptée refuserait ce fichier",
    "en": "version 1: follows no version, while this folder has version 1 (convention.yaml); a bus that "
          "has adopted it would refuse this file",
}  # fmt: skip
ON_BUS = {
    "fr": "version 1\u00a0: ne suit aucune version, alors que la version 2 est en vigueur sur le bus, qui "
          "refuserait ce fichier",
    "en": "version 1: follows no version, while version 2 is in force on the bus, which would refuse "
          "this file",
}  # fmt: skip
NOWHERE = {
    "fr": "version 1\u00a0: ne suit aucune version\u00a0; ni le bus ni ce dossier n’en montrent une",
    "en": "version 1: follows no version; neither the bus nor this folder shows one",
}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with the first version, signed, and owners.json that pins the parties' keys."""
    made = Home(tmp_path_factory.mktemp("town") / "home")
    made.path.mkdir(mode=0o700)
    (made.path / "convention.yaml").write_bytes(shipped())
    made.prepare(NOW, 1)
    return made


@pytest.fixture
def fork(town: Home, tmp_path: Path) -> Path:
    """The second version's text that starts over, by a quorum of its own; police alone has signed."""
    text = read(SECOND).replace(b"\nversion: 2\n", b"\nversion: 1\n")
    text = text.replace(load(read(SECOND)).predecessor.encode(), b'""')
    file = tmp_path / "fork.yaml"
    file.write_bytes(text.replace(b"\nquorum: all\n", b"\nquorum: 1\n"))
    return signed(town, file, "police")


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> Callable[[BusAnswer], None]:
    """Lets the bus answer what is given."""
    return lambda asked: monkeypatch.setattr(which_convention, "ask", lambda home: asked)


def signed(home: Home, file: Path, *parties: str) -> Path:
    """A file with the signatures of some."""
    for party in parties:
        signer = read_signing_file(home.party_file(party).read_bytes())[1]
        token = sign_convention(load(file.read_bytes()), party, signer)
        signature_file(file, party).write_text(token)
    return file


def verified(file: Path, home: Path, *words: str) -> Result:
    """`verify` of a file that is named."""
    own = ("convention", "verify", str(file), "--home", str(home))
    return CliRunner().invoke(create_app(), [*own, *words])


def bare(home: Home, folder: Path) -> Path:
    """A home that pins the keys and holds no convention."""
    folder.mkdir()
    shutil.copy(home.path / "owners.json", folder / "owners.json")
    return folder


def first(home: Home, folder: Path) -> Path:
    """The first version, signed by all, as a file of its own."""
    file = folder / "first.yaml"
    file.write_bytes(shipped())
    return signed(home, file, *load(shipped()).parties)


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_version_that_starts_over_is_a_finding_where_the_home_has_another(
    town: Home, fork: Path, lang: str
) -> None:
    """Its own quorum is reached; whether the home's is in force is not claimed: the bus was not asked."""
    shown = verified(fork, town.path, "--lang", lang)
    data = json.loads(verified(fork, town.path, "--format", "json").stdout)

    assert shown.exit_code == 1
    assert shown.stdout.splitlines()[-1] == ON_HOME[lang]
    assert data["other_version"] == {
        "on": "home", "version": 1, "convd": load(shipped()).digest,
    }  # fmt: skip
    assert data["in_turn"] is False


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_version_that_starts_over_is_a_finding_where_the_bus_has_another(
    town: Home, fork: Path, tmp_path: Path, bus: Callable[[BusAnswer], None], lang: str
) -> None:
    """Though the home's file is that very one."""
    second = load(read(SECOND))
    bus(BusAnswer(second, how="bus"))
    home = bare(town, tmp_path / "home")
    shutil.copy(fork, home / "convention.yaml")

    shown = verified(fork, home, "--lang", lang)

    assert shown.exit_code == 1
    assert shown.stdout.splitlines()[-1] == ON_BUS[lang]


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_where_nothing_is_at_hand_nobody_says_that_a_first_version_is_sound(
    town: Home, fork: Path, tmp_path: Path, lang: str
) -> None:
    """The keys alone say nothing of what a bus has adopted: exit 1, as of a version before unknown."""
    home = bare(town, tmp_path / "home")

    shown = verified(fork, home, "--lang", lang)
    data = json.loads(verified(fork, home, "--format", "json").stdout)

    assert shown.exit_code == 1
    assert shown.stdout.splitlines()[-1].startswith(NOWHERE[lang])
    assert (data["predecessor_known"], data["enough"], data["other_version"]) == (
        False, False, None,
    )  # fmt: skip


@pytest.mark.parametrize("after", [BusAnswer(), BusAnswer(load(read(SECOND)), how="bus")])
def test_the_first_version_of_a_home_is_sound(
    town: Home, tmp_path: Path, bus: Callable[[BusAnswer], None], after: BusAnswer
) -> None:
    """Where it is the home's own, and still when its successor is in force."""
    bus(after)

    shown = verified(first(town, tmp_path), town.path)

    assert shown.exit_code == 0
    assert "ne suit aucune version" not in shown.stdout


def test_the_first_version_is_sound_where_the_bus_says_that_it_has_none(
    town: Home, tmp_path: Path, bus: Callable[[BusAnswer], None]
) -> None:
    """A fresh bus takes it."""
    bus(BusAnswer(how="nothing"))

    shown = verified(first(town, tmp_path), bare(town, tmp_path / "home"))

    assert shown.exit_code == 0


def test_the_first_version_is_sound_where_the_homes_file_follows_it(
    town: Home, tmp_path: Path
) -> None:
    """Whoever checks again what the version in force stands on."""
    home = bare(town, tmp_path / "home")
    (home / "convention.yaml").write_bytes(read(SECOND))

    shown = verified(first(town, tmp_path), home)

    assert shown.exit_code == 0


def test_a_home_whose_file_does_not_load_is_no_other_version(
    town: Home, fork: Path, tmp_path: Path
) -> None:
    """What is asked about is the file that was named."""
    home = bare(town, tmp_path / "home")
    (home / "convention.yaml").write_bytes(b"version: [\n")

    shown = verified(fork, home)

    assert shown.exit_code == 1
    assert shown.stdout.splitlines()[-1].startswith(NOWHERE["fr"])


def test_a_file_that_follows_a_version_asks_nothing_of_this(
    town: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its predecessor says which version must be there."""

    def never(home: Path) -> Convention:
        raise AssertionError(home)

    monkeypatch.setattr(which_convention, "ask", never)
    file = tmp_path / "next.yaml"
    file.write_bytes(read(SECOND))

    shown = verified(signed(town, file, *load(read(SECOND)).parties), town.path)

    assert shown.exit_code == 0
