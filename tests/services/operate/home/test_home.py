"""A home is made once, gone on with later, and readable by its owner alone."""

from __future__ import annotations

import stat
from pathlib import Path
from shutil import copytree
from typing import Any
from unittest.mock import Mock

import orjson
import pytest

from contracts.conventions import SECOND, read
from contracts.errors import EnvelopeError, ProofError, UsageError
from contracts.log.orders.layout import ordered
from contracts.log.orders.registry import Registry
from contracts.proof.note_keys import log_signers
from contracts.vocabulary.schema import desk_urn
from contracts.vocabulary.scopes import REALMS
from services.operate.agreed import at_home, planned_topics
from services.operate.home import keys
from services.operate.home.first_orders import give_first_orders
from services.operate.home.home import Home
from services.operate.home.lock import alone
from services.operate.home.owners_bus import OwnersBus
from services.operate.home.policy import pin_quorum
from services.platform.kafka.bus import Bus
from services.platform.kafka.orders.new_orders import NewOrder, signed_values
from services.platform.keys import keystore
from services.platform.keys.owners import read_owners
from services.platform.keys.policy_file import policy_file, policy_signature, read_policy
from services.platform.keys.private_files import SECRET_BYTES
from tests.searching import files_under

AT = 1_788_760_800  # 2026-09-07 08:00 in Paris
WEEKS = 3
LABEL = {"fr": "UMJ", "en": "Forensic unit"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with keys for three weeks."""
    made = Home(tmp_path_factory.mktemp("home") / "relais")
    made.prepare(AT, WEEKS)
    return made


@pytest.fixture
def own(home: Home, tmp_path: Path) -> Home:
    """A copy of it, to be changed."""
    return Home(copytree(home.path, tmp_path / "home"))


def test_every_desk_can_be_sealed_for_each_week(home: Home) -> None:
    """Every grant finds a key of its class, from the first to the last day."""
    for realm in REALMS:
        directory = home.directory(realm)
        for grant in home.convention.grants:
            if grant.realm != realm or grant.publication:
                continue
            for urn in (urn for role in grant.recipients for urn in directory.by_role[role]):
                for week in range(WEEKS):
                    key = directory.sealing_key(urn, grant.keep, AT + week * keys.WEEK)
                    assert key.owner == urn


def test_secrets_are_their_owners_alone(home: Home) -> None:
    """Keys, secrets and tokens have mode 0600, in folders that nobody else may enter."""
    for folder in (home.keys, home.path / "tokens"):
        for path in (folder, *folder.rglob("*")):
            assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_a_second_start_changes_nothing(home: Home) -> None:
    """What is there stays, byte for byte."""
    before = files_under(home.path)

    Home(home.path).prepare(AT + keys.DAY, WEEKS)

    assert files_under(home.path) == before


def test_keys_are_renewed_before_they_run_out(own: Home) -> None:
    """A later start adds weeks under a higher version; old keys stay, to open what they sealed."""
    first = own.directory("criminal")
    later = AT + 2 * keys.WEEK

    own.prepare(later, WEEKS)

    second = own.directory("criminal")
    assert second.version == first.version + 1
    assert second.expires == later + WEEKS * keys.WEEK
    assert first.encryption.keys() < second.encryption.keys()


def test_a_directory_that_is_refused_is_never_left_in_the_home(
    own: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that outgrew its order was written first and refused then, by every later command too."""
    before = own.directory_file("civil").read_bytes()
    refused = Mock(side_effect=EnvelopeError("too_large", "one character more", "", "directory"))
    monkeypatch.setattr("services.operate.home.home.load_directory", refused)

    with pytest.raises(EnvelopeError, match="too_large"):
        own.sign_directory("civil", AT, WEEKS)

    monkeypatch.undo()
    assert own.directory_file("civil").read_bytes() == before
    assert Home(own.path).directory("civil").version == 1


def test_a_version_that_gives_a_desk_another_class_gives_it_keys(own: Home) -> None:
    """Street outreach is invited by version 2 alone; who joins as a party is pinned at once."""
    (own.path / "convention.yaml").write_bytes(read(SECOND))

    later = Home(own.path)
    later.prepare(AT, WEEKS)

    urn = desk_urn("civil", "psp")
    assert later.directory("civil").sealing_key(urn, "P7", AT).owner == urn
    assert "snated-1" in own.owners.parties
    assert later.directory("criminal").version == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({}, "partners_malformed"),
        ([{"desk": "../x", "role": "POL"}], "partners_malformed"),
        ([{"desk": "pol", "role": "POL"}], "desk_repeated"),
        ([{"desk": "x", "role": "MAYOR"}], "role_unknown"),
    ],
)
def test_a_file_of_partners_that_makes_no_sense_is_refused(
    tmp_path: Path, content: Any, code: str
) -> None:
    """Before anything is made."""
    rows = [{**row, "label": LABEL} for row in content] if content else content
    (tmp_path / "partners.json").write_bytes(orjson.dumps(rows))

    with pytest.raises(UsageError, match=code):
        _ = Home(tmp_path).agencies


