"""ID tokens that a real provider would never give: each is refused, by its cause."""

from __future__ import annotations

import hmac
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import Any, Final

import orjson
import pytest
from starlette.responses import JSONResponse, Response

from services.console.roles import ROLES
from services.platform.browser.sign_in.provider import LEEWAY_S, MOST_BYTES, Provider
from services.platform.browser.sign_in.refusals import SignInRefused
from tests.services.platform.browser.sign_in.conftest import (
    BEGUN,
    CLIENT_ID,
    KNOWN,
    KNOWN_AT,
    Claims,
    FakeProvider,
    key_of,
    keys_page,
    signed,
)

SYMMETRIC: Final = {"kty": "oct", "k": "AAAA", "kid": "own"}


async def refused(provider: Provider) -> SignInRefused:
    """Why a code is worth nothing."""
    with pytest.raises(SignInRefused) as told:
        await provider.redeem("code", BEGUN)
    return told.value


def changed(**claims: Any) -> Callable[[Claims], str]:
    """A rightly signed token with other claims; None: without one."""
    return lambda right: signed({k: v for k, v in {**right, **claims}.items() if v is not None})


def by_hand(header: dict[str, Any], claims: Claims, secret: bytes | None) -> str:
    """A token as somebody forges it who has no key."""
    told = b".".join(
        urlsafe_b64encode(orjson.dumps(part)).rstrip(b"=") for part in (header, claims)
    )
    mac = hmac.digest(secret, told, sha256) if secret is not None else b""
    return f"{told.decode()}.{urlsafe_b64encode(mac).rstrip(b'=').decode()}"


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("wrap", [lambda role: role, lambda role: [role]])
async def test_a_token_that_holds_names_account_and_role(
    fake: FakeProvider, provider: Provider, role: str, wrap: Callable[[str], Any]
) -> None:
    """The role stands in its claim as it is, or alone in a list."""
    fake.token = changed(roles=wrap(role))

    who = await provider.redeem("code", BEGUN)

    assert (who.account, who.role) == ("u-1", role)
    assert 0 < who.ends - time.time() <= 300


def public_pem() -> bytes:
    """What everybody may have of the provider's key."""
    return bytes(key_of("own").as_pem(private=False))


@pytest.mark.parametrize(
    ("token", "code"),
    [
        pytest.param(lambda c: signed(c, "strangers"), "key_unknown", id="own key, own name"),
        pytest.param(
            lambda c: signed(c, "strangers", kid="own"), "signature_wrong", id="own key, its name"
        ),
        pytest.param(
            lambda c: signed(
                c, "strangers", kid="own", jwk=key_of("strangers").as_dict(private=False)
            ),
            "signature_wrong", id="own key in the header",
        ),
        pytest.param(
            lambda c: by_hand({"alg": "none"}, c, None), "algorithm_refused", id="alg none"
        ),
        pytest.param(
            lambda c: by_hand({"alg": "HS256", "kid": "own"}, c, public_pem()), "algorithm_refused",
            id="HS256 with the public key",
        ),
        pytest.param(lambda c: signed(c)[:-4] + "AAAA", "signature_wrong", id="a broken signature"),
        pytest.param(lambda _c: "a.b.c", "token_malformed", id="no token"),
        pytest.param(lambda _c: "a" * 20_000, "token_missing", id="too long"),
    ],
)  # fmt: skip
async def test_a_forged_token_signs_nobody_in(
    fake: FakeProvider, provider: Provider, token: Callable[[Claims], str], code: str
) -> None:
    """Signed by another key, by none, or by a secret that everybody knows."""
    fake.token = token

    assert (await refused(provider)).code == code


