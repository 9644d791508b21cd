"""An agency follows the logs that its buses' policies name, where it was told where they are; else it says why not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest
from structlog.testing import capture_logs

from services.agency.loops.log_check import log_check_of
from services.operate.home.home import Home
from services.platform.keys.policy_file import policy_file, policy_signature
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth
from services.platform.settings import AgencySettings, load

AT = 1_788_760_800
LOGS = {"civil": "http://127.0.0.1:9/log", "criminal": "http://127.0.0.1:9/log/"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home as it was made."""
    made = Home(tmp_path_factory.mktemp("home") / "relais")
    made.prepare(AT, 1)
    return made.path


def started(
    home: Path, realms: tuple[str, ...], logs: dict[str, str]
) -> tuple[set[tuple[str, int]], set[str], list[str]]:
    """Which logs an agency follows, its warnings, and what its log says."""
    settings, health = (
        load(AgencySettings, home=home, agency="police", realms=realms, logs=logs),
        ServiceHealth(),
    )
    with capture_logs() as lines:
        check = log_check_of(settings, Metrics("police"), health)
    followed = set(check.awaited)
    check.close()
    return followed, health.warnings, [str(line.get("code", line["event"])) for line in lines]


def test_it_follows_each_partition_of_its_own_buses(home: Path) -> None:
    """Of another bus nothing, though its address is known."""
    one, both = (started(home, realms, LOGS) for realms in (("civil",), ("civil", "criminal")))

    assert one == ({("civil", number) for number in range(6)}, set(), [])
    assert len(both[0]) == 12


def test_without_an_address_it_follows_nothing_and_its_log_says_so(tmp_path: Path) -> None:
    """No warning: nobody has asked for it, and no home needs to be there yet."""
    assert started(tmp_path, ("civil",), {}) == (set(), set(), ["no log is followed"])


@pytest.mark.parametrize(
    ("spoil", "code"), [(policy_signature, "policy_not_signed"), (policy_file, "no_policy")]
)
def test_without_a_policy_to_be_believed_it_warns(
    home: Path, tmp_path: Path, spoil: Callable[[Path, str], Path], code: str
) -> None:
    """Of the bus without one; the other is followed."""
    copied = Path(copytree(home, tmp_path / "home"))
    spoil(copied, "civil").unlink()

    followed, warnings, codes = started(copied, ("civil", "criminal"), LOGS)

    assert {realm for realm, _number in followed} == {"criminal"}
    assert warnings == {"log_not_followed_civil"}
    assert codes == [code]
