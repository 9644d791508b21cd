"""A home's signing keys follow one another: files, directory, and a start that was cut off."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from contracts.encoding import unb64u
from contracts.errors import UsageError
from contracts.keys.entries import SigningKey
from contracts.keys.keyring import signing_key_of
from contracts.keys.sealing_keys import TOLD_S
from services.operate.home import rotation
from services.operate.home.home import Home
from services.operate.home.key_life import (
    LASTS,
    LEAD,
    LISTED,
    OVERLAP,
    KeyPlace,
    make_next,
    row_from_outside,
)
from services.platform.keys.keystore import desk_ring
from tests.searching import files_under

AT = 1_788_760_800
URN = "urn:relais:civil:desk:crip"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with keys for a week."""
    home = Home(tmp_path / "home")
    home.prepare(AT, weeks=1)
    return home


def follow(home: Home, begins: int) -> None:
    """Make the CRIP's second key and list it."""
    make_next(home.keys / "civil" / "crip", "crip-sig", 2, URN, begins)
    home.renew_directory("civil", AT)


def test_a_key_that_follows_is_listed_beside_the_one_before(home: Home) -> None:
    """It begins later, the other ends a week after; keys, expiry, other desks stay."""
    before = home.directory("civil")

    follow(home, AT + LEAD)
    after = home.directory("civil")
    new, old = after.signing_of[URN]

    assert (new.kid, new.not_before) == ("crip-sig-2", AT + LEAD)
    assert (old.kid, old.not_after, old.reason) == ("crip-sig-1", AT + LEAD + OVERLAP, "superseded")
    assert (after.version, after.expires) == (before.version + 1, before.expires)
    assert after.encryption == before.encryption
    assert {key.kid for key in after.signing.values()} - {new.kid} == before.signing.keys()


def test_a_key_leaves_the_directory_a_year_after_its_end_and_does_not_come_back(home: Home) -> None:
    """Though its file lies there, which says nothing of its end; the newest one always stays."""
    follow(home, AT + LEAD)
    end, entry = AT + LEAD + OVERLAP, home.directory("civil").signing["crip-sig-1"]

    kept = home.sign_directory("civil", end + LISTED - 1, 4)
    left = home.sign_directory("civil", end + LISTED, 4)
    again = home.sign_directory("civil", end + LISTED + OVERLAP, 4)

    assert [key.kid for key in kept.signing_of[URN]] == ["crip-sig-2", "crip-sig-1"]
    assert kept.signing["crip-sig-1"] == entry
    assert (home.keys / "civil/crip/crip-sig-1.json").exists()
    assert [key.kid for key in left.signing_of[URN]] == ["crip-sig-2"]
    assert [key.kid for key in again.signing_of[URN]] == ["crip-sig-2"]


def test_a_partners_ended_key_leaves_as_well_and_is_not_taken_from_its_old_request() -> None:
    """But for the one that vouches for what the desk is sealed to."""

    def entry(number: int, begins: int, **ends: object) -> dict[str, Any]:
        kid, span = f"asso-2-sig-{number}", {"not_before": begins, "not_after": AT + LASTS}
        return {"kid": kid, "x": str(number), **span, **ends}

    old, new = entry(1, 1, revoked=AT, reason="superseded"), entry(2, AT)
    row = {"signing": [entry(1, 1), new], "sealing": {"by": new["kid"]}}

    kept = row_from_outside(row, AT + LISTED - 1, {"signing": [old, new]}, {})
    left = row_from_outside(row, AT + LISTED, {"signing": [old, new]}, {})
    again = row_from_outside(row, AT + LISTED, {"signing": [new]}, {})
    vouching = row_from_outside(
        row | {"sealing": {"by": old["kid"]}}, AT + LISTED, {"signing": [old, new]}, {}
    )

    assert (kept["signing"], left["signing"], again["signing"]) == ([old, new], [new], [new])
    assert vouching["signing"] == [old, new]


def test_a_stolen_key_ends_at_once_and_the_next_signs_the_encryption_keys(home: Home) -> None:
    """What it vouched for is vouched for anew: nobody has to believe it."""
    make_next(home.keys / "civil" / "crip", "crip-sig", 2, URN, AT)

    made = home.renew_directory(
        "civil", AT, {"crip-sig-1": {"revoked": AT, "reason": "stolen", "since": AT - 60}}
    )
    old = made.signing["crip-sig-1"]

    assert (old.not_after, old.reason, old.since) == (AT, "stolen", AT - 60)
    assert b'"by":"crip-sig-2"' in payload(home)


