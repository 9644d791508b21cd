"""Settings of the console: no key, no owner's file, no right to read a topic."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pydantic import Field

from services.platform.settings import ServiceSettings, SignInSettings

ACCOUNTS: Final = "console-accounts.json"
COOKIE: Final = "relais-session"


class ConsoleSettings(ServiceSettings, SignInSettings):
    """What the console is told besides what every service is."""

    targets: Path | None = Field(
        None,
        description="file with the services' addresses, as Prometheus reads it; without a value "
        "where the home's were last",
    )
    drift_file: Path | None = Field(
        None, description="file of the gauge relais_drift; without a value the home's"
    )