def test_a_home_takes_its_partitions_before_its_first_keys(tmp_path: Path) -> None:
    """Said once and remembered; a home that was made says what it is, and stays it."""
    new, old = Home(tmp_path / "new"), Home(tmp_path / "old")

    new.choose_partitions(48, 1)
    new.choose_partitions(24, 24)
    new.prepare(AT, WEEKS)
    old.prepare(AT, WEEKS)

    for home, number in ((new, 24), (old, 6)):
        home.choose_partitions(None)
        home.choose_partitions(number, number)
        with pytest.raises(UsageError, match=f"partitions_differ.*got 12, expected {number}, as"):
            home.choose_partitions(12)
        with pytest.raises(UsageError, match=f"too_many_shards.*at most {number}"):
            home.choose_partitions(None, number + 1)
        assert home.partitions == number
        assert {one.partitions for one in planned_topics(at_home(home))} == {1, number}
    assert not (old.path / "partitions").exists()
    for text in ("", "many", "0", "-6", "61"):
        (old.path / "partitions").write_text(text)
        with pytest.raises(UsageError, match="partitions_malformed"):
            old.choose_partitions(None)
    assert stat.S_IMODE((new.path / "partitions").stat().st_mode) == 0o600


def test_a_home_has_policies_that_its_owners_signed(home: Home) -> None:
    """All agencies but one, for each realm; its keys are secret, the policy is not."""
    for realm in REALMS:
        policy = read_policy(home.path, realm, home.owners)

        assert policy is not None
        assert set(policy.witnesses) == set(home.agencies)
        assert policy.least == len(home.agencies) - 1 == home.owners.witnesses
        secret = keystore.log_secret(home.keys, realm) or b""
        assert policy.logs[:2] == [
            key.key for key in log_signers(secret, f"relais.local/{realm}-0")
        ]
        assert len(policy.logs) == 2 * home.partitions
    for agency in home.agencies:
        assert len(keystore.witness_secret(home.keys, agency)) == SECRET_BYTES


def test_an_older_policy_does_not_come_back(own: Home) -> None:
    """With the owners' good signature: a new one pins when, a cut-off start signs again."""
    files = [policy_file(own.path, realm) for realm in REALMS]
    files += [policy_signature(own.path, realm) for realm in REALMS]
    old = [file.read_bytes() for file in files]
    files[0].write_bytes(old[0] + b"# as of another set of agencies\n")
    own.prepare(AT, WEEKS)  # at the same instant

    for number, file in enumerate(files):
        file.write_bytes(old[number])
    for realm in REALMS:
        with pytest.raises(ProofError, match="policy_superseded"):
            read_policy(own.path, realm, read_owners(own.path))

    own.prepare(AT, WEEKS)
    for realm in REALMS:
        assert read_policy(own.path, realm, read_owners(own.path)) is not None


def test_a_home_never_lowers_what_is_pinned(own: Home) -> None:
    """With fewer agencies an owner says so by hand, in every owners.json."""
    with pytest.raises(UsageError, match="quorum_lowered"):
        pin_quorum(own.path, 4)


async def test_a_layout_is_ordered_once_however_often_up_begins(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And never again on a bus whose number of shards stays."""
    control = {realm: Registry(realm, home.owners) for realm in REALMS}

    async def registry(bus: OwnersBus) -> Registry:
        return control[bus.realm]

    async def order(bus: OwnersBus, *new: NewOrder) -> None:
        for one in new:
            signed_values(control[bus.realm], one, AT)

    monkeypatch.setattr(OwnersBus, "registry", registry)
    monkeypatch.setattr(OwnersBus, "order", order)

    for shards in (1, 1, 2, 2):
        await give_first_orders(
            home, dict.fromkeys(REALMS, Bus("")), AT, {"civil": shards, "criminal": 1}
        )

    assert [one.shards for one in ordered(control["civil"])] == [1, 2]
    assert [one.shards for one in ordered(control["criminal"])] == [1]


@pytest.mark.parametrize("name", ["file", "file/below"])
def test_a_home_that_is_no_folder_is_told_without_a_trace(tmp_path: Path, name: str) -> None:
    """Wrong use, in one line."""
    (tmp_path / "file").write_text("")

    with pytest.raises(UsageError, match="home_unusable"), alone(tmp_path / name):
        pass
