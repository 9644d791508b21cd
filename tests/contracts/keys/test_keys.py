"""Key files, periods and the signed directory under attack (keys §2)."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from contracts.encoding import b64u, canonical, digest
from contracts.keys import keyring
from contracts.keys.directory import SigningKey
from contracts.keys.jose import sign_jws
from contracts.keys.sealing_keys import destroy_at_of, period_of, periods_of
from contracts.keys.sealing_kinds import public_half
from contracts.vocabulary.scopes import KEPT_DAYS, RETENTION_CLASSES
from tests.contracts.envelope import kit
from tests.contracts.envelope.refusal import refused

HERE = kit.realm("criminal", weeks=2)  # three desks: quick to check again and again
Payload = dict[str, Any]


def changed(change: Callable[[Payload], object]) -> Payload:
    """The directory's payload with something else in it."""
    payload = copy.deepcopy(HERE.payload)
    change(payload)
    return payload


def row(payload: Payload, number: int = 0) -> Payload:
    """A desk."""
    found: Payload = payload["desks"][number]
    return found


def test_a_sound_directory() -> None:
    """Everything that it says comes out, and its digest is of the canonical payload."""
    directory = keyring.load_directory(HERE.token, HERE.keepers)

    assert directory == HERE.directory
    assert set(directory.desks) == {HERE.urn("pol"), HERE.urn("parq-crim")}
    assert directory.signing[HERE.router.kid].owner == "urn:relais:criminal:router"
    key = directory.sealing_key(HERE.urn("pol"), "P30", kit.NOW)
    assert key.kid == "pol-p30-2026m11"
    assert key.destroy_at == key.not_after + 30 * kit.DAY


@pytest.mark.parametrize(
    ("typ", "by", "code"),
    [
        ("referral-directory+jwt", HERE.router, "unknown_key"),
        ("referral-order+jwt", HERE.keeper, "wrong_typ"),
    ],
)
def test_another_keeper_or_type(typ: str, by: keyring.Ed25519Signer, code: str) -> None:
    """Only the pinned owner's signature counts, and only of a directory."""
    with refused(code):
        keyring.load_directory(sign_jws(HERE.payload, typ, by), HERE.keepers)


def test_a_signing_key_without_possession() -> None:
    """An entry that its own key did not sign, or signed for another owner."""

    def foreign(payload: Payload) -> None:
        row(payload)["signing"][0]["x"] = b64u(HERE.router.public)

    def moved(payload: Payload) -> None:
        row(payload)["signing"].append(row(payload, 1)["signing"].pop())
        row(payload, 1)["signing"] = [row(payload)["signing"].pop(0)]

    for change in (foreign, moved):
        with refused("no_possession"):
            keyring.check_directory(changed(change))


@pytest.mark.parametrize("name", ["not_before", "not_after", "kid"])
def test_a_signing_entry_changed_by_the_keeper(name: str) -> None:
    """The proof covers the whole entry."""

    def change(payload: Payload) -> None:
        entry = row(payload)["signing"][0]
        entry[name] = "other" if name == "kid" else entry[name] + 1

    with refused("no_possession"):
        keyring.check_directory(changed(change))


P = 2**255 - 19


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (0, "key_of_small_order"),
        (1 + 2**255, "key_of_small_order"),
        (P + 1, "key_not_canonical"),
    ],
)
def test_unfit_signing_keys(number: int, code: str) -> None:
    """One signature would verify two messages; and respellings."""

    def change(payload: Payload) -> None:
        row(payload)["signing"][0]["x"] = b64u(number.to_bytes(32, "little"))

    with refused(code):
        keyring.check_directory(changed(change))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda payload: payload["desks"].append(payload["desks"][0]), "desk_twice"),
        (lambda payload: row(payload).update(role="mayor"), "unknown_role"),
        (lambda payload: row(payload).update(role="MAYOR", agency="admin"), "wrong_agency"),
        (lambda payload: row(payload).update(role="MAYOR", agency="Town-Hall"), "wrong_agency"),
        (lambda payload: row(payload).update(agency="education"), "wrong_agency"),
        (lambda payload: row(payload).update(desk="urn:relais:civil:desk:pol"), "wrong_realm"),
        (lambda payload: payload.update(realm="civil"), "wrong_realm"),
        (lambda payload: payload.update(exp=0), "wrong_lifetime"),
        (lambda payload: payload.update(extra=1), "malformed"),
        (lambda payload: row(payload).update(secrecy="yes"), "malformed"),
        (lambda payload: row(payload).update(signing=[]), "malformed"),
        (lambda payload: payload.pop("version"), "malformed"),
        (lambda payload: row(payload)["signing"][0].update(not_after=1), "wrong_lifetime"),
        (lambda payload: row(payload)["signing"][0].update(proof="x"), "no_possession"),
        (lambda payload: row(payload)["signing"][0].update(x="A" * 42 + "B"), "key_not_canonical"),
    ],
)
def test_an_incoherent_directory(change: Callable[[Payload], object], code: str) -> None:
    """Refused when loading, and never signed in the first place."""
    with refused(code):
        keyring.sign_directory(changed(change), HERE.keeper)


def test_a_revoked_key_ends_at_its_revocation() -> None:
    """Revocation is the keeper's to add, without the desk's signature."""

    def revoke(payload: Payload) -> None:
        row(payload)["signing"][0]["revoked"] = kit.NOW

    directory = keyring.check_directory(changed(revoke))

    kid = row(HERE.payload)["signing"][0]["kid"]
    assert directory.signing[kid].not_after == kit.NOW


