"""What owners prepare when a desk is renamed or merged, and what control makes of it."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from shutil import copytree

import orjson
import pytest

from contracts.errors import UsageError
from contracts.log.orders.registry import Registry
from contracts.vocabulary.schema import desk_urn
from services.cli.partner.consent import consented
from services.operate.home.desk_end import (
    DeskEnd,
    OrderedEnd,
    list_heirs,
    make_heir,
    ordered,
    orders_to_give,
)
from services.operate.home.first_orders import directory_orders, new_orders
from services.operate.home.home import Home
from services.operate.home.key_life import make_next
from services.operate.joining.request import make_request
from services.platform.kafka.orders.new_orders import signed_values
from services.platform.keys.keystore import former_name

REALM, WEEKS = "civil", 2
AT = int(time.time())
RENAMED = DeskEnd(REALM, "crip", ("crip-nord",), 90)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with keys and directories of a few weeks."""
    path = tmp_path_factory.mktemp("home")
    Home(path).prepare(AT, WEEKS)
    return path


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Home:
    """One of a test's own."""
    return Home(copytree(made, tmp_path / "home"))


def begun(home: Home) -> Registry:
    """What control holds of it."""
    registry = Registry(REALM, home.owners)
    for new in new_orders(home, registry, 1):
        signed_values(registry, new, AT)
    return registry


def give(home: Home, ended: DeskEnd, registry: Registry) -> list[str]:
    """Give the orders that are left; their kinds."""
    start, orders = orders_to_give(home, ended, registry, AT)
    for new in orders:
        signed_values(registry, new, start)
    return [new.kind for new in orders]


def rename(home: Home, new: str = "crip-nord", old: str = "crip") -> None:
    """Make the new desk."""
    make_heir(home, REALM, old, new, {"fr": "CRIP Nord", "en": "Intake North"}, AT, WEEKS)


def test_a_renamed_desk_has_keys_a_token_its_name_and_its_references(home: Home) -> None:
    """Both are in the next directory; the order follows it, by the old desk's consent."""
    registry = begun(home)

    rename(home)
    after = Home(home.path)
    list_heirs(after, RENAMED, AT, WEEKS)
    kinds = give(after, RENAMED, registry)

    old, new = (
        after.directory(REALM).desk(desk_urn(REALM, name)) for name in ("crip", "crip-nord")
    )
    assert old is not None
    assert new is not None
    assert (new.role, new.secrecy, new.label["fr"]) == (old.role, old.secrecy, "CRIP Nord")
    assert after.token("crip-nord") != after.token("crip")
    assert former_name(after.keys, REALM, "crip-nord") == desk_urn(REALM, "crip")
    assert kinds == ["adopt_directory", "succession"]
    assert registry.orders[-1].payload["heirs"] == [desk_urn(REALM, "crip-nord")]
    assert "consent" in registry.orders[-1].payload


def test_a_command_that_was_killed_is_run_again_and_ends_well(home: Home) -> None:
    """After the keys, after the directory, after the order: nothing is made or ordered twice."""
    registry = begun(home)

    rename(home)
    rename(Home(home.path))
    after = Home(home.path)
    start, (first, _succession) = orders_to_give(after, RENAMED, registry, AT)
    signed_values(registry, first, start)
    version = list_heirs(after, RENAMED, AT, WEEKS).version
    kinds = give(after, RENAMED, registry)

    assert kinds == ["succession"]
    assert list_heirs(after, RENAMED, AT, WEEKS).version == version
    assert ordered(registry, RENAMED) == OrderedEnd(0, start, start + 90 * 86_400)
    assert [one.desk for one in Home(home.path).partners].count("crip-nord") == 1


def test_a_desk_renamed_twice_keeps_its_first_references(home: Home) -> None:
    """One child keeps one token."""
    rename(home)
    rename(Home(home.path), "crip-grand-nord", "crip-nord")

    assert former_name(home.keys, REALM, "crip-grand-nord") == desk_urn(REALM, "crip")


