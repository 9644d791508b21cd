"""Asks the identity provider where to sign in, its keys, and whom a code names (OIDC).

A sign-in that a browser has begun lies in its cookie, so that nobody fills our memory. State and
nonce (OpenID Connect Core, section 3.1.2.1) and the verifier of PKCE (RFC 7636) are derived from
the cookie by a key of this process. A restart ends what was begun.
"""

from __future__ import annotations

import asyncio
import hmac
import ssl
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final, NoReturn
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
from services.platform.ports import monotonic, now, random_bytes, random_token

BEGUN: Final = "relais-sign-in"  # the cookie's name
BEGUN_S: Final = 600  # in which a person types a password there


@dataclass(frozen=True, slots=True)
class BegunSignIn:
    """What stands in the cookie, and the three secrets that come of it."""

    cookie: str = field(repr=False)
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


class BegunSignIns:
    """Those of this process."""

    def __init__(self) -> None:
        self._key = random_bytes(32)

    def new(self, now: float) -> BegunSignIn:
        """One more, begun at an instant in seconds."""
        return self._derived(f"{int(now)}.{random_token(32)}")

    def of(self, cookie: str, state: str, now: float) -> BegunSignIn | None:
        """The one that a browser comes back with; None if not begun here, or too long ago."""
        begun = self._derived(cookie)
        if not hmac.compare_digest(begun.state.encode(), state.encode("utf-8", "surrogateescape")):
            return None
        # Only we know the state of a cookie: its instant is the one that we wrote.
        return begun if now - int(cookie.partition(".")[0]) <= BEGUN_S else None

    def _derived(self, cookie: str) -> BegunSignIn:
        def secret(purpose: str) -> str:
            told = f"{purpose} {cookie}".encode("utf-8", "surrogateescape")
            return urlsafe_b64encode(hmac.digest(self._key, told, sha256)).decode().rstrip("=")

        return BegunSignIn(cookie, secret("state"), secret("nonce"), secret("verifier"))


