"""The signatures of an order: one payload, signed by the quorum of its kind (log §6.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from contracts.encoding import parse_json
from contracts.errors import LogError
from contracts.keys.directory import SigningKey
from contracts.keys.jose import verify_jws
from contracts.vocabulary.topics import MAX_ORDER_BYTES

ORDER: Final = "referral-order+jwt"
_MOST_SIGNATURES: Final = 16


def signed_payload(
    value: bytes, owners: Mapping[str, Mapping[str, SigningKey]], quorum: Mapping[str, int]
) -> dict[str, Any]:
    """What the owners of its kind have ordered, wherever the order lies; its turn is not looked at.

    Args:
        owners: kind of order -> kid -> public key.
        quorum: kind of order -> number of distinct keys that must sign.

    Raises:
        LogError: `order_malformed`, `order_unsigned`.
        EnvelopeError: it is no such list, or a signature does not verify.
    """
    payload: dict[str, Any] | None = None
    keys = {kid: key for some in owners.values() for kid, key in some.items()}
    signed = set()
    for token in _tokens(value):
        if not isinstance(token, str):
            raise LogError("order_malformed", type(token).__name__, "compact JWS")
        claims, key = verify_jws(token, ORDER, keys, at=0, place="order", limit=MAX_ORDER_BYTES)
        if payload is not None and claims != payload:
            raise LogError("order_malformed", "two payloads", "one under all signatures")
        payload = claims
        signed.add(key.kid)
    payload = payload or {}
    kind = payload.get("kind")
    allowed = owners.get(kind, {}) if isinstance(kind, str) else {}
    if len(signed & set(allowed)) < max(1, quorum.get(str(kind), 1)):
        raise LogError("order_unsigned", "too few signatures of its owners", "the quorum")
    return payload


def _tokens(value: bytes) -> Sequence[Any]:
    tokens = parse_json(value, limit=MAX_ORDER_BYTES, place="order")
    if not isinstance(tokens, list) or not 1 <= len(tokens) <= _MOST_SIGNATURES:
        raise LogError("order_malformed", "another shape", "a list of 1 to 16 signatures")
    return tokens
