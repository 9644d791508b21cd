"""Settings of a service with pages: who may sign in, by whom, how it is reached."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pydantic import BaseModel, Field

LASTS_S: Final = 8 * 3600  # that a session lasts, whatever is done: a working day


class SignInSettings(BaseModel):
    """What such a service is told besides what every service is."""

    hosts: tuple[str, ...] = Field(
        ("127.0.0.1", "localhost"),
        description="JSON list of the names under which it is asked; others are refused",
    )
    oidc_issuer: str = Field(
        "",
        description="its issuer (OpenID Connect); without it local accounts, with RELAIS_PLAY "
        "alone",
    )
    oidc_client_id: str = Field("", description="name of this service there")
    oidc_client_secret_file: Path | None = Field(
        None, description="file of its secret, readable by its owner alone"
    )
    oidc_redirect: str = Field(
        "",
        description="this service’s address …/sign-in/back, as browsers reach it and as it is "
        "registered there",
    )
    oidc_scopes: str = Field("openid", description="scopes that are asked for")
    oidc_role_claim: str = Field(
        "roles", description="claim of the ID token that is one role and nothing else"
    )
    oidc_account_claim: str = Field(
        "sub", description="claim that names an account, one person’s for ever"
    )
    oidc_session_s: int = Field(
        3600,
        ge=60,
        le=LASTS_S,
        description="seconds until somebody signs in anew, if the ID token does not end before",
    )
    secure: bool = Field(False, description="it is reached by HTTPS alone: cookies say so")
