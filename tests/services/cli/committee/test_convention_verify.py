"""`relais convention adopt`: bad signatures beside good ones, versions out of turn."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final
from unittest.mock import AsyncMock

import pytest
from typer.testing import Result

from contracts.convention.adoption import Adopted
from contracts.convention.load import load
from contracts.convention.signing import TYP, sign_convention
from contracts.conventions import SECOND, read, shipped
from contracts.keys.jose import sign_jws
from contracts.keys.keyring import read_signing_file
from services.cli.committee.sign import _ADOPTABLE
from services.operate.home.home import Home
from services.operate.home.owners_bus import OwnersBus
from services.platform.keys.signatures import signature_file
from tests.contracts.log.orders.test_adoption import departure
from tests.services.cli.committee.test_convention_in_force import run
from tests.services.cli.committee.test_convention_in_force import town as home
from tests.shell import invoke, lines_of

__all__ = ["home"]  # a fixture
PARTIES = load(read(SECOND)).parties
JSON = ("--format", "json")


@pytest.fixture
def file(home: Home, tmp_path: Path) -> Path:
    """The second version, signed by all."""
    found = tmp_path / "next.yaml"
    found.write_bytes(read(SECOND))
    signed(home, found, *PARTIES)
    return found


def signed(home: Home, file: Path, *parties: str) -> None:
    """Let parties sign a file as it stands; who is none, by another's key."""
    version = load(file.read_bytes())
    for party in parties:
        key = home.party_file(party if party in PARTIES else "police")
        signer = read_signing_file(key.read_bytes())[1]
        claims = {"convd": version.digest, "party": party, "version": version.version}
        token = sign_jws(claims, TYP, signer)
        if party in PARTIES:
            token = sign_convention(version, party, signer)
        signature_file(file, party).write_text(token)


def verified(home: Home, file: Path, *words: str) -> Result:
    """`adopt --check` in that home."""
    return run("adopt", "--check", str(file), "--home", str(home.path), *words)


SECOND_CHANGED: Final = read(SECOND) + b"# another second version\n"  # one that is not shipped


def third_version(file: Path, before: bytes = SECOND_CHANGED) -> None:
    """Make it a third version, which names those bytes as its predecessor."""
    text = read(SECOND).replace(b"\nversion: 2\n", b"\nversion: 3\n")
    old, new = load(read(SECOND)).predecessor.encode(), load(before).digest.encode()
    file.write_bytes(text.replace(old, new))


def spoil(home: Home, file: Path, harm: str) -> None:
    """Make the signature of education a bad one, or the version one that no bus would adopt."""
    path, own = signature_file(file, "education"), ("--party", "education")
    match harm:
        case "changed":
            good = file.read_bytes()
            file.write_bytes(good + b"# before its last change\n")
            signed(home, file, "education")
            file.write_bytes(good)
        case "key":  # made anew under the same name
            key = str(file.with_name("education-1.json"))
            invoke("keys", "new", *own, "--file", key)
            run("sign", str(file), *own, "--key", key, "--home", str(file.parent))
        case "garbage":
            path.write_bytes(b"\xff\xfe\x00 no signature")
        case "folder" | "missing":
            path.unlink()
            if harm == "folder":
                path.mkdir()
        case "hospital":
            signed(home, file, harm)
        case "away":
            third_version(file)
            signed(home, file, *PARTIES)
        case _:  # a number anew: R35, the notice of a found minor, is the alert of R47
            third_version(file, read(SECOND))
            text = file.read_bytes().replace(b"  - id: R35\n", b"  - id: R96\n")
            file.write_bytes(text.replace(b"  - id: R47\n", b"  - id: R35\n"))
            signed(home, file, *PARTIES)


def invalid(reason: str, party: str = "education") -> dict[str, Any]:
    """What is told of a signature that is bad."""
    return {"invalid": [{"file": f"next.yaml.{party}.jws", "party": party, "reason": reason}]}


HALF: Final = "convention_half_signed"
BAD: Final = {"signed": [*PARTIES[1:]], "missing": ["education"], "refused": HALF}


@pytest.mark.parametrize(
    ("harm", "found", "said"),
    [
        ("changed", BAD | invalid("file_changed"), "education.jws: the file has changed since"),
        ("key", BAD | invalid("other_key"), "invalid  education      next.yaml.education.jws: "),
        ("garbage", BAD | invalid("unreadable"), "unreadable"),
        ("folder", BAD | invalid("unreadable"), "unreadable"),
        ("missing", BAD | {"invalid": []}, "missing  education"),
        (
            "hospital",
            {"signed": [*PARTIES], "refused": ""} | invalid("no_party", "hospital"),
            "somebody who is no party to this version",
        ),
        (
            "away",
            {"predecessor_known": False, "missing": []},
            "version 3: all 7 parties\nthe version before is not at hand: neither its quorum nor",
        ),
        ("number anew", {"refused": "clause_number_reused"}, "the number R35 is "),
    ],
)
def test_what_keeps_a_version_from_being_adopted_is_a_finding(
    home: Home, file: Path, harm: str, found: dict[str, Any], said: str
) -> None:
    """Whose signature, which file and why, as data too; good signers are still shown; exit 1."""
    spoil(home, file, harm)

    shown, data = verified(home, file), json.loads(verified(home, file, *JSON).stdout)

    assert shown.exit_code == 1
    assert found.items() <= data.items()
    assert said in shown.stdout
    rows = [row.split()[1] for row in shown.stdout.splitlines() if row.startswith("signed ")]
    assert rows == data["signed"]


