"""A provider that answers what no real one would: any ID token that a test makes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.console.roles import ROLES
from services.platform.browser.sign_in import provider as provider_module
from services.platform.browser.sign_in.client import OidcClient
from services.platform.browser.sign_in.provider import BegunSignIn
from services.platform.settings import SignInSettings

CLIENT_ID: Final = "relais-console"
SECRET: Final = "synthetic-secret"
REDIRECT: Final = "http://127.0.0.1/sign-in/back"
BEGUN: Final = BegunSignIn("state", "nonce", "verifier")

Claims = dict[str, Any]


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is no provider that hangs."""
    monkeypatch.setattr(provider_module, "ANSWER_S", 10)


@cache
def key_of(name: str) -> ECKey:
    """A key by its name, made once."""
    return ECKey.generate_key("P-256", {"kid": name, "use": "sig", "alg": "ES256"}, private=True)


def client_of(issuer: str) -> OidcClient:
    """The console as that provider's client."""
    settings = SignInSettings(oidc_issuer=issuer, oidc_client_id=CLIENT_ID, oidc_redirect=REDIRECT)
    return OidcClient(settings, SECRET, ROLES)


ISSUER: Final = "http://127.0.0.1:9"


@dataclass
class FakeProvider:
    """What it answers."""

    issuer: str = ISSUER
    roles: Any = field(default_factory=lambda: ["operator"])
    token: Callable[[Claims], str] = field(default_factory=lambda: signed)
    wait_s: float = 0
    pages: dict[str, Response] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def claims(self, nonce: str = BEGUN.nonce) -> Claims:
        """The right ones."""
        now = int(time.time())
        return {
            "iss": self.issuer, "aud": CLIENT_ID, "sub": "u-1", "iat": now, "exp": now + 300,
            "nonce": nonce, "roles": self.roles,
        }  # fmt: skip

    async def answer(self, request: Request) -> Response:
        """To whatever is asked."""
        path = request.url.path
        self.asked.append(path)
        await asyncio.sleep(self.wait_s)
        if path in self.pages:
            return self.pages[path]
        if path.endswith("openid-configuration"):
            names = {
                "authorization_endpoint": "/auth",
                "token_endpoint": "/token",
                "jwks_uri": "/keys",
            }
            return JSONResponse(
                {"issuer": self.issuer, **{name: self.issuer + at for name, at in names.items()}}
            )
        if path == "/keys":
            return JSONResponse({"keys": [key_of("own").as_dict(private=False)]})
        return JSONResponse({"id_token": self.token(self.claims()), "access_token": "a"})


def signed(claims: Claims, key: str = "own", **header: Any) -> str:
    """By a key of ours."""
    return jwt.encode({"alg": "ES256", "kid": key, **header}, claims, key_of(key))


def transport_of(fake: FakeProvider) -> httpx.ASGITransport:
    """How it is reached."""
    routes = [Route("/{path:path}", fake.answer, methods=["GET", "POST"])]
    return httpx.ASGITransport(Starlette(routes=routes))
