"""An agency is a witness, and follows logs, by signed policies; else it says why not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from shutil import copytree

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
    """Of both realms."""
    for agency in Home(home).agencies:
        witness, warnings, codes = started(home, agency)

        assert (warnings, codes) == (set(), [])
        assert witness is not None
        assert len(witness._logs) == 12


def _lowered(home: Path) -> None:
    file = policy_file(home, "civil")
    file.write_bytes(file.read_bytes().replace(b"agencies 4", b"agencies 1"))


def _without_signature(home: Path) -> None:
    policy_signature(home, "civil").unlink()


def _other_key(home: Path) -> None:
    (home / "keys/agencies/justice.witness").write_bytes(bytes(32))


def _no_policy(home: Path) -> None:
    for realm in ("civil", "criminal"):
        policy_file(home, realm).unlink()


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (_lowered, "policy_not_signed"),
        (_without_signature, "policy_not_signed"),
        (_other_key, "witness_key_differs"),
        (_no_policy, "not_in_policy"),
    ],
)
def test_who_cannot_be_a_witness_says_why_and_works_on(
    home: Path, tmp_path: Path, spoil: Callable[[Path], None], code: str
) -> None:
    """A warning and a log line; the agency's own work needs no witness."""
    copied = tmp_path / "home"
    copytree(home, copied)
    spoil(copied)

    assert started(copied) == (None, {NO_WITNESS}, [code])


def test_a_new_partner_is_no_witness_before_the_owners_name_it(home: Path) -> None:
    """Its service works all the same."""
    assert started(home, "hospital") == (None, {NO_WITNESS}, ["not_in_policy"])


LOGS = {"civil": "http://127.0.0.1:9/log", "criminal": "http://127.0.0.1:9/log/"}


def followed(
    home: Path, realms: tuple[str, ...], logs: dict[str, str]
) -> tuple[set[tuple[str, int]], set[str], list[str]]:
    """Which logs an agency follows, its warnings, and what its log says."""
    settings, health = (
        load(AgencySettings, home=home, agency="police", realms=realms, logs=logs),
        ServiceHealth(),
    )
    with capture_logs() as lines:
        check = log_check_of(settings, Metrics("police"), health)
    awaited = set(check.awaited)
    check.close()
    return awaited, health.warnings, [str(line.get("code", line["event"])) for line in lines]


def test_it_follows_each_partition_of_its_own_buses(home: Path) -> None:
    """Of another bus nothing, though its address is known."""
    one, both = (followed(home, realms, LOGS) for realms in (("civil",), ("civil", "criminal")))

    assert one == ({("civil", number) for number in range(6)}, set(), [])
    assert len(both[0]) == 12


def test_without_an_address_it_follows_nothing_and_its_log_says_so(tmp_path: Path) -> None:
    """No warning: nobody has asked for it, and no home needs to be there yet."""
    assert followed(tmp_path, ("civil",), {}) == (set(), set(), ["no log is followed"])


@pytest.mark.parametrize(
    ("spoil", "code"), [(policy_signature, "policy_not_signed"), (policy_file, "no_policy")]
)
def test_without_a_policy_to_be_believed_it_warns(
    home: Path, tmp_path: Path, spoil: Callable[[Path, str], Path], code: str
) -> None:
    """Of the bus without one; the other is followed."""
    copied = Path(copytree(home, tmp_path / "home"))
    spoil(copied, "civil").unlink()

    awaited, warnings, codes = followed(copied, ("civil", "criminal"), LOGS)

    assert {realm for realm, _number in awaited} == {"criminal"}
    assert warnings == {"log_not_followed_civil"}
    assert codes == [code]