def payload(home: Home) -> bytes:
    """What the token of the home's civil directory says."""
    return unb64u(home.directory_token("civil").split(".")[1])


def test_a_destroyed_key_leaves_the_directory_and_its_desk_says_when(home: Home) -> None:
    """For eight weeks; its place is kept, so that no later start makes another one of its name."""
    kid = "crip-p7-2026w37"
    secret = orjson.loads((home.keys / f"civil/crip/{kid}.json").read_bytes())["d"].encode()
    ring = desk_ring(home.keys, "civil", "crip")
    ring.destroy(kid, AT + 60)
    ring.destroy(kid, AT + 90)

    after = home.renew_directory("civil", AT + 120)
    said = payload(home)
    later = home.sign_directory("civil", AT + 60 + TOLD_S, 1)

    assert (ring.private(kid), kid in ring.held()) == (None, False)
    assert kid not in after.encryption
    assert after.encryption.is_destroyed(kid)
    assert b'"destroyed":{"crip-p7-2026w37":%d}' % (AT + 60) in said
    assert desk_ring(home.keys, "civil", "crip").private(kid) is None
    assert not later.encryption.is_destroyed(kid)
    assert [name for name, data in files_under(home.keys).items() if secret in data] == []


def test_what_could_not_be_destroyed_is_held(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that takes nothing: the key is whole, and whoever asked is told."""
    kid, ring = "crip-p7-2026w37", desk_ring(home.keys, "civil", "crip")

    def full(*_asked: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr("os.fsync", full)
        with pytest.raises(OSError, match="No space"):
            ring.destroy(kid, AT)

    assert ring.private(kid) is not None
    ring.destroy(kid, AT)
    assert ring.private(kid) is None


def test_a_key_in_a_device_is_followed_by_the_one_whose_file_was_put_there(home: Home) -> None:
    """No key of a file takes its place unasked."""
    owner = rotation.owner_of(home, "civil", "crip")
    listed = home.directory("civil").signing_of[URN]
    first, second = (owner.folder / f"crip-sig-{number}.json" for number in (1, 2))
    members = orjson.loads(first.read_bytes())
    members["signer"] = "pkcs11:token=t;object=o?module-path=/m&pin-source=file:/p"
    del members["d"]
    first.write_bytes(orjson.dumps(members))

    with pytest.raises(UsageError, match="key_elsewhere"):
        rotation.prepare_next(owner, listed, AT)
    assert not second.exists()

    second.write_bytes(orjson.dumps(members | {"kid": "crip-sig-2"}))
    before = second.read_bytes()
    rotation.prepare_next(owner, listed, AT)
    assert second.read_bytes() == before


def test_a_key_that_was_made_elsewhere_is_known_by_its_public_half(tmp_path: Path) -> None:
    """As PEM, of either kind; whatever else stands there is refused, and no file is made of it."""
    pem, form = tmp_path / "public.pem", (Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    place = KeyPlace("pkcs11:elsewhere", pem)
    ours = (
        Ed25519PrivateKey.generate().public_key(),
        ec.generate_private_key(SECP256R1()).public_key(),
    )
    others = ec.generate_private_key(SECP384R1()).public_key().public_bytes(*form), b"", b"\xff"

    made: list[SigningKey] = []
    for key in ours:
        pem.write_bytes(key.public_bytes(*form))
        made.append(make_next(tmp_path, "crip-sig", len(made) + 2, URN, AT, place))
    for data in others:
        pem.write_bytes(data)
        with pytest.raises(UsageError, match="public_malformed"):
            make_next(tmp_path, "crip-sig", 4, URN, AT, place)

    assert [key.alg for key in made] == ["Ed25519", "ES256"]
    for named in made:
        read, signer = signing_key_of((tmp_path / f"{named.kid}.json").read_bytes())
        assert (read, signer) == (named, "pkcs11:elsewhere")
    assert not (tmp_path / "crip-sig-4.json").exists()
