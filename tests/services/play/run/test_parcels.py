"""A home divided: to each process its own files, and nobody else's."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from contracts.vocabulary import principals
from contracts.vocabulary.scopes import REALMS
from services.operate.home.home import Home
from services.platform.keys.private_files import read_private
from services.play.certificates.ca import ensure_ca, ensure_certificate, everyone
from services.play.run.parcels import deliver, parcels
from services.play.run.plan import Plan

PLAN = Plan(shards=2, nodes=3, tls=True)
SHARED = (  # public, and the same for all
    "owners.json", "tls/ca.pem", "ca.pem",
    *(f"tlog-policy.{realm}{end}" for realm in REALMS for end in ("", ".jws")),
)  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with keys and certificates."""
    found = Home(tmp_path_factory.mktemp("home"))
    found.prepare(at=1_800_000_000, weeks=1)
    ensure_ca(found.tls)
    for name in everyone(PLAN.shards, PLAN.nodes):
        ensure_certificate(found.tls, name)
    return found


def test_no_private_file_is_in_two_parcels(home: Home) -> None:
    """But the routing secret, which places cases, and a realm's router key by shard."""
    found = parcels(home, PLAN)

    for (one, first), (two, second) in itertools.combinations(found.items(), 2):
        both = set(first.values()) & set(second.values())
        names = {name for name, content in first.items() if content in both}
        private = {name for name in names if not name.endswith((*SHARED, "routing.secret"))}
        if one.startswith("routing-civil") and two.startswith("routing-civil"):
            private -= {"keys/civil/router-civil-1.json"}
        assert private == set(), (one, two)


def test_an_agency_gets_the_keys_of_its_own_desks(home: Home) -> None:
    """The school's in the civil realm alone; the police's in both."""
    found = parcels(home, PLAN)

    folders = {
        agency: {name.rsplit("/", 1)[0] for name in found[agency] if name.endswith("-sig-1.json")}
        for agency in ("education", "police")
    }

    assert folders["education"] == {
        f"keys/civil/{desk}" for desk in ("edu-s", "edu-m", "edu-h-1", "edu-h-2")
    }
    assert folders["police"] == {"keys/civil/pol", "keys/criminal/pol"}


@pytest.mark.parametrize(
    ("who", "held"),
    [
        (principals.routing("criminal", 0), ["criminal/router-criminal-1", "criminal/routing"]),
        (principals.audit("civil"), ["civil/log", "civil/projection"]),
        (principals.CONSOLE, []),
    ],
)
def test_who_opens_no_part_gets_no_key_that_does(home: Home, who: str, held: list[str]) -> None:
    """A router signs and places, an auditor signs its log, a console shows itself to brokers."""
    keys = [name for name in parcels(home, PLAN)[who] if name.startswith("keys/")]

    assert sorted(name.removeprefix("keys/").rpartition(".")[0] for name in keys) == held


def test_setup_gets_the_owners_keys_alone_and_nobody_the_authoritys(home: Home) -> None:
    """It orders and applies; it reads nothing. Who holds ca.key is whoever it likes."""
    every, authority = parcels(home, PLAN), (home.tls / "ca.key").read_bytes()
    keys = [name for name in every["setup"] if name.startswith("keys/")]

    assert keys
    assert all(name.startswith("keys/owners/") for name in keys)
    assert {f"tls/owners-{realm}.key" for realm in REALMS} <= every["setup"].keys()
    assert not [one for one in every.values() if authority in one.values()]


def test_a_second_delivery_removes_what_was_destroyed(home: Home, tmp_path: Path) -> None:
    """A weekly key that is gone from the home opens nothing in the container either."""
    parcel = dict(parcels(home, PLAN)["education"])
    deliver(tmp_path / "education", parcel)
    gone = next(name for name in parcel if "/edu-s-p" in name)
    del parcel[gone]

    changed = deliver(tmp_path / "education", parcel)

    assert changed == 1
    assert not (tmp_path / "education" / gone).exists()
    assert deliver(tmp_path / "education", parcel) == 0


def test_what_is_delivered_is_readable_by_its_owner_alone(home: Home, tmp_path: Path) -> None:
    """Files 0600, folders 0700, as services demand."""
    deliver(tmp_path / "police", parcels(home, PLAN)["police"])

    for path in (tmp_path / "police").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0
    assert read_private(tmp_path / "police" / "tls" / "own.key")
