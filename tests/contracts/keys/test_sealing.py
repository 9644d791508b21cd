"""A desk's encryption keys under one signature: same keys, same refusals (keys §2.4)."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from contracts.encoding import b64u
from contracts.errors import DirectoryError
from contracts.keys import checked_desk, keyring
from contracts.keys.jose import verify_bytes
from contracts.keys.sealing_keys import window_of
from tests.contracts.envelope import kit
from tests.contracts.envelope.refusal import refused

OLD = kit.realm("criminal", weeks=2)
Payload = dict[str, Any]
WEEKS = ("2026w47", "2026w48")


def publics(desk: str) -> dict[str, dict[str, bytes]]:
    """The keys that the kit's desk has."""
    return {
        kept: {
            week: kit.sealing(f"{desk}-{kept.lower()}-{week}").public_key().public_bytes_raw()
            for week in WEEKS
        }
        for kept in ("P7", "P30", "P90")
    }


def sealing(desk: str, keys: dict[str, dict[str, bytes]] | None = None) -> dict[str, Any]:
    """A desk's keys, signed by itself."""
    return keyring.sealing_row(
        OLD.signers[desk], owner=OLD.urn(desk), keys=keys or publics(desk), iat=kit.NOW - kit.DAY
    )


def payload() -> Payload:
    """The kit's directory in the form of now."""
    made = copy.deepcopy(OLD.payload)
    for row in made["desks"]:
        del row["encryption"]
        row["sealing"] = sealing(row["desk"].rpartition(":")[2])
    return made


def changed(change: Callable[[Payload], object]) -> Payload:
    """A directory with something else in its first desk's row, which is the prosecutor's."""
    made = payload()
    change(made["desks"][0])
    return made


def test_both_forms_bring_the_same_keys() -> None:
    """Id, window, end and bytes follow from desk, class and week."""
    new, old = keyring.check_directory(payload()), OLD.directory

    assert dict(new.encryption) == dict(old.encryption)
    assert len(new.encryption) == len(old.encryption) == 12
    for desk in old.desks:
        for at in (kit.NOW, kit.NOW - 7 * kit.DAY, kit.NOW + 6 * kit.DAY):
            assert new.sealing_key(desk, "P30", at) == old.sealing_key(desk, "P30", at)


@pytest.mark.parametrize(
    "kid", ["pol-p30-2026w40", "je-p30-2026w48", "pol-p31-2026w48", "pol-s1", ""]
)
def test_no_key_is_made_of_a_name(kid: str) -> None:
    """A key id in good form is none of the directory's for that."""
    directory = keyring.check_directory(payload())

    assert kid not in directory.encryption
    assert directory.encryption.get(kid) is None


def other_key(row: Payload) -> None:
    """A key slipped in by whoever keeps the directory."""
    row["sealing"]["keys"]["P30"]["2026w48"] = b64u(OLD.router.public)


def too_early(row: Payload) -> None:
    """Signed before the signing key was valid."""
    signer = OLD.signers["parq-crim"]
    row["sealing"] = keyring.sealing_row(
        signer, owner=signer.owner, keys=publics("parq-crim"), iat=kit.NOW - 401 * kit.DAY
    )


