"""Settings come from `RELAIS_…` alone, are described; wrong ones are named, not shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.errors import UsageError
from services.platform.process.clock import FileClock, SystemClock
from services.platform.settings import (
    AgencySettings,
    AuditSettings,
    RoutingSettings,
    environment,
    load,
)


@pytest.fixture(autouse=True)
def _empty(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of the machine reaches a test."""
    import os

    for name in list(os.environ):
        if name.startswith("RELAIS_"):
            monkeypatch.delenv(name)


def test_a_shard_beyond_the_last_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would own no partition and look alive."""
    monkeypatch.setenv("RELAIS_SHARD", "2")
    monkeypatch.setenv("RELAIS_SHARDS", "2")

    with pytest.raises(UsageError, match="setting_wrong"):
        load(RoutingSettings)


def test_a_wrong_value_is_named_by_its_variable_and_not_quoted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A value put into the wrong variable may be a secret."""
    monkeypatch.setenv("RELAIS_HTTP_PORT", "hunter2-token")

    with pytest.raises(UsageError, match="RELAIS_HTTP_PORT") as caught:
        load(AuditSettings)

    assert "hunter2" not in str(caught.value)


def test_what_is_missing_is_named() -> None:
    """An agency's service must know whose it is."""
    with pytest.raises(UsageError, match="RELAIS_AGENCY"):
        load(AgencySettings)


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


@pytest.mark.parametrize("left_out", ["tls_ca", "tls_cert", "tls_key"])
def test_certificates_come_together(left_out: str) -> None:
    """Two of the three files are a mistake, not a reason to go on in the clear."""
    files = {name: f"/etc/{name}.pem" for name in ("tls_ca", "tls_cert", "tls_key")}
    del files[left_out]

    with pytest.raises(UsageError, match=r"setting_wrong.*RELAIS_TLS_CA"):
        load(RoutingSettings, **files)
