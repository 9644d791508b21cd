"""Whoever runs on a slow machine multiplies the product's time-outs by one variable."""

from __future__ import annotations

import pytest

from contracts.errors import UsageError
from services.platform.kafka.writing.transactions import Transactions
from services.platform.patience import VARIABLE, patient
from services.play.run.supervisor import environment


def test_time_outs_are_as_many_times_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of a writer to Kafka too; without the variable they are what they are."""
    monkeypatch.delenv(VARIABLE)
    usual = Transactions("127.0.0.1:1", ["one"])._wait
    monkeypatch.setenv(VARIABLE, "2.5")

    assert patient(2) == 5
    assert Transactions("127.0.0.1:1", ["one"])._wait == 2.5 * usual
    assert environment({})[VARIABLE] == "2.5"  # of each service of `relais up`


@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf", "soon", ""])
def test_another_value_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """A time-out of nothing would call everybody dead."""
    monkeypatch.setenv(VARIABLE, value)

    with pytest.raises(UsageError, match=f"setting_wrong at {VARIABLE}"):
        patient(1)
