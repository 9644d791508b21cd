"""An agency is a witness, and follows logs, by signed policies; else it says why not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from structlog.testing import capture_logs

from services.agency.loops.log_check import log_check_of
from services.agency.witness import NO_WITNESS, LogWitness, witness_of
from services.operate.home.home import Home
from services.platform.keys.policy_file import policy_file, policy_signature
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth
from services.platform.settings import AgencySettings, load
from services.platform.store.memory import Memory

AT = 1_788_760_800
KEY = "keys/agencies/justice.witness"
LOGS = {"civil": "http://127.0.0.1:9/log", "criminal": "http://127.0.0.1:9/log/"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home as it was made."""
    made = Home(tmp_path_factory.mktemp("home") / "relais")
    made.prepare(AT, 1)
    return made.path


def started(home: Path, agency: str = "justice") -> tuple[LogWitness | None, set[str], list[str]]:
    """What an agency starts as, its warnings, and the codes in its log."""
    settings, health = load(AgencySettings, home=home, agency=agency), ServiceHealth()
    with capture_logs() as lines:
        witness = witness_of(settings, Memory(None), settings.clock(), Metrics(agency), health)
    return witness, health.warnings, [line["code"] for line in lines]


def test_each_agency_of_a_home_is_a_witness_of_every_log(home: Path) -> None:
    """Of both realms; a new partner is none before the owners name it, and its service works."""
    assert started(home, "hospital") == (None, {NO_WITNESS}, ["not_in_policy"])
    for agency in Home(home).agencies:
        witness, *told = started(home, agency)
        assert told == [set(), []]
        assert witness is not None
        assert len(witness._logs) == 12


def _lowered(home: Path) -> None:
    file = policy_file(home, "civil")
    file.write_bytes(file.read_bytes().replace(b"agencies 4", b"agencies 1"))


def _no_policy(home: Path) -> None:
    for realm in ("civil", "criminal"):
        policy_file(home, realm).unlink()


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (_lowered, "policy_not_signed"),
        (lambda home: policy_signature(home, "civil").unlink(), "policy_not_signed"),
        (lambda home: (home / KEY).write_bytes(bytes(32)), "witness_key_differs"),
        (_no_policy, "not_in_policy"),
    ],
)
def test_who_cannot_be_a_witness_says_why_and_works_on(
    home: Path, tmp_path: Path, spoil: Callable[[Path], Any], code: str
) -> None:
    """A warning and a log line; the agency's own work needs no witness."""
    copied = Path(copytree(home, tmp_path / "home"))
    spoil(copied)

    assert started(copied) == (None, {NO_WITNESS}, [code])


def followed(
    home: Path, realms: tuple[str, ...], logs: dict[str, str]
) -> tuple[set[tuple[str, int]], set[str], list[str]]:
    """Which logs an agency follows, its warnings, and what its log says."""
    settings = load(AgencySettings, home=home, agency="police", realms=realms, logs=logs)
    health = ServiceHealth()
    with capture_logs() as lines:
        check = log_check_of(settings, Metrics("police"), health)
    awaited = set(check.awaited)
    check.close()
    return awaited, health.warnings, [str(line.get("code", line["event"])) for line in lines]


def test_it_follows_each_partition_of_its_own_buses_whose_address_it_has(home: Path) -> None:
    """Of another bus nothing; without an address, no warning: nobody has asked for it."""
    both, civil = ("civil", "criminal"), {("civil", number) for number in range(6)}

    assert len(followed(home, both, LOGS)[0]) == 12
    assert followed(home, ("civil",), LOGS) == (civil, set(), [])
    assert followed(home / "none", ("civil",), {}) == (set(), set(), ["no log is followed"])


@pytest.mark.parametrize(
    ("file", "code"), [(policy_signature, "policy_not_signed"), (policy_file, "no_policy")]
)
def test_without_a_policy_to_be_believed_it_warns(
    home: Path, tmp_path: Path, file: Callable[[Path, str], Path], code: str
) -> None:
    """Of the bus without one; the other is followed."""
    copied = Path(copytree(home, tmp_path / "home"))
    file(copied, "civil").unlink()

    awaited, *told = followed(copied, ("civil", "criminal"), LOGS)

    assert {realm for realm, _number in awaited} == {"criminal"}
    assert told == [{"log_not_followed_civil"}, [code]]
