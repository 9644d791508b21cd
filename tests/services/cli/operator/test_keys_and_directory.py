"""`relais keys destroy` and `rotate`, `relais directory end`: asked first, ordered once."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from contracts.keys.entries import SigningKey
from contracts.keys.keyring import destroyed_at, signing_file
from contracts.keys.verification import ED25519
from contracts.vocabulary.schema import desk_urn
from services.operate.home.home import Home
from services.operate.home.key_life import LASTS, LEAD
from services.platform.keys.keystore import desk_signers
from services.platform.process.paris_time import paris
from tests.services.cli.operator.conftest import Run
from tests.soft_hsm import soft_hsm_in


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
    assert (told["successor"], paris(told["until"]).isoformat()) == ("home-2", f"{day}T00:00:00")
    assert (told["order"] > 0, orjson.loads(again.stdout)["order"]) == (True, 0)
    assert "desk_ends" in other.stderr
    assert "successor_differs" in role.stderr


def test_a_damaged_directory_is_not_adopted(ordering: Run, own: Home) -> None:
    """Whatever a disk or a hand has changed in it: what was in force stays so."""
    file = own.path / "directory.civil.jws"
    kept = file.read_bytes()
    file.write_bytes(kept[:200] + b"AAAA" + kept[204:])

    refused = ordering("directory", "adopt")

    assert (refused.exit_code, "order_rejected" in refused.stderr) == (2, True), refused.output


def test_a_named_key_is_not_destroyed_without_a_question(ordering: Run, own: Home) -> None:
    """What to do instead of a stolen one is said first."""
    file = min((own.keys / "civil" / "crip").glob("crip-p7-*.json"))

    refused = [ordering("keys", "destroy", file.stem, answer=word) for word in ("", "n\n")]
    kept = destroyed_at(file.read_bytes())
    done = ordering("keys", "destroy", file.stem, answer="y\n")

    assert [one.exit_code for one in (*refused, done)] == [1, 1, 0]
    assert kept is None
    assert "relais keys rotate --desk … --stolen-since" in refused[0].stderr
    assert destroyed_at(file.read_bytes()) is not None


@pytest.mark.nightly
def test_a_desks_next_key_is_one_that_a_device_has_made(
    ordering: Run, own: Home, tmp_path: Path
) -> None:
    """Its file names the device, which signs for it; one that holds another key is not listed."""
    now, device = int(time.time()), soft_hsm_in(tmp_path / "hsm")
    file, urn = own.keys / "civil" / "crip" / "crip-sig-2.json", desk_urn("civil", "crip")
    public, outcomes = device.made("crip-2"), []
    for half in (Ed25519PrivateKey.generate().public_key().public_bytes_raw(), public):
        key = SigningKey(file.stem, ED25519, urn, half, now + LEAD, now + LASTS)
        file.write_bytes(signing_file(None, key, device.uri("crip-2")))
        file.chmod(0o600)
        outcomes.append(ordering("keys", "rotate", "--desk", "crip"))
    (new, *_) = desk_signers(own.keys, "civil", "crip").valid(
        own.directory("civil"), now + LEAD + 60
    )

    assert "signer_has_other_key" in outcomes[0].stderr
    assert [one.exit_code for one in outcomes] == [3, 0]
    assert (new.kid, new.public) == ("crip-sig-2", public)
    Ed25519PublicKey.from_public_bytes(public).verify(new.sign(b"as ever"), b"as ever")
    assert b'"d"' not in file.read_bytes()
