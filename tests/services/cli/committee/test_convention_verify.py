"""`relais convention adopt`: bad signatures beside good ones, versions out of turn."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from contracts.convention.adoption import Adopted
from contracts.convention.load import load
from contracts.convention.signing import TYP, sign_convention
from contracts.conventions import SECOND, read, shipped
from contracts.errors import ConventionError
from contracts.keys.jose import sign_jws
from contracts.keys.keyring import read_signing_file
from services.cli.app import create_app
from services.cli.committee import sign, signed_file
from services.operate.home.home import Home
from services.platform.keys.signatures import signature_file
from tests.shell import lines_of

NOW = 1_788_760_800
PARTIES = load(read(SECOND)).parties


def run(*words: str) -> Result:
    """One command line."""
    return CliRunner().invoke(create_app(), ["convention", *words])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home whose owners.json pins the parties' keys."""
    made = Home(tmp_path_factory.mktemp("home") / "relais")
    made.prepare(NOW, 1)
    made.pin_parties(PARTIES, NOW)
    return made


@pytest.fixture
def file(home: Home, tmp_path: Path) -> Path:
    """The second version, signed by all."""
    found = tmp_path / "next.yaml"
    found.write_bytes(read(SECOND))
    signed(home, found, *PARTIES)
    return found


def signed(home: Home, file: Path, *parties: str) -> None:
    """Let parties sign a file as it stands."""
    for party in parties:
        signer = read_signing_file(home.party_file(party).read_bytes())[1]
        token = sign_convention(load(file.read_bytes()), party, signer)
        signature_file(file, party).write_text(token)


def verified(home: Home, file: Path, *words: str) -> Result:
    """`adopt --check` in that home."""
    return run("adopt", "--check", str(file), "--home", str(home.path), *words)


def both(home: Home, file: Path) -> tuple[int, str, dict[str, Any]]:
    """Its exit code, its words and its data."""
    shown, data = verified(home, file), verified(home, file, "--format", "json")
    return shown.exit_code, shown.stdout, json.loads(data.stdout)


@pytest.mark.parametrize(
    ("content", "why", "reason"),
    [
        ("changed", "the file has changed since", "file_changed"),
        ("key", "signed by another key", "other_key"),
        ("garbage", "unreadable", "unreadable"),
        ("folder", "unreadable", "unreadable"),
    ],
)
def test_a_bad_signature_is_a_row_among_the_others(
    home: Home, file: Path, content: str, why: str, reason: str
) -> None:
    """Whose, which file and why, as data too; good signers are still shown; exit 1."""
    spoil(home, file, content)

    code, shown, found = both(home, file)

    rows = shown.splitlines()
    assert code == 1
    assert f"invalid  education      next.yaml.education.jws: {why}" in shown
    assert [row.split()[1] for row in rows if row.startswith("signed ")] == list(PARTIES[1:])
    assert not [row for row in rows if row.startswith("missing")]
    assert found["invalid"] == [
        {"file": "next.yaml.education.jws", "party": "education", "reason": reason}
    ]
    assert (found["missing"], found["enough"]) == (["education"], False)


def test_who_is_no_party_is_said_to_be_none(home: Home, file: Path) -> None:
    """With all signatures there the quorum is reached; no bus would take the file with this one."""
    sign_as_hospital(home, file)

    result = verified(home, file)

    assert result.exit_code == 1
    assert "invalid  hospital       next.yaml.hospital.jws: " in result.stdout
    assert "7 signatures: the quorum is reached" in result.stdout
    assert "1 signature file to be replaced" in result.stdout


