"""A desk's encryption keys under one signature: same keys, same refusals (keys §2.4)."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from contracts.encoding import b64u
from contracts.errors import DirectoryError
from contracts.keys import checked_desk, keyring
from contracts.keys.directory import Directory
from contracts.keys.jose import sign_jws, verify_bytes
from contracts.keys.sealing_keys import destroy_at_of, parts_of, window_of
from contracts.keys.sealing_kinds import public_half
from tests.contracts.envelope import kit
from tests.contracts.envelope.refusal import refused

HERE = kit.realm("criminal", weeks=3)  # two desks
Payload = dict[str, Any]


def publics(desk: str) -> dict[str, dict[str, bytes]]:
    """The keys that the kit's desk has."""
    keys: dict[str, dict[str, bytes]] = {}
    for kid in HERE.rings[desk].held():
        _desk, retention, label = parts_of(kid)
        keys.setdefault(retention, {})[label] = public_half(kit.sealing(kid))
    return keys


def sealing(desk: str, keys: dict[str, dict[str, bytes]] | None = None) -> dict[str, Any]:
    """A desk's keys, signed by itself."""
    return keyring.sealing_row(
        HERE.signers[desk], owner=HERE.urn(desk), keys=keys or publics(desk), iat=kit.NOW
    )


def changed(change: Callable[[Payload], object]) -> Payload:
    """A directory with something else in its first desk's row, which is the prosecutor's."""
    made = copy.deepcopy(HERE.payload)
    change(made["desks"][0])
    return made


def test_a_key_follows_from_desk_class_and_period() -> None:
    """Id, window, end and bytes."""
    keys = HERE.directory.encryption

    assert {kid for kid in keys if kid.startswith("pol-")} == set(HERE.rings["pol"].held())
    assert len(keys) == len(list(keys)) == 2 * (4 + 2 + 2)  # weeks 47 to 50, November, December
    for kid, key in keys.items():
        assert key.kid == kid
        assert key.public == public_half(kit.sealing(kid))
        assert (key.not_before, key.not_after) == window_of(parts_of(kid)[2])
        assert key.destroy_at == destroy_at_of(kid)
    assert HERE.directory.sealing_key(HERE.urn("pol"), "P7", kit.NOW).kid == "pol-p7-2026w48"
    assert HERE.directory.sealing_key(HERE.urn("pol"), "P90", kit.NOW).kid == "pol-p90-2026m11"


@pytest.mark.parametrize(
    "kid", ["pol-p30-2026m01", "je-p30-2026m11", "pol-p30-2026w48", "pol-p7-2026m11", "pol-s1", ""]
)
def test_no_key_is_made_of_a_name(kid: str) -> None:
    """A key id in good form is none of the directory's for that."""
    directory = keyring.check_directory(HERE.payload)

    assert kid not in directory.encryption
    assert directory.encryption.get(kid) is None


def other_key(row: Payload) -> None:
    """A key slipped in by whoever keeps the directory."""
    row["sealing"]["keys"]["P30"]["2026m11"] = b64u(HERE.router.public)


def too_early(row: Payload) -> None:
    """Signed before the signing key was valid."""
    signer = HERE.signers["parq-crim"]
    row["sealing"] = keyring.sealing_row(
        signer, owner=signer.owner, keys=publics("parq-crim"), iat=kit.NOW - 401 * kit.DAY
    )


