"""Settings of a service with pages: who may sign in, by whom, how it is reached."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pydantic import BaseModel, Field

LASTS_S: Final = 8 * 3600  # that a session lasts, whatever is done: a working day


class SignInSettings(BaseModel):
    """What such a service is told besides what every service is."""

    hosts: tuple[str, ...] = Field(
        ("127.0.0.1", "localhost"), title="Hosts",
        description="JSON list of the names under which it is asked; others are refused",
    )  # fmt: skip
    oidc_issuer: str = Field(
        "", title="Identity provider", description="its issuer (OpenID Connect); without it "
        "local accounts, with RELAIS_PLAY alone",
    )  # fmt: skip
    oidc_client_id: str = Field("", title="Client", description="name of this service there")
    oidc_client_secret_file: Path | None = Field(
        None, title="Client secret", description="file of its secret, readable by its owner alone"
    )
    oidc_redirect: str = Field(
        "", title="Way back", description="this service’s address …/sign-in/back, as browsers "
        "reach it and as it is "
        "registered there",
    )  # fmt: skip
    oidc_scopes: str = Field("openid", title="Scopes", description="scopes that are asked for")
    oidc_role_claim: str = Field(
        "roles", title="Role claim", description="claim of the ID token that is one role and "
        "nothing else"
    )  # fmt: skip
    oidc_account_claim: str = Field(
        "sub", title="Account claim", description="claim that names an account, one person’s for "
        "ever"
    )  # fmt: skip
    oidc_session_s: int = Field(
        3600, ge=60, le=LASTS_S, title="Session",
        description="seconds until somebody signs in anew, if the ID token does not end before",
    )  # fmt: skip
    secure: bool = Field(
        False, title="Secure", description="it is reached by HTTPS alone: cookies say so"
    )