def test_who_has_signed_and_who_is_missing_is_said(home: Home, tmp_path: Path) -> None:
    """Exit 1 until the quorum of both versions is reached; as data too."""
    file = tmp_path / "next.yaml"
    file.write_bytes(read(SECOND))
    signed(home, file, "education", "police")

    code, two, data = both(home, file)
    signed(home, file, *PARTIES)
    whole = verified(home, file)

    assert (code, whole.exit_code) == (1, 0)
    assert "the quorum is not reached" in two
    assert "missing  justice" in two
    assert (data["signed"], data["enough"]) == (["education", "police"], False)
    assert data["needed"] == {"2": 7, "1": 5}
    assert "7 signatures: the quorum is reached" in whole.output
    assert "(version 2: all 7 parties, version 1: all 5 parties)" in whole.stdout


def test_the_version_before_must_be_the_one_that_is_named(home: Home, file: Path) -> None:
    """Its quorum counts too: another file in its place is refused."""
    result = verified(home, file, "--before", str(file))

    assert (result.exit_code, "not_the_predecessor" in result.output) == (2, True)


def test_a_predecessor_not_the_version_before_is_a_finding(home: Home, tmp_path: Path) -> None:
    """Copied from the second version, its predecessor left as it was; all have signed."""
    third = tmp_path / "third.yaml"
    third.write_bytes(read(SECOND).replace(b"\nversion: 2\n", b"\nversion: 3\n"))
    signed(home, third, *PARTIES)

    code, shown, data = both(home, third)

    assert code == 1
    assert "version 3: `predecessor` means version 1, not version 2" in shown
    assert (data["in_turn"], data["predecessor_version"], data["enough"]) == (False, 1, True)


def test_a_version_whose_predecessor_is_away_is_not_sound(home: Home, tmp_path: Path) -> None:
    """All its own parties have signed; it is once `--before` or the home's file is that version."""
    third = third_version(tmp_path)
    signed(home, third, *PARTIES)
    before, other = tmp_path / "before.yaml", Home(tmp_path / "home")
    before.write_bytes(SECOND_CHANGED)
    shutil.copytree(home.path, other.path)
    (other.path / "convention.yaml").write_bytes(SECOND_CHANGED)

    code, shown, data = both(home, third)
    named, found = verified(home, third, "--before", str(before)), verified(other, third)

    assert (code, named.exit_code, found.exit_code) == (1, 0, 0)
    reached, said = shown.splitlines()[-2:]
    assert reached.endswith("the quorum of this version is reached (version 3: all 7 parties)")
    assert said.startswith("the version before is not at hand: neither its quorum nor the")
    assert (data["predecessor_known"], data["enough"], data["missing"]) == (False, False, [])
    assert named.stdout.splitlines()[-1].startswith("7 signatures: the quorum is reached")


def test_who_left_with_an_unknown_version_spoils_no_file(home: Home, tmp_path: Path) -> None:
    """A party of the version before may sign the one that writes it out: nobody can tell here."""
    third = third_version(tmp_path)
    sign_as_hospital(home, third)

    result = verified(home, third)

    assert result.exit_code == 1
    assert "third.yaml.hospital.jws" in result.stdout
    assert "to be replaced" not in result.stdout


SECOND_CHANGED = read(SECOND) + b"# another second version\n"  # one that Relais does not ship


def third_version(folder: Path, before: bytes = SECOND_CHANGED) -> Path:
    """A third version, which names that one as its predecessor."""
    found = folder / "third.yaml"
    text = read(SECOND).replace(b"\nversion: 2\n", b"\nversion: 3\n")
    old, new = load(read(SECOND)).predecessor.encode(), load(before).digest.encode()
    found.write_bytes(text.replace(old, new))
    return found


def sign_as_hospital(home: Home, file: Path) -> None:
    """Somebody signs who is no party, by a party's key."""
    signer = read_signing_file(home.party_file("police").read_bytes())[1]
    version = load(file.read_bytes())
    claims = {"convd": version.digest, "party": "hospital", "version": version.version}
    signature_file(file, "hospital").write_text(sign_jws(claims, TYP, signer))


