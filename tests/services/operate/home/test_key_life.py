"""A home's signing keys follow one another: files, directory, and a start that was cut off."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest.mock import patch

import orjson
import pytest

from contracts.encoding import unb64u
from contracts.errors import UsageError
from contracts.keys.sealing_keys import TOLD_S
from services.operate.home import rotation
from services.operate.home.home import Home
from services.operate.home.key_life import LASTS, LEAD, LISTED, OVERLAP, make_next, row_from_outside
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


def test_a_directory_lists_no_key_that_is_not_on_the_disk(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A week's keys are brought before it; a machine that stops has the one before."""
    before, seen = home.directory_token("civil"), list[bool]()
    held = list((home.keys / "civil" / "crip").glob("crip-p*.json"))

    def synced() -> None:
        seen.append(home.directory_token("civil") == before)
        seen.append(len(list((home.keys / "civil" / "crip").glob("crip-p*.json"))) > len(held))

    monkeypatch.setattr("os.sync", synced)
    home.sign_directory("civil", AT + LEAD, 4)

    assert seen == [True, True]
    assert home.directory_token("civil") != before


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


def test_a_destroyed_key_leaves_the_directory_and_its_desk_says_when(home: Home) -> None:
    """For eight weeks; its place is kept, so that no later start makes another one of its name."""
    kid = "crip-p7-2026w37"
    secret = orjson.loads((home.keys / f"civil/crip/{kid}.json").read_bytes())["d"].encode()
    ring = desk_ring(home.keys, "civil", "crip")
    ring.destroy(kid, AT + 60)
    ring.destroy(kid, AT + 90)

    after = home.renew_directory("civil", AT + 120)
    said = unb64u(home.directory_token("civil").split(".")[1])
    later = home.sign_directory("civil", AT + 60 + TOLD_S, 1)

    assert (ring.private(kid), kid in ring.held()) == (None, False)
    assert kid not in after.encryption
    assert after.encryption.is_destroyed(kid)
    assert b'"destroyed":{"crip-p7-2026w37":%d}' % (AT + 60) in said
    assert desk_ring(home.keys, "civil", "crip").private(kid) is None
    assert not later.encryption.is_destroyed(kid)
    assert [name for name, data in files_under(home.keys).items() if secret in data] == []


def test_what_could_not_be_destroyed_is_held(home: Home) -> None:
    """A disk that takes nothing: the key is whole, and whoever asked is told."""
    kid, ring = "crip-p7-2026w37", desk_ring(home.keys, "civil", "crip")
    full = OSError(28, "No space left on device")

    with patch("os.fsync", side_effect=full), pytest.raises(OSError, match="No space"):
        ring.destroy(kid, AT)

    assert ring.private(kid) is not None
    ring.destroy(kid, AT)
    assert ring.private(kid) is None


def test_a_key_in_a_device_is_followed_by_the_one_whose_file_was_put_there(home: Home) -> None:
    """No key of a file takes its place unasked, and none ends it before the new one is read of."""
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

    early = members | {"kid": "crip-sig-2", "not_before": AT - 1}
    second.write_bytes(orjson.dumps(early))
    with pytest.raises(UsageError, match="begins_too_early"):
        rotation.prepare_next(owner, listed, AT)

    second.write_bytes(orjson.dumps(early | {"not_before": AT}))
    before = second.read_bytes()
    rotation.prepare_next(owner, listed, AT)
    assert second.read_bytes() == before