# Of public keys alone: with HS256 whoever knows a public key could sign, and "none" signs nothing.
ALGORITHMS: Final = ("RS256", "PS256", "ES256")
LEEWAY_S: Final = 60  # by which two clocks may differ
LONGEST: Final = 255  # of an account's name (OpenID Connect Core, section 2)
MOST_CHARS: Final = 16_384  # of a token
ANSWER_S: Final = 0.8  # for all that one page asks
MOST_BYTES: Final = 256_000  # of an answer
MOST_AT_ONCE: Final = 8  # pages that ask: who begins sign-ins without end stops no other page
KNOWN_S: Final = 60.0  # that its addresses are kept; keys are asked at every sign-in
DISCOVERY: Final = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Whom the provider signed in.

    Attributes:
        ends: instant at which its word for it ends, in seconds.
    """

    account: str
    role: str
    ends: float


class Provider:
    """The one that signs people in here.

    Args:
        transport: by which it is reached in place of the network.
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
        self._known: tuple[float, Mapping[str, Any]] = (float("-inf"), {})
        self._asking = 0

    async def entrance(self, begun: BegunSignIn) -> str:
        """The address to which a browser is sent to sign in.

        Raises:
            SignInRefused: `provider_unreachable`, `provider_malformed`.
        """
        async with self._within():
            where = (await self._addresses())["authorization_endpoint"]
        settings = self.client.settings
        asked = {
            "response_type": "code", "client_id": settings.oidc_client_id,
            "redirect_uri": settings.oidc_redirect, "scope": settings.oidc_scopes,
            "state": begun.state, "nonce": begun.nonce,
            "code_challenge": create_s256_code_challenge(begun.verifier),
            "code_challenge_method": "S256",
        }  # fmt: skip
        return f"{where}{'&' if '?' in where else '?'}{urlencode(asked)}"

    async def redeem(self, code: str, begun: BegunSignIn) -> SignedIn:
        """Whom a code that a browser brought back stands for.

        Raises:
            SignInRefused: `provider_denied`, those of `entrance` and of `read_id_token`.
        """
        settings = self.client.settings
        form = {
            "grant_type": "authorization_code", "code": code, "code_verifier": begun.verifier,
            "redirect_uri": settings.oidc_redirect,
        }  # fmt: skip
        who = httpx.BasicAuth(settings.oidc_client_id, self.client.secret)
        async with self._within():
            where = await self._addresses()
            answer, keys = await asyncio.gather(
                self._json("POST", where["token_endpoint"], data=form, auth=who),
                self._json("GET", where["jwks_uri"]),
            )
        return read_id_token(answer, keys, self.client, begun.nonce, now())

    async def close(self) -> None:
        """Close its connections."""
        await self._http.aclose()

    @asynccontextmanager
    async def _within(self) -> AsyncIterator[None]:
        """In time and not too many at once; any failure is told in one way."""
        if self._asking >= MOST_AT_ONCE:
            raise SignInRefused(DOWN, f"{self._asking} at once")
        self._asking += 1
        try:
            async with asyncio.timeout(ANSWER_S):
                yield
        except (TimeoutError, httpx.HTTPError, httpx.InvalidURL) as error:
            raise SignInRefused(DOWN, type(error).__name__) from None
        finally:
            self._asking -= 1

    async def _addresses(self) -> Mapping[str, Any]:
        """What it says of itself (OpenID Connect Discovery, section 4)."""
        if monotonic() - self._known[0] > KNOWN_S:
            issuer = self.client.settings.oidc_issuer
            told = await self._json("GET", issuer.rstrip("/") + DISCOVERY)
            if told.get("issuer") != issuer:
                raise SignInRefused("provider_malformed", "another issuer")
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                if not self.client.may_ask(told.get(name)):
                    raise SignInRefused("provider_malformed", name, "an address by HTTPS")
            self._known = monotonic(), told
        return self._known[1]

    async def _json(self, method: str, url: str, **more: Any) -> dict[str, Any]:
        body = bytearray()
        async with self._http.stream(method, url, **more) as answer:
            async for piece in answer.aiter_raw():
                body += piece
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
    """Whom a token endpoint's answer names.

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


def _one_role(told: Any, roles: tuple[str, ...], account: str) -> str:
    """The role of a claim that is it, or lists it and nothing else."""
    given = told if isinstance(told, list) else [told]
    for role in roles:
        if given == [role]:
            return role
    raise SignInRefused(NO_ROLE, f"{len(given)} values", ", ".join(roles), account)


def _claims(
    answer: Mapping[str, Any], keys: Mapping[str, Any], client: OidcClient, nonce: str, now: int
) -> dict[str, Any]:
    token = answer.get("id_token")
    if not isinstance(token, str) or len(token) > MOST_CHARS:
        raise SignInRefused("token_missing")
    issuer, own = client.settings.oidc_issuer, client.settings.oidc_client_id
    wanted = {
        "iss": {"essential": True, "value": issuer}, "aud": {"essential": True, "value": own}
    }  # fmt: skip
    given = {"nonce": nonce, "client_id": own, "access_token": answer.get("access_token")}
    try:
        told = jwt.decode(token, _public_keys(keys), algorithms=ALGORITHMS)
        claims = CodeIDToken(told.claims, told.header, wanted, given)
        claims.validate(now, LEEWAY_S)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        _refuse(error)
    if claims["aud"] not in (own, [own]):  # nobody else's, too
        raise SignInRefused("claim_wrong", "aud")
    return dict(claims)


def _public_keys(told: Mapping[str, Any]) -> KeySet:
    """Those that sign; others' kinds are passed over (RFC 7517 §5), secrets among them."""
    rows = [row for row in told["keys"] if row["kty"] in ("RSA", "EC") and row.get("use") != "enc"]
    return KeySet.import_key_set({"keys": rows})


def _refuse(error: Exception) -> NoReturn:
    """By the kind of the library's finding; its words may quote the token."""
    codes: dict[type[Exception], str] = {
        BadSignatureError: "signature_wrong", InvalidKeyIdError: "key_unknown",
        UnsupportedAlgorithmError: "algorithm_refused", ExpiredTokenError: "token_expired",
    }  # fmt: skip
    if isinstance(error, ClaimError) and type(error) not in codes:
        raise SignInRefused("claim_wrong", error.claim) from None
    raise SignInRefused(codes.get(type(error), "token_malformed"), type(error).__name__) from None
