"""Settings come from `RELAIS_…` alone, are described; wrong ones are named, not shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.errors import UsageError
from services.platform.kafka.writing.transactions import Transactions
from services.platform.patience import VARIABLE, patient
from services.platform.process.clock import FileClock, SystemClock
from services.platform.settings import (
    AgencySettings,
    AuditSettings,
    RoutingSettings,
    environment,
    load,
)
from services.play.run.supervisor import environment as environment_of_a_child


def test_a_real_service_refuses_a_clock_that_can_be_moved(tmp_path: Path) -> None:
    """Only `relais up` and `relais demo` play; whoever moves a clock moves deadlines."""
    with pytest.raises(UsageError, match="setting_wrong"):
        load(AuditSettings, clock_file=tmp_path / "clock")

    assert isinstance(load(AuditSettings).clock(), SystemClock)
    played = load(AuditSettings, clock_file=tmp_path / "clock", play=True)
    assert isinstance(played.clock(), FileClock)


def test_a_child_process_gets_the_same_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """What `relais up` decides arrives unchanged in the services that it starts."""
    given = load(AgencySettings, agency="police", realms=("civil", "criminal"), http_port=8443)

    for name, value in environment(given).items():
        monkeypatch.setenv(name, value)

    assert load(AgencySettings) == given


@pytest.mark.parametrize(
    ("form", "given", "said"),
    [
        (AuditSettings, {"RELAIS_HTTP_PORT": "hunter2-token"}, "RELAIS_HTTP_PORT"),
        (AgencySettings, {}, "RELAIS_AGENCY"),
        (RoutingSettings, {"RELAIS_TLS_CA": "/ca", "RELAIS_TLS_KEY": "/key"}, "RELAIS_TLS_CA"),
    ],
    ids=["no number", "whose it is", "two of three files of TLS"],
)
def test_wrong_settings_are_named_and_not_quoted(
    form: type[RoutingSettings | AuditSettings | AgencySettings],
    given: dict[str, str],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A value put into the wrong variable may be a secret."""
    for name, value in given.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(UsageError, match=said) as caught:
        load(form)

    assert "hunter2" not in str(caught.value)


def test_time_outs_are_as_many_times_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of a writer to Kafka too; without the variable they are what they are."""
    monkeypatch.delenv(VARIABLE)
    usual = Transactions("127.0.0.1:1", ["one"])._wait
    monkeypatch.setenv(VARIABLE, "2.5")

    assert patient(2) == 5
    assert Transactions("127.0.0.1:1", ["one"])._wait == 2.5 * usual
    assert environment_of_a_child({})[VARIABLE] == "2.5"  # of each service of `relais up`


@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf", "soon", ""])
def test_another_value_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """A time-out of nothing would call everybody dead."""
    monkeypatch.setenv(VARIABLE, value)

    with pytest.raises(UsageError, match=f"setting_wrong at {VARIABLE}"):
        patient(1)
