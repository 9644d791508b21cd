"""The signed directory under attack, whoever keeps it: keys, periods, possession (keys §2)."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from contracts.encoding import b64u, canonical, digest
from contracts.errors import DirectoryError
from contracts.keys import checked_desk, keyring
from contracts.keys.directory import Directory
from contracts.keys.jose import sign_jws, verify_bytes
from contracts.keys.sealing_keys import destroy_at_of, parts_of, period_of, periods_of, window_of
from contracts.keys.sealing_kinds import public_half
from contracts.vocabulary.scopes import KEPT_DAYS, RETENTION_CLASSES
from tests.contracts.envelope import kit
from tests.contracts.envelope.refusal import refused

HERE = kit.realm("criminal", weeks=3)  # two desks: prosecutor and police
CIVIL = kit.realm("civil", weeks=3)
P = 2**255 - 19
SOUND = bytes(range(32))
Payload = dict[str, Any]
Change = Callable[[Payload, Payload], object]


def changed(change: Change) -> Payload:
    """The payload with something else in it, or in its first desk's row."""
    payload = copy.deepcopy(HERE.payload)
    change(payload, payload["desks"][0])
    return payload


def sealing(retention: str, label: str, key: bytes, iat: int = kit.NOW) -> Any:
    """An encryption key of the first desk, signed by itself."""
    signer = HERE.signers["parq-crim"]
    return keyring.sealing_row(signer, owner=signer.owner, keys={retention: {label: key}}, iat=iat)


def test_a_sound_directory_says_each_key() -> None:
    """Id, owner, window, end and bytes follow from desk, class and period."""
    directory = keyring.load_directory(HERE.token, HERE.keepers)
    keys = directory.encryption

    assert directory == HERE.directory
    assert directory.digest == digest(canonical(HERE.payload))
    assert set(directory.desks) == {HERE.urn("pol"), HERE.urn("parq-crim")}
    assert directory.signing[HERE.router.kid].owner == "urn:relais:criminal:router"
    assert {kid for kid in keys if kid.startswith("pol-")} == set(HERE.rings["pol"].held())
    assert len(keys) == 2 * (4 + 2 + 2)  # weeks 47 to 50, November, December
    for kid, key in keys.items():
        assert (key.kid, key.public) == (kid, public_half(kit.sealing(kid)))
        assert (key.not_before, key.not_after) == window_of(parts_of(kid)[2])
        assert key.destroy_at == destroy_at_of(kid)
    assert directory.sealing_key(HERE.urn("pol"), "P7", kit.NOW).kid == "pol-p7-2026w48"
    assert directory.sealing_key(HERE.urn("pol"), "P90", kit.NOW).kid == "pol-p90-2026m11"


def test_no_key_is_made_of_a_name() -> None:
    """A key id in good form is none of the directory's for that."""
    names = ("pol-p30-2026m01", "je-p30-2026m11", "pol-p30-2026w48", "pol-p7-2026m11", "pol-s1", "")
    for kid in names:
        assert kid not in HERE.directory.encryption
        assert HERE.directory.encryption.get(kid) is None


def signing(**members: Any) -> Change:
    """The first desk's signing entry with other members."""
    return lambda _payload, row: row["signing"][0].update(members)