@pytest.mark.parametrize(
    "ends",
    [
        {"revoked": kit.NOW - 8 * kit.DAY},
        {"revoked": kit.NOW, "reason": "stolen", "since": kit.NOW - 8 * kit.DAY},
        {"revoked": kit.NOW, "reason": "stolen", "since": 0},
    ],
)
def test_a_revoked_key_signs_no_new_entries(ends: dict[str, Any]) -> None:
    """Entries made after its revocation are refused, or since it was in other hands."""

    def revoke(payload: Payload) -> None:
        row(payload)["signing"][0] |= ends

    with refused("not_signed_by_desk"):
        keyring.check_directory(changed(revoke))


def test_the_digest_is_of_the_payload() -> None:
    """Another keeper's signature of the same payload names the same directory."""
    other = kit.signer("urn:relais:owner:directory", "directory-2")
    token = keyring.sign_directory(HERE.payload, other)
    pinned = {other.kid: SigningKey(other.kid, "Ed25519", other.owner, other.public, 0, 2**40)}

    assert keyring.load_directory(token, pinned).digest == HERE.directory.digest
    assert HERE.directory.digest == digest(canonical(HERE.payload))


# periods


@pytest.mark.parametrize(
    ("at", "week", "month"),
    [
        (kit.NOW, "2026w48", "2026m11"),
        (1_798_675_200, "2026w53", "2026m12"),  # 2026-12-31
        (1_798_761_600, "2026w53", "2027m01"),  # 2027-01-01
        (1_799_020_799, "2026w53", "2027m01"),  # Sunday, its last second
        (1_799_020_800, "2027w01", "2027m01"),  # Monday 2027-01-04
        (1_835_395_200, "2028w09", "2028m02"),  # 2028-02-29
    ],
)
def test_a_key_is_named_after_its_week_or_month_in_utc(at: int, week: str, month: str) -> None:
    """And valid seven days longer; whatever is sealed by it is gone by the days that are said."""
    for retention, label in (("P7", week), ("P30", month), ("P90", month)):
        period = period_of(retention, at)

        assert period.label == label
        assert period.not_before <= at < period.not_after - 7 * kit.DAY
        assert period_of(retention, period.not_before) == period
        assert period_of(retention, period.not_after - 7 * kit.DAY - 1) == period
        destroyed = destroy_at_of(f"crip-{retention.lower()}-{label}") or 0
        assert destroyed == period.not_after + RETENTION_CLASSES[retention] * kit.DAY
        assert destroyed - period.not_before <= KEPT_DAYS[retention] * kit.DAY


def test_periods_follow_each_other_to_the_end() -> None:
    """From the one in which it begins to the one in which it ends."""
    start, end = kit.NOW, kit.NOW + 35 * kit.DAY  # 29 December

    found = {kept: [one.label for one in periods_of(kept, start, end)] for kept in ("P7", "P90")}

    assert found["P7"] == [f"2026w{week}" for week in range(48, 54)]
    assert found["P90"] == ["2026m11", "2026m12"]


# key files


def files() -> tuple[bytes, bytes]:
    """A signing and an encryption key's file."""
    directory = kit.realm().directory
    encryption = directory.encryption["crip-p30-2026m11"]
    return (
        keyring.signing_file(kit.realm().signers["crip"]._private, directory.signing["crip-s1"]),
        keyring.encryption_file(kit.sealing(encryption.kid), encryption),
    )


def test_key_files_go_both_ways() -> None:
    """Entry and private key come back; the signer signs as before."""
    signing, encryption = files()

    key, signer = keyring.read_signing_file(signing)
    other, private = keyring.read_encryption_file(encryption)

    listed = kit.realm().directory.signing["crip-s1"]
    assert key == replace(listed, term=0)  # a file bears no signature of its term
    assert signer.sign(b"x") == kit.realm().signers["crip"].sign(b"x")
    assert (signer.kid, signer.owner, signer.alg) == (key.kid, key.owner, "Ed25519")
    assert other == kit.realm().directory.encryption["crip-p30-2026m11"]
    assert public_half(private) == public_half(kit.sealing(other.kid))
    assert keyring.encryption_file(private, other) == encryption


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"d": "A" * 42 + "B"}, "key_file_malformed"),
        ({"d": "short"}, "key_file_malformed"),
        ({"x": "A" * 43}, "key_file_mismatch"),
        ({"extra": 1}, "key_file_malformed"),
        ({"alg": "none"}, "key_file_malformed"),
        ({"crv": "P-256"}, "key_file_malformed"),
        ({"owner": "me"}, "key_file_malformed"),
    ],
)
def test_a_wrong_key_file_says_nothing_of_the_key(change: dict[str, Any], code: str) -> None:
    """Errors name the file's fault, never its content."""
    for text, read in zip(
        files(), (keyring.read_signing_file, keyring.read_encryption_file), strict=True
    ):
        content = json.loads(text) | change
        with refused(code) as caught:
            read(json.dumps(content).encode())
        assert content["d"] not in caught.value.describe()
        assert caught.value.__cause__ is None


def test_one_kind_of_file_is_not_the_other() -> None:
    """A signing key does not open, an encryption key does not sign."""
    signing, encryption = files()

    with refused("key_file_malformed"):
        keyring.read_signing_file(encryption)
    with refused("key_file_malformed"):
        keyring.read_encryption_file(signing)
    with refused("key_file_malformed"):
        keyring.read_signing_file(b"not json")


def test_a_key_ring_knows_what_it_holds() -> None:
    """And answers None for the rest: destroyed or never held."""
    ring = kit.realm().rings["crip"]

    assert ring.private("crip-p30-2026m11") is not None
    assert ring.private("ase-p30-2026m11") is None
