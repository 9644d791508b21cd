"""An order of the owners on control: kinds, whose signatures, how one is made (log §6).

It is a JSON list of compact JWS (`referral-order+jwt`) over one and the same payload, one a
signatory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from contracts.encoding import canonical, parse_json
from contracts.errors import LogError
from contracts.keys.directory import SigningKey
from contracts.keys.jose import sign_jws, verify_jws
from contracts.keys.keyring import Signer
from contracts.log.orders.rulings import Named
from contracts.vocabulary.topics import MAX_ORDER_BYTES

ORDER: Final = "referral-order+jwt"
_MOST_SIGNATURES: Final = 16
OrderKind = Literal[
    "adopt_convention", "adopt_directory", "layout", "release", "discard", "erase", "desk_end",
]  # fmt: skip
KINDS: Final[tuple[str, ...]] = OrderKind.__args__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Order:
    """A verified order.

    Attributes:
        n: number, from 1, without gaps.
        start: instant from which it holds, seconds (`from` on the wire).
        payload: all its claims.
        digest: b64u(SHA-256(the raw value)); the next order names it as `prev`.
        target: digest of the convention or directory that it adopts, empty for other kinds.
        decisions: (partition, leaf) of each quarantined input that it releases or discards.
    """

    n: int
    kind: str
    start: int
    payload: dict[str, Any] = field(repr=False)
    digest: str
    target: str = ""
    decisions: Named = ()

    def decisions_of(self, partition: int) -> tuple[str, ...]:
        """The leaves that it names in one partition, in its order."""
        return tuple(leaf for number, leaf in self.decisions if number == partition)


@dataclass(frozen=True, slots=True)
class Owners:
    """Whose signatures, and how many, each kind of order needs; pinned in settings.

    Attributes:
        keys: kind of order -> kid -> public key.
        quorum: kind of order -> number of distinct keys that must sign.
        directory: keys whose signature a directory needs.
        parties: keys of the conventions' parties, of whose signatures a version needs a quorum.
        witnesses: how many must cosign a checkpoint at least, whatever a trust policy says
            (proof §5.1).
        policy_from: seconds; a trust policy in force was signed no earlier.
    """

    keys: Mapping[str, Mapping[str, SigningKey]]
    quorum: Mapping[str, int]
    directory: Mapping[str, SigningKey]
    parties: Mapping[str, SigningKey] = field(default_factory=dict)
    witnesses: int = 0
    policy_from: int = 0


def make_order(
    realm: str,
    kind: OrderKind,
    content: Mapping[str, Any],
    *,
    last: Order | None,
    start: int,
    signers: Sequence[Signer],
) -> bytes:
    """The value of a new order, signed by its owners.

    Args:
        content: `convention` (the file's text) and `signatures` (of its parties), `directory`
            (its digest), `shards` and `partitions`, `decisions` and `reason` (`rulings.ruling`),
            or `desk`, `successor` and `until` (`desk_end`).
        last: the order before, None for the first.
        start: instant from which it holds, seconds.
    """
    payload: dict[str, Any] = {
        "realm": realm, "n": last.n + 1 if last else 1, "kind": kind, "from": start, **content,
    }  # fmt: skip
    if last is not None:
        payload["prev"] = last.digest
    return canonical([sign_jws(payload, ORDER, signer) for signer in signers])


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
