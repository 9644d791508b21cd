"""Settings of the console: no key, no owner's file, no right to read a topic."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pydantic import Field

from services.console.sessions import LASTS_S
from services.platform.settings import ServiceSettings

ACCOUNTS: Final = "console-accounts.json"
REPORTS: Final = "reports"


class ConsoleSettings(ServiceSettings):
    """What the console is told besides what every service is."""

    targets: Path | None = Field(
        None, title="Targets", description="file with the services' addresses, as Prometheus reads it; "
        "without a value where the home's were last",
    )  # fmt: skip
    drift_file: Path | None = Field(
        None,
        title="Drift",
        description="file of the gauge relais_drift; without a value the home's",
    )
    accounts: Path | None = Field(
        None, title="Accounts", description="file of local accounts; without a value the home's"
    )
    reports: Path | None = Field(
        None, title="Reports", description="folder of friction reports; without a value the home's"
    )
    hosts: tuple[str, ...] = Field(
        ("127.0.0.1", "localhost"), title="Hosts",
        description="JSON list of the names under which it is asked; others are refused",
    )  # fmt: skip
    oidc_issuer: str = Field(
        "", title="Identity provider", description="its issuer (OpenID Connect); without it accounts in a file, "
        "with RELAIS_PLAY alone",
    )  # fmt: skip
    oidc_client_id: str = Field("", title="Client", description="name of this console there")
    oidc_client_secret_file: Path | None = Field(
        None, title="Client secret", description="file of its secret, readable by its owner alone"
    )
    oidc_redirect: str = Field(
        "", title="Way back", description="this console’s address /sign-in/back, as browsers reach it and as it is "
        "registered there",
    )  # fmt: skip
    oidc_scopes: str = Field("openid", title="Scopes", description="scopes that are asked for")
    oidc_role_claim: str = Field(
        "roles", title="Role claim", description="claim of the ID token that is one role and nothing else"
    )  # fmt: skip
    oidc_account_claim: str = Field(
        "sub", title="Account claim", description="claim that names an account, one person’s for ever"
    )  # fmt: skip
    oidc_session_s: int = Field(
        3600, ge=60, le=LASTS_S, title="Session",
        description="seconds until somebody signs in anew, if the ID token does not end before",
    )  # fmt: skip
    prometheus: str = Field(
        "", title="Prometheus", pattern=r"^(https?://[^/?#@\s]+(/[^?#\s]*)?)?$",
        description="its address; its alerts are shown beside the console's own",
    )  # fmt: skip
    secure: bool = Field(
        False, title="Secure", description="it is reached by HTTPS alone: cookies say so"
    )

    @property
    def reports_folder(self) -> Path:
        """Where reports lie that were given out."""
        return self.reports or self.home / REPORTS

    @property
    def accounts_file(self) -> Path:
        """Where local accounts lie."""
        return self.accounts or self.home / ACCOUNTS
