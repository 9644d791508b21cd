"""Asks the identity provider where to sign in, its keys, and whom a code names (OIDC).

A sign-in that a browser has begun lies in its cookie for ten minutes, so that nobody fills our
memory: state and nonce (OpenID Connect Core, section 3.1.2.1) and the verifier of PKCE (RFC 7636).
"""

from __future__ import annotations

import asyncio
import hmac
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, NoReturn, Self
from urllib.parse import urlencode

import httpx
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import (
    BadSignatureError,
    ClaimError,
    ExpiredTokenError,
    InvalidKeyIdError,
    JoseError,
    UnsupportedAlgorithmError,
)
from joserfc.jwk import KeySet

from contracts.encoding import json_object
from services.platform.browser.sign_in.client import OidcClient
from services.platform.browser.sign_in.refusals import DENIED, DOWN, NO_ROLE, SignInRefused
from services.platform.ports import monotonic, now, random_token

BEGUN: Final = "relais-sign-in"  # the cookie's name
BEGUN_S: Final = 600  # in which a person types a password there


class BegunSignIn(NamedTuple):
    """The three secrets of a sign-in."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def new(cls) -> Self:
        """Another one."""
        return cls(*(random_token(32) for _ in range(3)))

    @classmethod
    def of(cls, cookie: str, state: str) -> Self | None:
        """The one a browser comes back with; None if that is not the one its cookie holds."""
        begun = cookie.split(".")
        given = state.encode("utf-8", "surrogateescape")
        own = begun[0].encode("utf-8", "surrogateescape")
        if len(begun) != len(cls._fields) or not given or not hmac.compare_digest(own, given):
            return None
        return cls(*begun)

    @property
    def cookie(self) -> str:
        """As the browser keeps it."""
        return ".".join(self)


# Of public keys alone: with HS256 whoever knows a public key could sign, and "none" signs nothing.
ALGORITHMS: Final = ("RS256", "PS256", "ES256")
LEEWAY_S: Final = 60  # by which two clocks may differ
LONGEST: Final = 255  # of an account's name (OpenID Connect Core, section 2)
MOST_CHARS: Final = 16_384  # of a token
ANSWER_S: Final = 0.8  # for all that one page asks
MOST_BYTES: Final = 256_000  # of an answer
MOST_AT_ONCE: Final = 8  # pages that ask: who begins sign-ins without end stops no other page
KNOWN_S: Final = 60.0  # that its document is kept; keys are asked at every sign-in
DISCOVERY: Final = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """An account that the provider signed in.

    Attributes:
        ends: instant at which the ID token ends, in seconds.
    """

    account: str
    role: str
    ends: float


class Provider:
    """The identity provider, asked over HTTP within bounds of time, size and number.

    Args:
        transport: takes the place of the network.
    """

    def __init__(
        self, client: OidcClient, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self.client = client
        # The machine's own authorities, so that an administration's own is believed.
        self._http = httpx.AsyncClient(
            timeout=ANSWER_S, trust_env=False, transport=transport,
            verify=ssl.create_default_context(),
            limits=httpx.Limits(max_keepalive_connections=0),
            headers={"Accept-Encoding": "identity"},
        )  # fmt: skip
        self._discovered: tuple[float, Mapping[str, Any]] = (float("-inf"), {})
        self._waiting = 0

    async def entrance(self, begun: BegunSignIn) -> str:
        """Return the address to which a browser is sent to sign in.

        Raises:
            SignInRefused: `provider_unreachable`, `provider_malformed`.
        """
        async with self._within():
            endpoint = (await self._metadata())["authorization_endpoint"]
        settings = self.client.settings
        query = {
            "response_type": "code", "client_id": settings.oidc_client_id,
            "redirect_uri": settings.oidc_redirect, "scope": settings.oidc_scopes,
            "state": begun.state, "nonce": begun.nonce,
            "code_challenge": create_s256_code_challenge(begun.verifier),
            "code_challenge_method": "S256",
        }  # fmt: skip
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"

    async def redeem(self, code: str, begun: BegunSignIn) -> SignedIn:
        """Return the account that a browser's code stands for.

        Raises:
            SignInRefused: `provider_denied`, those of `entrance` and of `read_id_token`.
        """
        settings = self.client.settings
        form = {
            "grant_type": "authorization_code", "code": code, "code_verifier": begun.verifier,
            "redirect_uri": settings.oidc_redirect,
        }  # fmt: skip
        credentials = httpx.BasicAuth(settings.oidc_client_id, self.client.secret)
        async with self._within():
            metadata = await self._metadata()
            answer, keys = await asyncio.gather(
                self._json("POST", metadata["token_endpoint"], data=form, auth=credentials),
                self._json("GET", metadata["jwks_uri"]),
            )
        return read_id_token(answer, keys, self.client, begun.nonce, now())

    async def close(self) -> None:
        """Close its connections."""
        await self._http.aclose()

    @asynccontextmanager
    async def _within(self) -> AsyncIterator[None]:
        """Bound requests in time and number; raise any failure as `SignInRefused`."""
        if self._waiting >= MOST_AT_ONCE:
            raise SignInRefused(DOWN, f"{self._waiting} at once")
        self._waiting += 1
        try:
            async with asyncio.timeout(ANSWER_S):
                yield
        except (TimeoutError, httpx.HTTPError, httpx.InvalidURL) as error:
            raise SignInRefused(DOWN, type(error).__name__) from None
        finally:
            self._waiting -= 1

    async def _metadata(self) -> Mapping[str, Any]:
        """Return the discovery document (OpenID Connect Discovery, section 4)."""
        if monotonic() - self._discovered[0] > KNOWN_S:
            issuer = self.client.settings.oidc_issuer
            metadata = await self._json("GET", issuer.rstrip("/") + DISCOVERY)
            if metadata.get("issuer") != issuer:
                raise SignInRefused("provider_malformed", "another issuer")
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                if not self.client.may_ask(metadata.get(name)):
                    raise SignInRefused("provider_malformed", name, "an address by HTTPS")
            self._discovered = monotonic(), metadata
        return self._discovered[1]

    async def _json(self, method: str, url: str, **request: Any) -> dict[str, Any]:
        body = bytearray()
        async with self._http.stream(method, url, **request) as answer:
            async for chunk in answer.aiter_raw():
                body += chunk
                if len(body) > MOST_BYTES:
                    raise SignInRefused(
                        "provider_malformed", "a longer answer", f"{MOST_BYTES} bytes"
                    )
        if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise SignInRefused(DOWN, str(answer.status_code))
        if answer.status_code != httpx.codes.OK:
            raise SignInRefused(DENIED, str(answer.status_code))
        return json_object(bytes(body))


def read_id_token(
    answer: Mapping[str, Any], keys: Mapping[str, Any], client: OidcClient, nonce: str, now: int
) -> SignedIn:
    """Return the account that a token endpoint's answer names.

    Args:
        answer: with `id_token` and `access_token`.
        keys: the provider's, as it publishes them (RFC 7517 §5).
        now: seconds.

    Raises:
        SignInRefused: `token_missing`, `signature_wrong`, `key_unknown`, `algorithm_refused`,
            `token_expired`, `claim_wrong` with the claim's name, `token_malformed`, `role_not_one`.
    """
    claims = _claims(answer, keys, client, nonce, now)
    account = claims.get(client.settings.oidc_account_claim)
    if not isinstance(account, str) or not 0 < len(account) <= LONGEST or not account.isprintable():
        raise SignInRefused("claim_wrong", "account", "a name of at most 255 characters")
    role = _one_role(claims.get(client.settings.oidc_role_claim), client.roles, account)
    return SignedIn(account, role, claims["exp"])


def _one_role(claim: Any, roles: tuple[str, ...], account: str) -> str:
    """Return the role that a claim is, or lists and nothing else."""
    values = claim if isinstance(claim, list) else [claim]
    for role in roles:
        if values == [role]:
            return role
    raise SignInRefused(NO_ROLE, f"{len(values)} values", ", ".join(roles), account)


def _claims(
    answer: Mapping[str, Any], keys: Mapping[str, Any], client: OidcClient, nonce: str, now: int
) -> dict[str, Any]:
    token = answer.get("id_token")
    if not isinstance(token, str) or len(token) > MOST_CHARS:
        raise SignInRefused("token_missing")
    issuer, client_id = client.settings.oidc_issuer, client.settings.oidc_client_id
    required = {
        "iss": {"essential": True, "value": issuer},
        "aud": {"essential": True, "value": client_id},
    }
    context = {
        "nonce": nonce, "client_id": client_id, "access_token": answer.get("access_token")
    }  # fmt: skip
    try:
        decoded = jwt.decode(token, _public_keys(keys), algorithms=ALGORITHMS)
        claims = CodeIDToken(decoded.claims, decoded.header, required, context)
        claims.validate(now, LEEWAY_S)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        _refuse(error)
    if claims["aud"] not in (client_id, [client_id]):  # not for others besides
        raise SignInRefused("claim_wrong", "aud")
    return dict(claims)


def _public_keys(key_set: Mapping[str, Any]) -> KeySet:
    """Return those that sign; other kinds, secrets too, are passed over (RFC 7517 §5)."""
    keys = [key for key in key_set["keys"] if key["kty"] in ("RSA", "EC")]
    signing = [key for key in keys if key.get("use") != "enc"]
    return KeySet.import_key_set({"keys": signing})


def _refuse(error: Exception) -> NoReturn:
    """Raise a code by the error's class; its words may quote the token."""
    codes: dict[type[Exception], str] = {
        BadSignatureError: "signature_wrong", InvalidKeyIdError: "key_unknown",
        UnsupportedAlgorithmError: "algorithm_refused", ExpiredTokenError: "token_expired",
    }  # fmt: skip
    if isinstance(error, ClaimError) and type(error) not in codes:
        raise SignInRefused("claim_wrong", error.claim) from None
    raise SignInRefused(codes.get(type(error), "token_malformed"), type(error).__name__) from None
