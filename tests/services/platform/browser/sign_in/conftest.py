"""A provider that answers what no real one would: any ID token that a test makes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
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
from services.platform.browser.sign_in.provider import BegunSignIn, Provider
from services.platform.settings import SignInSettings

CLIENT_ID: Final = "relais-console"
ISSUER: Final = "http://127.0.0.1:9"
REDIRECT: Final = "http://127.0.0.1/sign-in/back"
BEGUN: Final = BegunSignIn("state", "nonce", "verifier")
KNOWN_AT: Final = "/.well-known/openid-configuration"
KNOWN: Final = {
    "issuer": ISSUER, "authorization_endpoint": f"{ISSUER}/auth",
    "token_endpoint": f"{ISSUER}/token", "jwks_uri": f"{ISSUER}/keys",
}  # fmt: skip

Claims = dict[str, Any]


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is no provider that hangs."""
    monkeypatch.setattr(provider_module, "ANSWER_S", 10)


@cache
def key_of(name: str) -> ECKey:
    """A key by its name, made once."""
    return ECKey.generate_key("P-256", {"kid": name, "use": "sig", "alg": "ES256"}, private=True)


def keys_page(name: str) -> Response:
    """What a provider that has this one key publishes of it."""
    return JSONResponse({"keys": [key_of(name).as_dict(private=False)]})


def signed(claims: Claims, key: str = "own", **header: Any) -> str:
    """By a key of ours."""
    return jwt.encode({"alg": "ES256", "kid": key, **header}, claims, key_of(key))


class FakeProvider:
    """What it answers: its pages, and tokens for whatever else is asked."""

    def __init__(self) -> None:
        self.pages: dict[str, Response] = {KNOWN_AT: JSONResponse(KNOWN), "/keys": keys_page("own")}
        self.token: Callable[[Claims], str] = signed
        self.wait_s = 0.0
        self.asked: list[str] = []

    def claims(self, nonce: str = BEGUN.nonce) -> Claims:
        """The right ones."""
        now = int(time.time())
        return {
            "iss": ISSUER, "aud": CLIENT_ID, "sub": "u-1", "iat": now, "exp": now + 300,
            "nonce": nonce, "roles": ["operator"],
        }  # fmt: skip

    async def answer(self, request: Request) -> Response:
        """To whatever is asked."""
        path = request.url.path
        self.asked.append(path)
        await asyncio.sleep(self.wait_s)
        if path in self.pages:
            return self.pages[path]
        return JSONResponse({"id_token": self.token(self.claims()), "access_token": "a"})


@pytest.fixture
def fake() -> FakeProvider:
    """One that lies as it is told."""
    return FakeProvider()


@pytest.fixture
async def provider(fake: FakeProvider) -> AsyncIterator[Provider]:
    """What asks it, as the console's client."""
    settings = SignInSettings(oidc_issuer=ISSUER, oidc_client_id=CLIENT_ID, oidc_redirect=REDIRECT)
    routes = [Route("/{path:path}", fake.answer, methods=["GET", "POST"])]
    transport = httpx.ASGITransport(Starlette(routes=routes))
    asking = Provider(OidcClient(settings, "synthetic-secret", ROLES), transport)
    yield asking
    await asking.close()
