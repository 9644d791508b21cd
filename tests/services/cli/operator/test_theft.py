"""`relais keys rotate --stolen-since`: what a thief had is of no use, and the desk goes on."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from os import urandom
from pathlib import Path
from typing import Any, Final
from unittest.mock import AsyncMock

import orjson
import pytest

from contracts.envelope.part import open_part, read_part, seal_part
from contracts.errors import EnvelopeError
from contracts.keys.entries import EncryptionKey
from contracts.keys.keyring import signing_key_of
from contracts.vocabulary.schema import desk_urn
from services.operate.home.home import Home
from services.operate.home.key_life import DAY, LEAD, OVERLAP
from services.operate.home.owners_bus import OwnersBus
from services.operate.home.rotation import owner_of, prepare_next
from services.operate.joining.request import make_request
from services.platform.keys.keystore import desk_ring
from services.platform.process import clock
from services.platform.process.exit_codes import UnreachableError
from tests.services.cli.operator.conftest import WEEKS, Run

EVENT: Final = "01990000-0000-7000-8000-000000000000"
_SINCE: Final = f"{datetime.now(UTC) - timedelta(1):%F}"
ROTATE: Final = ("keys", "rotate", "--desk", "crip", "--stolen-since", _SINCE)


def test_after_a_theft_a_desk_receives_and_reads_what_came(ordering: Run, own: Home) -> None:
    """One command, twice as once: under every id another key; both halves are destroyed as one."""
    urn = desk_urn("civil", "crip")
    before = own.directory("civil").encryption
    ring = desk_ring(own.keys, "civil", "crip")

    def read_with(key: EncryptionKey) -> Any:
        token = seal_part({"text": "x"}, cat="FACTS", evt=EVENT, iss=urn, key=key, random=urandom)
        return open_part(token, read_part(token, "p")[1], ring, "p")["body"]["text"]

    done, again = ordering(*ROTATE), ordering(*ROTATE)
    after = own.directory("civil").encryption
    (key,) = after.valid(urn, "P30", int(time.time()))

    assert (done.exit_code, again.exit_code) == (0, 0), done.output
    assert "nothing left to do" in again.stdout
    assert before.keys() == after.keys()
    changed = {kid for kid in before if before[kid].public != after[kid].public}
    assert changed == {kid for kid in before if kid.startswith("crip-p")}
    assert [read_with(one) for one in (before[key.kid], key)] == ["x", "x"]
    former = own.keys / "civil" / "crip" / f"{key.kid}.1.json"
    saved = former.read_bytes()
    ring.destroy(key.kid, int(time.time()))
    for one in (before[key.kid], key):
        with pytest.raises(EnvelopeError, match="no_private_key"):
            read_with(one)
    assert not former.exists()
    former.write_bytes(saved)  # as out of a backup
    assert ordering("keys", "destroy", key.kid, answer="y\n").exit_code == 0
    assert not former.exists()


@pytest.mark.parametrize("rotate", [ROTATE, ROTATE[:-2]])
def test_a_command_that_kafka_failed_is_run_again_and_ends_well(
    ordering: Run, own: Home, monkeypatch: pytest.MonkeyPatch, rotate: tuple[str, ...]
) -> None:
    """What of it was signed may be adopted at any time: no key of it is made anew."""
    folder = own.keys / "civil" / "crip"
    away = UnreachableError("kafka_unreachable", "no answer", "an answer")

    with monkeypatch.context() as broken:
        broken.setattr(OwnersBus, "order", AsyncMock(side_effect=away))
        failed = ordering(*rotate)
    made = {path: path.read_bytes() for path in folder.iterdir()}
    clock.set_to(own.clock, int(time.time()) + 5)
    done, again = ordering(*rotate), ordering(*rotate)

    assert [one.exit_code for one in (failed, done, again)] == [3, 0, 0], done.output
    assert "crip-sig-1: until" in done.stdout
    assert "nothing left to do" in again.stdout
    assert made == {path: path.read_bytes() for path in folder.iterdir()}
    key, _signer = signing_key_of((folder / "crip-sig-2.json").read_bytes())
    assert own.directory("civil").signing["crip-sig-2"].public == key.public


def test_a_key_that_was_to_come_is_stolen_with_the_others(ordering: Run, own: Home) -> None:
    """Its file lay there before it began; none of the thief's follows the one made then."""
    ordering(*ROTATE[:-2])
    at = datetime.now(UTC).replace(microsecond=0)
    clock.set_to(own.clock, int(at.timestamp()) + 5)

    done, again = (ordering(*ROTATE[:-1], f"{at + timedelta(0, 2):%FT%TZ}") for _ in range(2))
    keys = own.directory("civil").signing_of[desk_urn("civil", "crip")]
    now = {key.kid: (key.reason, key.not_after <= int(time.time()) + 10) for key in keys}

    assert done.exit_code == 0, done.output
    assert "nothing left to do" in again.stdout
    assert now == {
        "crip-sig-1": ("stolen", True), "crip-sig-2": ("stolen", True), "crip-sig-3": ("", False),
    }  # fmt: skip


