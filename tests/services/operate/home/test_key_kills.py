"""A rotation or renewal whose process ends at any write: run again it ends well."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from contracts.keys.keyring import read_encryption_file, read_signing_file
from services.operate.home import rotation
from services.operate.home.home import Home
from services.operate.home.key_life import LEAD
from tests.services.operate.home.test_key_life import AT, URN

KILLED = 9
WRITES = ("open", "fsync", "replace", "rename", "sync")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with keys for a week."""
    home = Home(tmp_path_factory.mktemp("kills") / "home")
    home.prepare(AT, weeks=1)
    return home.path


def lose(file: object) -> None:
    """Half of what was written to an open file and not synced, as where a machine stops."""
    if isinstance(file, int) and stat.S_ISREG(os.fstat(file).st_mode):
        os.ftruncate(file, os.fstat(file).st_size // 2)


def killed_at(number: int, work: Callable[[], None]) -> bool:
    """Do work in a process that ends before its write of this number; if it came so far."""
    child = os.fork()
    if child == 0:
        left = number

        def ending(real: Callable[..., object]) -> Callable[..., object]:
            def write(*asked: object, **more: object) -> object:
                nonlocal left
                left -= 1
                if left < 0:
                    lose(asked[0] if asked else None)
                    os._exit(KILLED)
                return real(*asked, **more)

            return write

        for name in WRITES:
            setattr(os, name, ending(getattr(os, name)))
        try:
            work()
            os._exit(0)
        finally:
            os._exit(1)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, KILLED)
    return code == KILLED


def whole(home: Home) -> None:
    """Every key's file is a key, and the directory is one."""
    for path in (home.keys / "civil" / "crip").glob("*.json"):
        read = read_signing_file if "-sig-" in path.name else read_encryption_file
        assert read(path.read_bytes())[0].kid == path.stem
    assert home.directory("civil").signing_of[URN]


def rotate(home: Home) -> None:
    """What `relais keys rotate --desk crip` does before its order: the key, then the directory."""
    owner = rotation.owner_of(home, "civil", "crip")
    listed = tuple(key for key in home.directory("civil").signing_of[URN] if key.kid[-1] == "1")
    rotation.prepare_next(owner, listed, AT + LEAD)
    home.renew_directory("civil", AT)


def test_a_rotation_that_is_killed_at_any_write_is_run_again(made: Path, tmp_path: Path) -> None:
    """Then there are two keys, and the new one's file holds what the directory lists."""
    number, more = 0, True
    while more:
        path = tmp_path / str(number)
        shutil.copytree(made, path)
        more = killed_at(number, lambda path=path: rotate(Home(path)))  # type: ignore[misc]

        whole(Home(path))
        rotate(home := Home(path))
        new, old = home.directory("civil").signing_of[URN]
        key, _signer = read_signing_file((home.keys / "civil/crip/crip-sig-2.json").read_bytes())
        assert (new.kid, old.kid, new.public) == ("crip-sig-2", "crip-sig-1", key.public)
        assert not list(home.path.rglob("*.new"))
        number += 1

    assert number > 8  # two files, each with its folder


def test_a_directory_lists_no_key_that_is_not_on_the_disk(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A week's keys are brought before it; a machine that stops has the one before."""
    shutil.copytree(made, tmp_path / "home")
    home = Home(tmp_path / "home")
    before, seen = home.directory_token("civil"), list[bool]()

    def synced() -> None:
        seen.append(home.directory_token("civil") == before)
        seen.append(len(list((home.keys / "civil" / "crip").glob("crip-p*.json"))) > len(held))

    held = list((home.keys / "civil" / "crip").glob("crip-p*.json"))
    monkeypatch.setattr("os.sync", synced)
    home.sign_directory("civil", AT + LEAD, 4)

    assert seen == [True, True]
    assert home.directory_token("civil") != before