def exchanged(payload: Payload, row: Payload) -> None:
    """Two desks' signing keys, each under the other's name."""
    other = payload["desks"][1]
    row["signing"], other["signing"] = other["signing"], row["signing"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda payload, row: payload["desks"].append(row), "desk_twice"),
        (lambda payload, row: payload["desks"].append({name: row[name] for name in row.keys() - {
            "sealing"}} | {"signing": [kit.signing_row(kit.signer(row["desk"], "more"))]}),
         "desk_twice"),
        (lambda _, row: row["signing"].append(row["signing"][0]), "kid_twice"),
        (lambda _, row: row.update(role="mayor"), "unknown_role"),
        (lambda _, row: row.update(role="MAYOR", agency="admin"), "wrong_agency"),
        (lambda _, row: row.update(role="MAYOR", agency="Town-Hall"), "wrong_agency"),
        (lambda _, row: row.update(agency="education"), "wrong_agency"),
        (lambda _, row: row.update(desk="urn:relais:civil:desk:pol"), "wrong_realm"),
        (lambda payload, _: payload.update(realm="civil"), "wrong_realm"),
        (lambda payload, _: payload.update(exp=0), "wrong_lifetime"),
        (lambda payload, _: payload.update(extra=1), "malformed"),
        (lambda payload, _: payload.pop("version"), "malformed"),
        (lambda _, row: row.update(signing=[]), "malformed"),
        (lambda _, row: row["sealing"].update(keys={}), "malformed"),  # absent means absent
        (lambda _, row: row["sealing"].update(revoked={"pol-p30-2026m11": kit.NOW}), "unknown_key"),
        (lambda _, row: row["signing"].append(kit.signing_row(kit.signer(row["desk"],
         "pol-p30-2026m11"))), "kid_twice"),
        (exchanged, "no_possession"),
        (signing(x=b64u(HERE.router.public)), "no_possession"),
        (signing(proof="x"), "no_possession"),
        (signing(kid="other"), "no_possession"),
        (signing(not_before=kit.NOW - 400 * kit.DAY + 1), "no_possession"),
        (signing(not_after=kit.NOW + 800 * kit.DAY + 1), "no_possession"),
        (signing(not_after=1), "wrong_lifetime"),
        (signing(reason="superseded"), "wrong_lifetime"),
        (signing(revoked=kit.NOW, reason="stolen"), "wrong_lifetime"),
        (signing(revoked=kit.NOW, reason="stolen", since=kit.NOW + 1), "wrong_lifetime"),
        (signing(x="A" * 42 + "B"), "key_not_canonical"),
        (signing(x=b64u((P + 1).to_bytes(32, "little"))), "key_not_canonical"),
        (signing(x=b64u(bytes(32))), "key_of_small_order"),
        (signing(x=b64u((1 + 2**255).to_bytes(32, "little"))), "key_of_small_order"),
        # Entries that a key signed after its end, or since it was in other hands.
        (signing(revoked=kit.NOW - 8 * kit.DAY), "not_signed_by_desk"),
        (signing(revoked=kit.NOW, reason="stolen", since=kit.NOW - 8 * kit.DAY),
         "not_signed_by_desk"),
        # The keeper cannot seal for another key, month, class or desk, nor leave a month out.
        (lambda _, row: row["sealing"]["keys"]["P30"].update({"2026m11": b64u(SOUND)}),
         "not_signed_by_desk"),
        (lambda _, row: row["sealing"]["keys"]["P30"].update(
            {"2027m01": row["sealing"]["keys"]["P30"].pop("2026m11")}), "not_signed_by_desk"),
        (lambda _, row: row["sealing"]["keys"].update(P90=row["sealing"]["keys"].pop("P30")),
         "not_signed_by_desk"),
        (lambda _, row: row["sealing"]["keys"]["P30"].pop("2026m12"), "not_signed_by_desk"),
        (lambda payload, row: row.update(sealing=payload["desks"][1]["sealing"]),
         "not_signed_by_desk"),
        (lambda _, row: row["sealing"].update(by="pol-s1"), "not_signed_by_desk"),
        (lambda _, row: row.update(
            sealing=sealing("P30", "2026m11", SOUND, kit.NOW - 401 * kit.DAY)),
         "not_signed_by_desk"),
    ],
)  # fmt: skip
def test_what_a_keeper_cannot_make_others_believe(change: Change, code: str) -> None:
    """Refused when loading, and never signed in the first place."""
    with refused(code):
        keyring.sign_directory(changed(change), HERE.keeper)


@pytest.mark.parametrize(
    ("retention", "label", "key", "code"),
    [
        *(("P7", label, SOUND, "no_such_period")
          for label in ("2026w54", "2026w00", "1960w01", "0000w01", "2026m11")),
        ("P90", "2026w48", SOUND, "no_such_period"),
        *(("P30", label, SOUND, "no_such_period") for label in ("2026m13", "2026m00", "9999m12")),
        ("P30", "2026m11", bytes(32), "key_of_small_order"),
        ("P30", "2026m11", b"\xff" * 32, "key_not_canonical"),
        ("P31", "2026m11", SOUND, "malformed"),
        ("P30", "2026-11", SOUND, "malformed"),
        ("P30", "٢٠٢٦m11", SOUND, "malformed"),
        ("P30", "2026m11", bytes(31), "malformed"),
    ],
)  # fmt: skip
def test_a_desk_may_not_sign_anything(retention: str, label: str, key: bytes, code: str) -> None:
    """Periods that are none, other classes, keys that anybody could open for."""
    row = sealing(retention, label, key)

    with refused(code):
        keyring.sign_directory(changed(lambda _, desk: desk.update(sealing=row)), HERE.keeper)


def test_a_revoked_key_ends_at_its_revocation() -> None:
    """Without the desk's signature; another one is sealed for, if there is one."""
    kid, desk, start = "parq-crim-p7-2026w48", HERE.urn("parq-crim"), window_of("2026w48")[0]

    directory = keyring.check_directory(
        changed(lambda _, row: row["sealing"].update(revoked={kid: kit.NOW}))
    )

    key = directory.encryption[kid]
    assert (key.not_before, key.not_after) == (start, kit.NOW)
    assert key.destroy_at == start + (14 + 7) * kit.DAY
    assert directory.sealing_key(desk, "P7", kit.NOW - 1) == key
    assert directory.sealing_key(desk, "P7", kit.NOW).kid == "parq-crim-p7-2026w47"
    with pytest.raises(DirectoryError, match="no_encryption_key"):
        directory.sealing_key(desk, "P7", kit.NOW + 60 * kit.DAY)


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
    assert (second.encryption, second.signing) == (first.encryption, first.signing)


def test_what_changed_is_refused_beside_what_did_not() -> None:
    """Knowing the version before makes nothing pass."""
    with refused("not_signed_by_desk"):
        next_version(lambda row: row["sealing"].update(iat=kit.NOW))
    with refused("no_possession"):
        next_version(lambda row: row["signing"][0].update(not_before=1))
    with refused("desk_twice"):
        next_version(id, desks=[CIVIL.payload["desks"][4]] * 4)
    with refused("wrong_realm"):
        next_version(id, realm="criminal", router=HERE.payload["router"])
    with refused("malformed"):
        next_version(lambda row: row.pop("label"))


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