def test_with_all_signatures_of_both_versions_nothing_is_found(home: Home, file: Path) -> None:
    """The quorum of both counts."""
    whole = verified(home, file)

    *_, needed, verdict = whole.stdout.splitlines()
    assert needed == "7 signatures; needed: version 2: all 7 parties, version 1: all 5 parties"
    assert (whole.exit_code, verdict) == (0, _ADOPTABLE)


def test_a_version_is_sound_once_its_predecessor_lies_beside_it_or_at_home(
    home: Home, file: Path, tmp_path: Path
) -> None:
    """Whatever its name."""
    spoil(home, file, "away")
    other = Home(tmp_path / "home")
    shutil.copytree(home.path, other.path)
    (other.path / "convention.yaml").write_bytes(SECOND_CHANGED)

    at_home = verified(other, file)
    file.with_name("before.yaml").write_bytes(SECOND_CHANGED)
    beside = verified(home, file)

    assert (at_home.exit_code, beside.exit_code) == (0, 0)
    assert beside.stdout.splitlines()[-1] == _ADOPTABLE


@pytest.mark.parametrize(
    ("harm", "last", "exit_code", "row", "told"),
    [
        ("missing", shipped(), 1, "missing  education", f"civil: nothing is ordered: {HALF}"),
        ("key", shipped(), 1, "invalid  education", "civil: nothing is ordered: bad_signature"),
        ("missing", read(SECOND), 2, "", "convention_superseded"),  # whoever has signed it
    ],
)
def test_adopt_orders_no_version_that_is_not_whole_or_out_of_turn(
    home: Home, file: Path, monkeypatch: pytest.MonkeyPatch,
    harm: str, last: bytes, exit_code: int, row: str, told: str,
) -> None:  # fmt: skip
    """A signature is a finding about the file, and says whose; the turn is wrong use."""
    spoil(home, file, harm)
    before = load(last)
    control = SimpleNamespace(last_adopted=Adopted(before, before.starts))
    monkeypatch.setattr(OwnersBus, "registry", AsyncMock(return_value=control))

    done = run("adopt", file, "--home", home.path, "--kafka", "nobody:1")

    assert (done.exit_code, done.stdout) == (exit_code, ""), done.output
    assert row in done.stderr
    assert told in done.stderr.splitlines()[-1]


def test_a_version_that_gives_a_number_anew_is_not_signed(home: Home, file: Path) -> None:
    """The log knows past events by that number; lint tells where."""
    spoil(home, file, "number anew")
    signature_file(file, "education").unlink()
    own, key = ("--home", str(home.path)), str(home.party_file("education"))

    unsigned = run("sign", str(file), "--party", "education", "--key", key, *own)
    first, *_ = lines_of(run("lint", str(file), *own, *JSON).stdout)

    assert (unsigned.exit_code, signature_file(file, "education").exists()) == (2, False)
    assert "clause_number_reused: the number R35" in unsigned.stderr
    line = file.read_text("utf-8").splitlines().index("  - id: R35") + 1
    told = first["code"], first["level"], first["line"]
    assert told == ("clause_number_reused", "problem", line)


def test_who_leaves_signs_the_version_that_leaves_it_out(home: Home, file: Path) -> None:
    """The quorum of the version before asks for its signature."""
    wider, without = departure()
    file.write_bytes(without)
    file.with_name("before.yaml").write_bytes(wider)
    who, key = ("--party", "hospital"), str(file.with_name("hospital.json"))
    invoke("keys", "new", *who, "--file", key)

    done = run("sign", str(file), *who, "--key", key, "--home", str(home.path))

    assert (done.exit_code, signature_file(file, "hospital").exists()) == (0, True)


def test_nobody_signs_or_orders_a_file_whose_sentences_say_what_its_tables_do_not(
    home: Home, file: Path
) -> None:
    """What the parties read would not be what the bus does."""
    scopes = b"[IDENTITY, CONTACT, FAMILY, SCHOOLING, FACTS]"
    file.write_bytes(read(SECOND).replace(scopes, b"[IDENTITY, FACTS]", 1))
    signed(home, file, *PARTIES)
    own, key = ("--home", str(home.path)), str(home.party_file("education"))

    for words in (("sign", "--party", "education", "--key", key), ("adopt",), ("adopt", "--check")):
        done = run(*words, str(file), *own)
        assert (done.exit_code, "convention_problems" in done.stderr) == (2, True), done.output


@pytest.mark.parametrize(("last", "apart"), [(shipped(), 0), (read(SECOND), 3_600)])
def test_a_version_begins_an_hour_behind_one_that_waits(
    home: Home, file: Path, monkeypatch: pytest.MonkeyPatch, last: bytes, apart: int
) -> None:
    """What was sealed under the version before that one is decided by then; the first has none."""
    waits, ordered = 4_000_000_000, list[int]()
    if apart:
        third_version(file, last)
        signed(home, file, *PARTIES)

    async def order(_bus: OwnersBus, *_new: object, start: int) -> list[Any]:
        ordered.append(start)
        return [SimpleNamespace(n=1, target="", start=start)]

    control = SimpleNamespace(last_adopted=Adopted(load(last), waits))
    monkeypatch.setattr(OwnersBus, "registry", AsyncMock(return_value=control))
    monkeypatch.setattr(OwnersBus, "order", order)

    done = run("adopt", str(file), "--home", str(home.path), "--kafka", "nobody:1")

    assert (done.exit_code, ordered) == (0, [waits + apart] * 2), done.output
