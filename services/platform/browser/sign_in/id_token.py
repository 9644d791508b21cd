"""An ID token (OpenID Connect Core, section 2): whose, in which role, if all holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn

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

from services.platform.browser.sign_in.client import OidcClient
from services.platform.browser.sign_in.refusals import NO_ROLE, SignInRefused

# Of public keys alone: with HS256 whoever knows a public key could sign, and "none" signs nothing.
ALGORITHMS: Final = ("RS256", "PS256", "ES256")
LEEWAY_S: Final = 60  # by which two clocks may differ
LONGEST: Final = 255  # of an account's name (the same section)
MOST_CHARS: Final = 16_384  # of a token


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Whom the provider signed in.

    Attributes:
        ends: instant at which its word for it ends, in seconds.
    """

    account: str
    role: str
    ends: float


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
    account = claims.get(client.account_claim)
    if not isinstance(account, str) or not 0 < len(account) <= LONGEST or not account.isprintable():
        raise SignInRefused("claim_wrong", "account", "a name of at most 255 characters")
    return SignedIn(
        account, _one_role(claims.get(client.role_claim), client.roles, account), claims["exp"]
    )


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
    wanted = {
        "iss": {"essential": True, "value": client.issuer},
        "aud": {"essential": True, "value": client.id},
    }
    given = {"nonce": nonce, "client_id": client.id, "access_token": answer.get("access_token")}
    try:
        told = jwt.decode(token, _public_keys(keys), algorithms=ALGORITHMS)
        claims = CodeIDToken(told.claims, told.header, wanted, given)
        claims.validate(now, LEEWAY_S)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        _refuse(error)
    if claims["aud"] not in (client.id, [client.id]):  # nobody else's, too
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
