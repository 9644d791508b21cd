"""A request that lies in a partner's folder: said again, keys stay, no other takes it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.services.operate.joining.test_joining import relais

NAMES = ("--label-fr", "Accueil de jour", "--label-en", "Day centre")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A desk that has asked, by a name of its own, for two event types."""
    folder = tmp_path_factory.mktemp("asked") / "own"
    new(folder, *NAMES, "--reads", "SPECREF,FEEDBACK")
    return folder


@pytest.fixture
def own(made: Path, tmp_path: Path) -> Path:
    """A copy of its folder."""
    return Path(shutil.copytree(made, tmp_path / "own"))


def new(folder: Path, *more: str, desk: str = "asso-2", code: int = 0) -> str:
    """The command, in English."""
    asked = ("partner", "new", desk, "--role", "ASSO", "--folder", folder)
    return relais(*asked, *more, code=code)


def contents(folder: Path) -> dict[Path, bytes]:
    """All that lies in a folder."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    "other", [("--weeks", "20"), ("--reads", "FEEDBACK"), ("--label-fr", "A", "--label-en", "B")]
)
def test_a_request_is_made_anew_of_the_same_keys(own: Path, other: tuple[str, ...]) -> None:
    """What is not said again stays as it was asked for."""
    before = json.loads((own / "request.json").read_bytes())["row"]
    keys = contents(own / "keys")

    new(own, *other)

    after = json.loads((own / "request.json").read_bytes())["row"]
    kept = {"label", "reads"} - {other[0].removeprefix("--").removesuffix("-fr")}
    assert keys.items() <= contents(own / "keys").items()
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}


@pytest.mark.parametrize("left", ["request.json", "settings.json", "both"])
def test_no_desk_takes_over_another_ones_folder(own: Path, left: str) -> None:
    """It is told whose it is, by what is left there, and nothing changes."""
    for name in {"request.json", "settings.json"} - {left} if left != "both" else ():
        (own / name).unlink()
    before = contents(own)

    said = " ".join(new(own, desk="asso-3", code=2).split())

    assert "folder_taken" in said
    assert "urn:relais:civil:desk:asso-2" in said
    assert contents(own) == before


@pytest.mark.parametrize("desk", ["asso-2", "asso-3"])
def test_settings_that_others_may_read_are_neither_lost_nor_taken_over(
    own: Path, desk: str
) -> None:
    """They are whole: brokers and own members are in them, and whose the folder is."""
    (own / "request.json").unlink()
    (own / "settings.json").chmod(0o644)
    before = contents(own)

    said = new(own, desk=desk, code=2)

    assert "key_file_too_open" in said
    assert contents(own) == before
