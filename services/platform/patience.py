"""How patient this process is: RELAIS_PATIENCE, a factor on the product's own time-outs.

A machine that is slow for a reason (tests beside tests, a small emulator) says so once, and
whatever waits for Kafka or for another service waits as many times longer.
"""

from __future__ import annotations

from typing import Final

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from contracts.errors import UsageError

VARIABLE: Final = "RELAIS_PATIENCE"


class PatienceSettings(BaseSettings):
    """What every process is told, whatever it does."""

    model_config = SettingsConfigDict(env_prefix="RELAIS_", extra="ignore", frozen=True)

    patience: float = Field(1, gt=0, le=1000, description="factor on our own time-outs")


def patient(seconds: float) -> float:
    """A time-out of ours, times RELAIS_PATIENCE.

    Raises:
        UsageError: `setting_wrong`.
    """
    try:
        return seconds * PatienceSettings().patience
    except ValidationError:
        expected = "a number above 0, at most 1000"
        raise UsageError("setting_wrong", expected=expected, place=VARIABLE) from None