ROLES_OF_NOBODY: Final[tuple[object, ...]] = (
    None, [], "superuser", ["operator", "auditor"], {"operator": True}, "operator auditor", 1,
)  # fmt: skip


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"iss": "https://evil.example"}, "claim_wrong: got iss"),
        ({"iss": None}, "claim_wrong: got iss"),
        ({"aud": "another-client"}, "claim_wrong: got aud"),
        ({"aud": [CLIENT_ID, "another-client"]}, "claim_wrong: got"),
        ({"aud": None}, "claim_wrong: got aud"),
        ({"azp": "another-client"}, "claim_wrong: got azp"),
        ({"nonce": "another-session-s"}, "claim_wrong: got nonce"),
        ({"nonce": None}, "claim_wrong: got nonce"),
        ({"sub": None}, "claim_wrong: got sub"),
        ({"sub": "u" * 256}, "claim_wrong: got account"),
        ({"sub": "a\nforged line"}, "claim_wrong: got account"),
        ({"sub": ["u-1"]}, "claim_wrong: got sub"),
        ({"exp": None}, "claim_wrong: got exp"),
        ({"exp": "never"}, "claim_wrong: got exp"),
        ({"exp": 1_700_000_000}, "token_expired"),
        ({"iat": None}, "claim_wrong: got iat"),
        ({"iat": 4_000_000_000, "exp": 4_000_000_300}, "claim_wrong: got iat"),
        ({"nbf": 4_000_000_000}, "claim_wrong: got nbf"),
        ({"at_hash": "AAAA"}, "claim_wrong: got at_hash"),
        *(({"roles": roles}, "role_not_one") for roles in ROLES_OF_NOBODY),
    ],
)  # fmt: skip
async def test_a_token_with_another_claim_signs_nobody_in(
    fake: FakeProvider, provider: Provider, claims: Claims, code: str
) -> None:
    """Of another provider, client or session, too late, too early, no role or two."""
    fake.token = changed(**claims)

    told = await refused(provider)

    assert told.describe().startswith(code)
    assert told.account == ("u-1" if code == "role_not_one" else "")


@pytest.mark.parametrize(
    ("behind_s", "holds"),
    [(LEEWAY_S - 5, True), (LEEWAY_S + 5, False), (-LEEWAY_S + 5, True), (-LEEWAY_S - 5, False)],
)
async def test_clocks_may_differ_by_a_minute(
    fake: FakeProvider, provider: Provider, behind_s: int, holds: bool
) -> None:
    """A provider's clock is late or early; what has just ended has a session's seconds."""
    now = int(time.time()) - behind_s
    fake.token = changed(iat=now, exp=now)

    if holds:
        assert (await provider.redeem("code", BEGUN)).ends == now
    else:
        assert (await refused(provider)).code in {"token_expired", "claim_wrong"}


@pytest.mark.parametrize(
    ("path", "page", "code"),
    [
        ("/token", JSONResponse({"error": "invalid_grant"}, 400), "provider_denied"),
        ("/token", JSONResponse({}, 200), "token_missing"),
        ("/token", Response(b"[1]"), "token_missing"),
        ("/token", Response(b"{" * 200_000), "token_missing"),
        ("/token", Response(b" " * (MOST_BYTES + 1)), "provider_malformed"),
        ("/token", Response(b"", 302, {"Location": "http://127.0.0.1:1/"}), "provider_denied"),
        ("/token", Response(b"", 502), "provider_unreachable"),
        ("/keys", JSONResponse({}), "token_malformed"),
        ("/keys", JSONResponse({"keys": []}), "token_malformed"),
        ("/keys", JSONResponse({"keys": [1, None, {"kty": "EC"}]}), "token_malformed"),
        ("/keys", JSONResponse({"keys": [SYMMETRIC]}), "token_malformed"),
        (KNOWN_AT, JSONResponse({"issuer": "https://evil.example"}), "provider_malformed"),
        (KNOWN_AT, Response(b"<html>"), "provider_malformed"),
    ],
)  # fmt: skip
async def test_a_provider_that_answers_nonsense_signs_nobody_in(
    fake: FakeProvider, provider: Provider, path: str, page: Response, code: str
) -> None:
    """And says which kind."""
    fake.pages[path] = page

    assert (await refused(provider)).code == code


@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
@pytest.mark.parametrize(
    "url", ["http://192.0.2.1/x", "file:///etc/passwd", "http://u@127.0.0.1/", None, 7]
)
async def test_a_provider_sends_the_secret_over_no_network_in_clear(
    fake: FakeProvider, provider: Provider, name: str, url: object
) -> None:
    """An address that it names is used by HTTPS, or on this machine."""
    fake.pages[KNOWN_AT] = JSONResponse(KNOWN | {name: url})

    assert (await refused(provider)).code == "provider_malformed"
    assert fake.asked == [KNOWN_AT]


async def test_a_new_key_of_the_provider_counts_at_once(
    fake: FakeProvider, provider: Provider
) -> None:
    """And one that it has withdrawn no more."""
    await provider.redeem("code", BEGUN)
    fake.pages["/keys"] = keys_page("next")

    assert (await refused(provider)).code == "key_unknown"
    fake.token = lambda claims: signed(claims, "next")
    assert (await provider.redeem("code", BEGUN)).account == "u-1"
