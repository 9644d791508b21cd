"""`relais keys list` and `relais directory`: short for people, whole for programs, both buses."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from typer.testing import CliRunner

from contracts.keys.keyring import destroyed_at
from services.cli.app import app
from services.operate.home.home import Home
from services.operate.home.key_life import LEAD
from services.operate.home.partners import PARTNERS
from services.platform.keys.keystore import desk_signers
from services.platform.process import clock
from services.texts import day
from tests.services.cli.operator.conftest import Run
from tests.shell import lines_of
from tests.soft_hsm import soft_hsm_in


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A command on it."""
    monkeypatch.setenv("RELAIS_HOME", str(home))

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(app, arguments)

    return run


def test_keys_are_listed_by_holder(run: Run) -> None:
    """One line each: what for, how many, and until when; not one for each of some hundred keys."""
    listed = run("keys", "list").stdout.splitlines()[1:]
    every = lines_of(run("keys", "list", "--format", "json").stdout)

    (crip,) = [line for line in listed if line.startswith("civil:desk:crip ")]
    mine = [key for key in every if key["owner"] == "civil:desk:crip"]
    ends: dict[str, str] = {}
    for key in mine:
        ends[key["use"]] = max(key["until"], ends.get(key["use"], ""))
    assert "seal P7, seal P30, seal P90, sign" in crip
    assert f"  {len(mine)}  " in crip
    assert crip.endswith(f"  {day(date.fromisoformat(min(ends.values())), 'en')}")
    assert len(listed) == len({key["owner"] for key in every}) < 40 < len(every)


def test_both_buses_are_checked_or_the_one_that_is_named(run: Run) -> None:
    """Each with its own facts; there is no finding without one; what is no bus is wrong use."""
    check = ("directory", "adopt", "--check")
    told = run(*check)
    data = lines_of(run(*check, "--format", "json").stdout)
    named = lines_of(run(*check, "--realm", "criminal", "--format", "json").stdout)

    assert told.exit_code == 0, told.output
    assert (told.stdout.count("sound: yes"), "finding" in told.stdout) == (2, False)
    assert [(one["realm"], one["sound"]) for one in data] == [("civil", True), ("criminal", True)]
    assert data[0]["desks"] == len(PARTNERS)
    assert named == data[1:]
    assert run(*check, "--realm", "both").exit_code == 2


@pytest.mark.parametrize("harm", ["expired", "altered"])
def test_a_fault_of_either_bus_is_told_and_ends_with_1(run: Run, home: Path, harm: str) -> None:
    """The criminal one's too, which nobody looked at."""
    file, now = home / "directory.criminal.jws", home / "clock"
    kept = file.read_bytes()
    if harm == "altered":
        file.write_bytes(kept[:200] + b"AAAA" + kept[204:])
    else:
        clock.set_to(now, int(time.time()) + 60 * 86_400)

    result = run("directory", "adopt", "--check")
    file.write_bytes(kept)
    now.unlink(missing_ok=True)

    assert result.exit_code == 1
    assert "finding: " in result.stdout
    assert ("finding: expired" in result.stdout) == (harm == "expired")
    assert ("sound: yes" in result.stdout) == (harm == "altered")


def test_the_end_of_a_desk_is_ordered_once(ordering: Run) -> None:
    """On a day that the owners name; again with another successor or day it is refused."""
    day = (datetime.now(UTC) + timedelta(days=30)).strftime("%Y-%m-%d")
    end = ("directory", "end", "home-1", "--format", "json", "--successor")

    first = ordering(*end, "home-2", "--until", day)
    again = ordering(*end, "home-2", "--until", day)
    other = ordering(*end, "home-2", "--until", "2031-01-01")
    role = ordering("directory", "end", "crip", "--successor", "ase", "--until", day)

    assert (first.exit_code, again.exit_code) == (0, 0), first.output
    told = orjson.loads(first.stdout)
    assert (told["successor"], told["until"]) == ("home-2", f"{day}T00:00:00Z")
    assert (told["order"] > 0, orjson.loads(again.stdout)["order"]) == (True, 0)
    assert "desk_ends" in other.stderr
    assert "successor_differs" in role.stderr


def test_a_named_key_is_not_destroyed_without_a_question(ordering: Run, tmp_path: Path) -> None:
    """What to do instead of a stolen one is said first."""
    folder = tmp_path / "own" / "keys" / "civil" / "crip"
    file = min(folder.glob("crip-p7-*.json"))

    refused = [ordering("keys", "destroy", file.stem, answer=word) for word in ("", "n\n")]
    kept = destroyed_at(file.read_bytes())
    done = ordering("keys", "destroy", file.stem, answer="y\n")

    assert [one.exit_code for one in (*refused, done)] == [1, 1, 0]
    assert kept is None
    assert "relais keys rotate --desk … --stolen-since" in refused[0].stderr
    assert destroyed_at(file.read_bytes()) is not None


def test_a_key_named_while_another_begins_is_not_ignored(ordering: Run, tmp_path: Path) -> None:
    """Two minutes after a rotation the named key would be taken; before, the command says so."""
    pem, public = tmp_path / "2.pem", Ed25519PrivateKey.generate().public_key()
    pem.write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    rotate = ("keys", "rotate", "--desk", "crip")

    first, again = ordering(*rotate), ordering(*rotate)
    named = ordering(*rotate, "--signer", "pkcs11:object=o", "--public", str(pem))

    assert [one.exit_code for one in (first, again, named)] == [0, 0, 2]
    assert "rotated_just_now" in named.stderr
    assert "crip-sig-2" in named.stderr


@pytest.mark.nightly
def test_a_desks_next_key_is_one_that_a_device_has_made(ordering: Run, tmp_path: Path) -> None:
    """Its file names the device, which signs for it; one that holds another key is not listed."""
    device, pem = soft_hsm_in(tmp_path / "hsm"), tmp_path / "crip-2.pem"
    public = Ed25519PublicKey.from_public_bytes(device.made("crip-2"))
    rotate = ("keys", "rotate", "--desk", "crip", "--signer", device.uri("crip-2"))
    outcomes = []
    for key in (Ed25519PrivateKey.generate().public_key(), public):
        pem.write_bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        outcomes.append(ordering(*rotate, "--public", str(pem)))
    home = Home(tmp_path / "own")
    later = int(time.time()) + LEAD + 60
    (new, *_) = desk_signers(home.keys, "civil", "crip").valid(home.directory("civil"), later)

    assert "signer_has_other_key" in outcomes[0].stderr
    assert [one.exit_code for one in outcomes] == [3, 0]
    assert (new.kid, new.public) == ("crip-sig-2", public.public_bytes_raw())
    public.verify(new.sign(b"as ever"), b"as ever")
    assert b'"d"' not in (home.keys / "civil/crip/crip-sig-2.json").read_bytes()