@pytest.mark.parametrize(
    "change",
    [
        other_key,
        lambda row: row["sealing"]["keys"]["P30"].update(  # a week that its desk did not say
            {"2026w49": row["sealing"]["keys"]["P30"].pop("2026w48")}
        ),
        lambda row: row["sealing"]["keys"].update(  # a class that keeps it for longer
            {"P90": row["sealing"]["keys"].pop("P7")}
        ),
        lambda row: row["sealing"]["keys"]["P30"].pop("2026w48"),  # so that an older one is used
        lambda row: row.update(sealing=sealing("pol")),  # in the name of the desk that signed them
        lambda row: row["sealing"].update(by="pol-s1"),  # a key that is not in the row
        too_early,
    ],
)
def test_what_a_desk_did_not_sign_is_refused(change: Callable[[Payload], object]) -> None:
    """The keeper, who signs the whole, cannot seal for another key, week or class."""
    with refused("not_signed_by_desk"):
        keyring.check_directory(changed(change))


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ({"P30": {"2026w54": bytes(range(32))}}, "no_such_week"),
        ({"P30": {"2026w00": bytes(range(32))}}, "no_such_week"),
        ({"P30": {"1960w01": bytes(range(32))}}, "no_such_week"),
        ({"P30": {"0000w01": bytes(range(32))}}, "no_such_week"),
        ({"P30": {"2026w48": bytes(32)}}, "key_of_small_order"),
        ({"P30": {"2026w48": b"\xff" * 32}}, "key_not_canonical"),
        ({"P31": {"2026w48": bytes(range(32))}}, "malformed"),
        ({"P30": {"2026-48": bytes(range(32))}}, "malformed"),
        ({"P30": {"٢٠٢٦w48": bytes(range(32))}}, "malformed"),
        ({"P30": {"2026w48": bytes(31)}}, "malformed"),
    ],
)
def test_a_desk_may_not_sign_anything(keys: dict[str, dict[str, bytes]], code: str) -> None:
    """Weeks that are none, other classes, keys that anybody could open for."""
    row = changed(lambda row: row.update(sealing=sealing("parq-crim", keys)))

    with refused(code):
        keyring.sign_directory(row, OLD.keeper)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda row: row["sealing"].update(keys={}), "malformed"),  # absent means absent
        (lambda row: row["sealing"].update(revoked={"pol-p30-2026w48": kit.NOW}), "unknown_key"),
        (lambda row: row.update(encryption=[]), "malformed"),  # the form of before beside it
    ],
)
def test_an_incoherent_row(change: Callable[[Payload], object], code: str) -> None:
    """Refused when loading, and never signed in the first place."""
    with refused(code):
        keyring.sign_directory(changed(change), OLD.keeper)


@pytest.mark.parametrize("form", ["signing", "apart"])
def test_a_key_id_stands_once(form: str) -> None:
    """Also where one of the two follows from a desk and a week."""
    made, kid = payload(), "pol-p30-2026w48"
    if form == "signing":
        own = kit.signer(OLD.urn("parq-crim"), kid)
        made["desks"][0]["signing"].append(kit.signing_row(own))
    else:  # of the desk before it, signed by that one
        own, week = OLD.signers["parq-crim"], keyring.week_of(kit.NOW)
        del made["desks"][0]["sealing"]
        made["desks"][0]["encryption"] = [
            keyring.encryption_entry(
                own, owner=own.owner, kid=kid, retention="P30",
                public=publics("pol")["P30"]["2026w48"],
                not_before=week.not_before, not_after=week.not_after, iat=kit.NOW,
            )
        ]  # fmt: skip

    with refused("kid_twice"):
        keyring.check_directory(made)


def test_a_revoked_key_ends_at_its_revocation() -> None:
    """Without the desk's signature; another one is sealed for, if there is one."""
    kid = "parq-crim-p30-2026w48"
    made = changed(lambda row: row["sealing"].update(revoked={kid: kit.NOW}))

    directory = keyring.check_directory(made)

    desk, start = OLD.urn("parq-crim"), window_of("2026w48")[0]
    key = directory.encryption[kid]
    assert (key.not_before, key.not_after) == (start, kit.NOW)
    assert key.destroy_at == start + (14 + 30) * kit.DAY
    assert directory.sealing_key(desk, "P30", kit.NOW - 1) == key
    assert directory.sealing_key(desk, "P30", kit.NOW).kid == "parq-crim-p30-2026w47"
    with pytest.raises(DirectoryError, match="no_encryption_key"):
        directory.sealing_key(desk, "P30", kit.NOW + 10 * kit.DAY)


def test_what_did_not_change_is_not_verified_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next version costs what is new in it, and shares the rest with the one before."""
    first, verified = keyring.check_directory(payload()), list[str]()

    def counted(key: Any, message: bytes, signature: bytes) -> None:
        verified.append(key.owner)
        verify_bytes(key, message, signature)

    monkeypatch.setattr(checked_desk, "verify_bytes", counted)
    made = changed(lambda row: row["label"].update(en="Another name"))
    made["version"] = 2

    second = keyring.check_directory(made, first)

    router, parquet = OLD.router.owner, OLD.urn("parq-crim")
    assert verified == [router, parquet, parquet]
    assert second == keyring.check_directory(made)
    assert second.desks[OLD.urn("pol")] is first.desks[OLD.urn("pol")]


def test_what_changed_is_refused_beside_what_did_not() -> None:
    """Knowing the version before makes nothing pass."""
    first = keyring.check_directory(payload())

    with refused("not_signed_by_desk"):
        keyring.check_directory(changed(other_key), first)
    with refused("desk_twice"):
        keyring.check_directory({**payload(), "desks": [payload()["desks"][0]] * 2}, first)
    with refused("wrong_realm"):
        keyring.check_directory({**payload(), "realm": "civil"}, first)