@pytest.mark.parametrize(
    "change",
    [
        other_key,
        lambda row: row["sealing"]["keys"]["P30"].update(  # a month that its desk did not say
            {"2027m01": row["sealing"]["keys"]["P30"].pop("2026m11")}
        ),
        lambda row: row["sealing"]["keys"].update(  # a class that keeps it for longer
            {"P90": row["sealing"]["keys"].pop("P30")}
        ),
        lambda row: row["sealing"]["keys"]["P30"].pop("2026m12"),  # so that an older one is used
        lambda row: row.update(sealing=sealing("pol")),  # in the name of the desk that signed them
        lambda row: row["sealing"].update(by="pol-s1"),  # a key that is not in the row
        too_early,
    ],
)
def test_what_a_desk_did_not_sign_is_refused(change: Callable[[Payload], object]) -> None:
    """The keeper, who signs the whole, cannot seal for another key, period or class."""
    with refused("not_signed_by_desk"):
        keyring.check_directory(changed(change))


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ({"P7": {"2026w54": bytes(range(32))}}, "no_such_period"),
        ({"P7": {"2026w00": bytes(range(32))}}, "no_such_period"),
        ({"P7": {"1960w01": bytes(range(32))}}, "no_such_period"),
        ({"P7": {"0000w01": bytes(range(32))}}, "no_such_period"),
        ({"P7": {"2026m11": bytes(range(32))}}, "no_such_period"),  # its keys serve a week
        ({"P90": {"2026w48": bytes(range(32))}}, "no_such_period"),
        ({"P30": {"2026m13": bytes(range(32))}}, "no_such_period"),
        ({"P30": {"2026m00": bytes(range(32))}}, "no_such_period"),
        ({"P30": {"9999m12": bytes(range(32))}}, "no_such_period"),
        ({"P30": {"2026m11": bytes(32)}}, "key_of_small_order"),
        ({"P30": {"2026m11": b"\xff" * 32}}, "key_not_canonical"),
        ({"P31": {"2026m11": bytes(range(32))}}, "malformed"),
        ({"P30": {"2026-11": bytes(range(32))}}, "malformed"),
        ({"P30": {"٢٠٢٦m11": bytes(range(32))}}, "malformed"),
        ({"P30": {"2026m11": bytes(31)}}, "malformed"),
    ],
)
def test_a_desk_may_not_sign_anything(keys: dict[str, dict[str, bytes]], code: str) -> None:
    """Periods that are none, other classes, keys that anybody could open for."""
    row = changed(lambda row: row.update(sealing=sealing("parq-crim", keys)))

    with refused(code):
        keyring.sign_directory(row, HERE.keeper)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda row: row["sealing"].update(keys={}), "malformed"),  # absent means absent
        (lambda row: row["sealing"].update(revoked={"pol-p30-2026m11": kit.NOW}), "unknown_key"),
    ],
)
def test_an_incoherent_row(change: Callable[[Payload], object], code: str) -> None:
    """Refused when loading, and never signed in the first place."""
    with refused(code):
        keyring.sign_directory(changed(change), HERE.keeper)


def test_a_key_id_stands_once() -> None:
    """Also where one of the two follows from a desk and a month."""
    own = kit.signer(HERE.urn("parq-crim"), "pol-p30-2026m11")
    made = changed(lambda row: row["signing"].append(kit.signing_row(own)))

    with refused("kid_twice"):
        keyring.check_directory(made)


def test_a_revoked_key_ends_at_its_revocation() -> None:
    """Without the desk's signature; another one is sealed for, if there is one."""
    kid = "parq-crim-p7-2026w48"
    made = changed(lambda row: row["sealing"].update(revoked={kid: kit.NOW}))

    directory = keyring.check_directory(made)

    desk, start = HERE.urn("parq-crim"), window_of("2026w48")[0]
    key = directory.encryption[kid]
    assert (key.not_before, key.not_after) == (start, kit.NOW)
    assert key.destroy_at == start + (14 + 7) * kit.DAY
    assert directory.sealing_key(desk, "P7", kit.NOW - 1) == key
    assert directory.sealing_key(desk, "P7", kit.NOW).kid == "parq-crim-p7-2026w47"
    with pytest.raises(DirectoryError, match="no_encryption_key"):
        directory.sealing_key(desk, "P7", kit.NOW + 60 * kit.DAY)


CIVIL = kit.realm("civil", weeks=3)


def next_version(change: Callable[[Payload], object], **others: Any) -> Directory:
    """A version read beside the one before, with something else in its third desk's row."""
    made = copy.deepcopy(CIVIL.payload) | {"version": 2, **others}
    change(made["desks"][2])
    token = sign_jws(made, "referral-directory+jwt", CIVIL.keeper)
    return keyring.load_directory(token, CIVIL.keepers, CIVIL.directory)


def test_what_did_not_change_is_not_verified_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next version costs what is new in it, and shares the rest with the one before."""
    first, verified = CIVIL.directory, list[str]()
    urns = list(first.desks)

    def counted(key: Any, message: bytes, signature: bytes) -> None:
        verified.append(key.owner)
        verify_bytes(key, message, signature)

    monkeypatch.setattr(checked_desk, "verify_bytes", counted)
    second = next_version(lambda row: row["label"].update(en="Another name"))

    assert verified == [urns[2]]  # its encryption keys: its signing keys are the same
    assert all((second.desks[urn] is first.desks[urn]) == (urn != urns[2]) for urn in urns)
    assert second.digest != first.digest
    assert second.encryption == first.encryption
    assert second.signing == first.signing


def test_what_changed_is_refused_beside_what_did_not() -> None:
    """Knowing the version before makes nothing pass."""
    with refused("not_signed_by_desk"):
        next_version(lambda row: row["sealing"].update(iat=kit.NOW))
    with refused("no_possession"):
        next_version(lambda row: row["signing"][0].update(not_before=1))
    with refused("desk_twice"):
        next_version(lambda _row: None, desks=[CIVIL.payload["desks"][4]] * 4)
    with refused("wrong_realm"):
        router = kit.realm("criminal").payload["router"]
        next_version(lambda _row: None, realm="criminal", router=router)
    with refused("malformed"):
        next_version(lambda row: row.pop("label"))
