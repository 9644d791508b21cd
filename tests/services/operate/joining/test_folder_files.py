"""Whatever became of a file of a partner's folder, the checklist is told to its end, and the file's row says so."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from contracts.errors import UsageError
from services.cli.partner.checklist import checked
from services.operate.joining import words
from tests.services.operate.joining import test_checklist as checklist
from tests.services.operate.joining.test_checklist import relais, states

joined, own = checklist.joined, checklist.own

pytestmark = pytest.mark.slow

# File -> the row that vouches for it; what no row reads is not listed.
VOUCHED: Final = {
    "settings.json": "settings", "request.json": "request", "keys/asso-2-sig-1.json": "request",
    "owners.json": "answer", "ca.pem": "answer", "client.pem": "answer", "routing.secret": "answer",
    "client.key": "certificate", "keys": "request",
}  # fmt: skip
# Of what may be missing, or is only looked at if it is there.
OTHERS: Final = ("agency.secret",)
ENDS: Final = frozenset({("settings.json", "absent")})  # it is no partner's folder: wrong use


def _absent(_path: Path) -> None:
    """Taken away already."""


def _folder(path: Path) -> None:
    path.mkdir()


def _dangling(path: Path) -> None:
    path.symlink_to(path)


def _huge(path: Path) -> None:
    """Of a terabyte, none of which is on the disk."""
    path.touch(0o600)
    with path.open("r+b") as file:
        file.truncate(1 << 40)


def _open_to_others(path: Path) -> None:
    path.write_text("{}")
    path.chmod(0o644)


def _saying(data: bytes) -> Callable[[Path], None]:
    def spoil(path: Path) -> None:
        path.touch(0o600)
        path.write_bytes(data)

    return spoil


SPOILT: Final[dict[str, Callable[[Path], None]]] = {
    "absent": _absent, "a folder": _folder, "a link to itself": _dangling, "huge": _huge, "open to others": _open_to_others,
    "empty": _saying(b""), "no JSON": _saying(b"{"), "no text": _saying(b"\xff\x00" * 40), "a list": _saying(b"[]"),
    "too deep": _saying(b"[" * 200_000), "half a PEM": _saying(b"-----BEGIN CERTIFICATE-----\nAAAAAAAA"),
    "a key that wants a password": _saying(b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----"),
    "members of other kinds": _saying(json.dumps({"desk": 1, "realm": [], "agency": None, "kafka": {}, "ahead": "x"}).encode()),
    "brokers that are none": _saying(json.dumps({"desk": "urn:relais:civil:desk:asso-2", "realm": "civil", "agency": "association", "kafka": "x:y"}).encode()),
}  # fmt: skip


@pytest.fixture
def green(own: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of which all that no broker shows is seen."""
    found = states(own, monkeypatch)
    assert {found[row] for row in VOUCHED.values()} == {("seen", "")}
    return own


@pytest.mark.parametrize("how", SPOILT)
def test_every_file_may_be_anything(green: Path, tmp_path: Path, how: str) -> None:
    """Each of the folder in turn: all rows are told, with a cause and a step in both languages, and none vouches for it."""
    for name in (*VOUCHED, *OTHERS):
        if (name, how) in ENDS:
            continue
        kept = _moved(green / name, tmp_path / "kept")
        SPOILT[how](green / name)
        rows = checked(green)

        assert [row.name for row in rows] == list(words.TITLES), name
        json.dumps([row.document() for row in rows])
        for row in rows:
            told = [words.cause(row) and words.next_step(row)]
            assert row.state == "seen" or all(told), (name, row)
        vouching = [row.state for row in rows if row.name == VOUCHED.get(name)]
        assert vouching in ([], ["cannot"], ["not_yet"]), (name, rows)
        _moved(green / name, tmp_path / "spoilt")
        _moved(kept, green / name)


def _moved(path: Path, to: Path) -> Path:
    """What lies there, whatever it is, if anything does; in the place of what lay there before."""
    if to.is_dir() and not to.is_symlink():
        shutil.rmtree(to)
    else:
        to.unlink(missing_ok=True)
    return path.rename(to) if path.is_symlink() or path.exists() else to


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "no JSON object"),
        ('{"desk": 1, "realm": "sea"}', "something else in agency, desk, realm"),
    ],
)
def test_broken_settings_are_a_row_with_what_was_found_and_what_to_do(
    own: Path,
    text: str,
    told: str,
) -> None:
    """Not the end of the others: what needs no settings is tried, and what needs them says why it is not."""
    (own / "settings.json").write_text(text)

    said = relais("partner", "check", "--folder", own, code=1)
    rows = {row.name: row for row in checked(own)}

    assert f"`settings.json`: got {told}, expected `desk`, `realm` and `agency`" in " ".join(
        said.split()
    )
    assert "`relais partner new` again" in said
    assert rows["settings"].document()["got"] == told
    assert rows["request"].state == "seen"
    assert (rows["tls"].state, rows["tls"].code) == ("not_yet", "settings_broken")


def test_without_settings_it_is_no_partners_folder(own: Path) -> None:
    """Wrong use, as ever."""
    (own / "settings.json").unlink()

    with pytest.raises(UsageError, match="key_file_missing"):
        checked(own)