@pytest.mark.parametrize(
    ("harm", "row", "code"),
    [
        ("missing", "missing  education", "convention_half_signed"),
        ("key", "invalid  education", "bad_signature"),
    ],
)
def test_adopt_says_whose_signature_is_missing_or_bad_and_exits_one(
    home: Home, file: Path, capsys: pytest.CaptureFixture[str], harm: str, row: str, code: str
) -> None:
    """A finding about the file, not wrong use; on standard error, since nothing was ordered."""
    spoil(home, file, harm)
    version, first = signed_file.read(file), load(shipped())

    with pytest.raises(typer.Exit) as caught:
        sign._check(
            version, "civil", home.owners, version.convention.starts, Adopted(first, first.starts)
        )

    told = capsys.readouterr()
    assert (caught.value.exit_code, told.out) == (1, "")
    assert row in told.err
    assert told.err.splitlines()[-1] == f"civil: nothing is ordered: {code}"


def test_adopt_refuses_a_version_out_of_turn_as_wrong_use(home: Home, file: Path) -> None:
    """Whoever has signed it: signatures would not mend that."""
    signature_file(file, "association").unlink()
    newer = Adopted(load(read(SECOND)), NOW)

    with pytest.raises(ConventionError, match="convention_superseded"):
        sign._check(signed_file.read(file), "civil", home.owners, NOW, newer)


def spoil(home: Home, file: Path, content: str) -> None:
    """Make the signature of education a bad one."""
    path = signature_file(file, "education")
    if content == "changed":
        good = file.read_bytes()
        file.write_bytes(good + b"# before its last change\n")
        signed(home, file, "education")
        file.write_bytes(good)
    elif content == "key":  # made anew under the same name
        key, own = str(file.with_name("education-1.json")), ("--party", "education")
        CliRunner().invoke(create_app(), ["keys", "new", *own, "--file", key])
        run("sign", str(file), *own, "--key", key, "--home", str(file.parent))
    elif content == "garbage":
        path.write_bytes(b"\xff\xfe\x00 no signature")
    else:
        path.unlink()
        if content == "folder":
            path.mkdir()


def test_without_a_file_the_homes_own_version_is_verified(home: Home, tmp_path: Path) -> None:
    """The signatures beside that file count; which version it was is said on standard error."""
    own = Home(Path(shutil.copytree(home.path, tmp_path / "home")))
    file = own.path / "convention.yaml"
    words = ("adopt", "--check", "--home", str(own.path))

    whole = run(*words)
    signature_file(file, "police").unlink()
    short = run(*words)

    assert (whole.exit_code, short.exit_code) == (0, 1)
    assert "missing  police" in short.stdout
    assert f"version 2026-1, file of this folder ({file})" in whole.stderr


def test_a_version_that_gives_a_number_anew_is_not_sound(home: Home, tmp_path: Path) -> None:
    """The log knows past events by that number: all signatures do not mend it, lint tells where."""
    again = third_version(tmp_path, read(SECOND))
    text = again.read_bytes().replace(b"  - id: R35\n", b"  - id: R96\n")
    again.write_bytes(text.replace(b"  - id: R47\n", b"  - id: R35\n"))
    own, key = ("--home", str(home.path)), str(home.party_file("education"))

    unsigned = run("sign", str(again), "--party", "education", "--key", key, *own)
    exists = signature_file(again, "education").exists()
    first, *_ = lines_of(run("lint", str(again), *own, "--format", "json").stdout)
    signed(home, again, *PARTIES)
    code, shown, data = both(home, again)

    assert (unsigned.exit_code, exists, code) == (2, False, 1)
    assert "clause_number_reused: the number R35" in unsigned.stderr
    assert "clause_number_reused" in shown
    assert "a number keeps its act and purpose" in shown
    assert (data["numbers_kept"], data["enough"]) == (False, True)
    line = again.read_text("utf-8").splitlines().index("  - id: R35") + 1
    assert (first["code"], first["level"], first["line"]) == (
        "clause_number_reused", "problem", line,
    )  # fmt: skip