def test_an_earlier_theft_puts_more_in_doubt(ordering: Run, own: Home) -> None:
    """Who learns later that it was taken before says so by the same command."""
    before = datetime.now(UTC) - timedelta(3)
    ordering(*ROTATE)
    made = {path: path.read_bytes() for path in (own.keys / "civil" / "crip").iterdir()}

    done, again = (ordering(*ROTATE[:-1], f"{before:%F}") for _ in range(2))
    refused = ordering(*ROTATE[:-1], "2020-01-01")  # a mistyped year: before its first key
    old = own.directory("civil").signing["crip-sig-1"]

    assert (done.exit_code, f"in doubt since {before:%F}" in done.stdout) == (0, True)
    assert "nothing left to do" in again.stdout
    assert (old.reason, old.not_after <= int(time.time())) == ("stolen", True)
    assert (refused.exit_code, "since_too_early" in refused.stderr) == (2, True)
    assert made == {path: path.read_bytes() for path in (own.keys / "civil" / "crip").iterdir()}


def test_weeks_that_are_not_adopted_keep_no_stolen_half(ordering: Run, own: Home) -> None:
    """`relais directory sign` had made more keys before the theft: they lay there as well."""
    signed = own.sign_directory("civil", int(time.time()), WEEKS + 6).encryption

    done = ordering(*ROTATE)
    after = own.directory("civil").encryption

    assert done.exit_code == 0, done.output
    kept = {kid for kid in signed if after[kid].public == signed[kid].public}
    assert kept == {kid for kid in signed if not kid.startswith("crip-p")}


def test_a_partner_s_stolen_key_ends_and_receives_nothing(
    ordering: Run, own: Home, tmp_path: Path
) -> None:
    """Also once the same request is answered again; another key is not the home's to make."""
    now, urn = int(time.time()), desk_urn("civil", "centre")
    request = make_request(
        tmp_path / "centre", own.convention, desk="centre", role="ASSO", label={}, at=now, weeks=2
    )
    listed = own.outside_file("civil", "centre")
    listed.parent.mkdir(parents=True)
    listed.write_bytes(orjson.dumps(request.row.wire()))
    own.renew_directory("civil", now)
    assert ordering("directory", "adopt").exit_code == 0
    rotate = ("keys", "rotate", "--desk", "centre")

    plain, done = ordering(*rotate), ordering(*rotate, *ROTATE[-2:])
    listed.write_bytes(orjson.dumps(request.row.wire()))
    after = own.renew_directory("civil", now)

    assert (plain.exit_code, done.exit_code) == (2, 0), done.output
    assert "keys_outside" in plain.stderr
    assert "`relais partner new`" in done.stderr
    (key,) = after.signing_of[urn]
    assert (key.reason, key.not_after <= int(time.time())) == ("stolen", True)
    assert not after.encryption.valid(urn, "P30", now)
    assert not (own.keys / "civil" / "centre").exists()


def test_a_rotation_that_failed_gives_its_lead_and_overlap(ordering: Run, own: Home) -> None:
    """A key that was signed and never adopted is made anew, and the one before stays a week."""
    now, urn = int(time.time()), desk_urn("civil", "crip")
    owner, before = owner_of(own, "civil", "crip"), own.directory("civil")
    prepare_next(owner, before.signing_of[urn], now - 8 * DAY)
    own.renew_directory("civil", now)

    done = ordering(*ROTATE[:-2])
    after = own.directory("civil")
    new, old = after.signing_of[urn]

    assert done.exit_code == 0, done.output
    assert (after.expires, after.encryption) == (before.expires, before.encryption)
    assert after.signing.keys() - before.signing.keys() == {new.kid}
    assert (new.kid, old.kid) == ("crip-sig-2", "crip-sig-1")
    assert new.not_before > now + LEAD - 5  # two clocks are a second apart
    assert old.not_after == new.not_before + OVERLAP
