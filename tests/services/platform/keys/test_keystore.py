"""Private files are read only if they are their owner's alone."""

import os
from pathlib import Path

import pytest

from contracts.errors import UsageError
from services.operate.home.home import Home
from services.operate.home.keys import ensure_signing
from services.platform.keys import keystore, private_files

AT = 1_788_760_800


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with keys for two weeks."""
    home = Home(tmp_path_factory.mktemp("home"))
    home.prepare(AT, weeks=2)
    return home


def test_the_newest_key_is_the_one_with_the_greatest_number(tmp_path: Path) -> None:
    """As a number and not as text, and in whatever order the disk lists them."""
    for number in (12, 2, 9, 10, 3, 11):
        ensure_signing(tmp_path / f"asso-2-sig-{number}.json", "urn:relais:civil:desk:asso-2", AT)

    assert keystore.newest_signer(tmp_path, "asso-2-sig").kid == "asso-2-sig-12"


def test_a_file_of_a_terabyte_is_refused_before_it_is_read(tmp_path: Path) -> None:
    """Nothing of it lies on the disk, and it would fill the memory."""
    path = tmp_path / "key.json"
    path.touch(0o600)
    with path.open("r+b") as file:
        file.truncate(1 << 40)

    with pytest.raises(UsageError, match="key_file_too_long"):
        private_files.read_private(path)


def test_a_key_whose_file_is_gone_opens_nothing(home: Home) -> None:
    """A destroyed key is gone at once, also for a service that runs."""
    ring = keystore.desk_ring(home.keys, "civil", "mo")
    folder, kid = home.keys / "civil" / "mo", "mo-p30-2026m09"
    os.utime(folder, (AT, AT))
    assert ring.private(kid) is not None
    assert kid in ring.held()

    (folder / f"{kid}.json").unlink()

    assert ring.private(kid) is None
    assert kid not in ring.held()


@pytest.mark.parametrize("kid", ["../crip/crip-p30-2026m09", "/etc/passwd", "", "a" * 200, "x\0y"])
def test_a_kid_is_never_a_path(home: Home, kid: str) -> None:
    """A key id out of a message cannot reach another folder."""
    assert keystore.desk_ring(home.keys, "civil", "ase").private(kid) is None


@pytest.mark.parametrize("content", [b"", b"[]", b'{"crip":1}', b"not json"])
def test_a_malformed_token_file_is_refused(tmp_path: Path, content: bytes) -> None:
    """Anything but desk and hash ends the start, and is not repeated."""
    file = tmp_path / "tokens.json"
    file.write_bytes(content)
    file.chmod(0o600)

    with pytest.raises(UsageError, match="tokens_malformed"):
        keystore.token_hashes(file)


@pytest.mark.parametrize(
    ("mode", "refused"), [(0o440, False), (0o400, False), (0o460, True), (0o444, True)]
)
def test_a_file_of_roots_may_be_readable_by_our_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int, refused: bool
) -> None:
    """Kubernetes mounts a Secret so; writable by the group or readable by all it is refused."""
    path = tmp_path / "key"
    path.write_bytes(b"x")
    path.chmod(mode)
    monkeypatch.setattr(private_files, "ROOT", path.stat().st_uid)
    monkeypatch.setattr("os.geteuid", lambda: path.stat().st_uid + 1)

    if refused:
        with pytest.raises(UsageError, match="key_file_too_open"):
            private_files.read_private(path)
    else:
        assert private_files.read_private(path) == b"x"