@pytest.mark.parametrize(
    ("new", "old", "code"),
    [
        ("ase", "crip", "heir_listed"),
        ("crip", "crip", "heir_listed"),
        ("../../x", "crip", "desk_malformed"),
        ("crip-nord", "nobody", "desk_unknown"),
    ],
)
def test_a_name_that_cannot_be_given_changes_nothing(
    home: Home, new: str, old: str, code: str
) -> None:
    """It is somebody's, leads out of the folder, or nobody is renamed."""
    before = sorted(home.path.rglob("*"))

    with pytest.raises(UsageError, match=code):
        rename(home, new, old)

    assert sorted(home.path.rglob("*")) == before


@pytest.mark.parametrize(
    ("heirs", "code"),
    [(("nobody",), "heir_unknown"), (("crip",), "heir_is_desk"), (("pol",), "heir_other_role")],
)
def test_heirs_are_desks_of_its_role(home: Home, heirs: tuple[str, ...], code: str) -> None:
    """Said before control is asked."""
    with pytest.raises(UsageError, match=code):
        list_heirs(home, replace(RENAMED, heirs=heirs), AT, WEEKS)


def test_homes_merge_without_a_new_directory(home: Home) -> None:
    """Both are desks already: the order alone."""
    registry = begun(home)
    merged = DeskEnd(REALM, "home-1", ("home-2",), 7)

    assert list_heirs(home, merged, AT, WEEKS).version == 1
    assert give(home, merged, registry) == ["succession"]


def test_without_keys_a_desk_s_own_consent_is_asked_for(home: Home) -> None:
    """Another's is refused before control is asked; a desk that is gone is ended without."""
    registry, merged = begun(home), DeskEnd(REALM, "home-1", ("home-2",), 7)
    for path in (home.keys / REALM / "home-1").glob("*-sig-*"):
        path.unlink()

    with pytest.raises(UsageError, match="consent_missing"):
        give(home, merged, registry)
    for text in (b"", b"nothing", b"a.b.c", b"\xff.."):
        with pytest.raises(UsageError, match="consent_"):
            give(home, replace(merged, consent=text), registry)

    give(home, replace(merged, gone=True), registry)
    assert registry.orders[-1].payload["reason"] == "desk_gone"


def test_a_desk_of_other_code_consents_by_the_keys_that_it_keeps(
    home: Home, tmp_path: Path
) -> None:
    """Owners who have none of them order what it has signed, and only that."""
    folder, start = tmp_path / "partner", AT + 3_600
    file = make_request(
        folder, home.convention, desk="asso-2", role="ASSO", label={}, at=AT, weeks=WEEKS
    )
    row = home.outside_file(REALM, "asso-2")
    row.parent.mkdir(parents=True)
    row.write_bytes(orjson.dumps(file.row.wire()))
    home.sign_directory(REALM, AT, WEEKS)
    registry = begun(home)
    ended = DeskEnd(REALM, "asso-2", ("asso",), 90, consent=consented(folder, ["asso"], start,
    7).encode())  # fmt: skip

    assert give(home, ended, registry) == ["succession"]

    assert registry.orders[-1].start == start
    assert registry.orders[-1].payload["until"] == start + 7 * 86_400
    with pytest.raises(UsageError, match="consent_differs"):
        give(home, replace(ended, heirs=("psp",)), registry)


def test_a_desk_whose_key_was_rotated_consents_by_both(home: Home) -> None:
    """The older one signs too, until its own term ends; an unlisted key signs nothing."""
    registry = begun(home)
    folder = home.keys / REALM / "home-1"
    make_next(folder, "home-1-sig", 2, desk_urn(REALM, "home-1"), AT)
    home.renew_directory(REALM, AT)
    signed_values(registry, directory_orders(home, registry, [home.owner("directory")])[0], AT)
    make_next(folder, "home-1-sig", 3, desk_urn(REALM, "home-1"), AT)

    assert give(home, DeskEnd(REALM, "home-1", ("home-2",), 7), registry) == ["succession"]

    assert len(registry.orders[-1].payload["consent"]) == 2
