"""An event as a log knows it, without what only its recipients could open.

Its cover is signed and its parts have heads of the form; but their ciphertext, and the slips, are random bytes
that nobody made anything of. A log keeps their digests alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from contracts.encoding import b64u, canonical, digest, event_id, part_digest, sha256
from contracts.envelope.event import Event, Head
from contracts.envelope.issue import Recipient
from contracts.envelope.limits import COVER, PART
from contracts.envelope.model import MAX_LIFETIME, Cover
from contracts.keys.directory import Directory
from contracts.keys.jose import sign_text
from contracts.keys.keyring import Ed25519Signer
from contracts.vocabulary.conditions import Declared
from contracts.vocabulary.schema import LeftOut, Linked, Ref, router_urn
from tests.contracts.envelope.kit import Seeded

_HEAD: Final = (
    '{"alg":"ECDH-ES+A256KW","aud":"%s","cat":"%s","cty":"json","enc":"A256GCM","epk":{"crv":"X25519",'
    '"kty":"OKP","x":"%s"},"evt":"%s","iss":"%s","kid":"%s","pth":"%s","typ":"' + PART + '"}'
)


def drawn(
    *, signer: Ed25519Signer, directory: Directory, etype: str, convd: str, sub: str, to: Sequence[Recipient],
    at_ms: int, random: Seeded, prev: str | None, facts: Mapping[str, Any], declared: Declared | None = None,
    linked: Linked | None = None, ends: Sequence[Ref] = (), attempt: bool = False,
    left_out: Sequence[LeftOut] = (),
) -> tuple[Event, bytes, tuple[tuple[str, bytes], ...]]:  # fmt: skip
    """An event, what stands for its bytes, and no headers; arguments as `issue` has them."""
    at, jti, iss = at_ms // 1000, event_id(at_ms, random(10)), signer.owner
    by_desk = [_heads(one, jti, iss, directory, at, random) for one in to]
    entries = [_entry(one, heads, random) for one, heads in zip(to, by_desk, strict=True)]
    claims: dict[str, Any] = {
        "aud": router_urn(directory.realm), "convd": convd, "etype": etype, "exp": at + MAX_LIFETIME,
        "iat": at, "iss": iss, "jti": jti, "realm": directory.realm, "sub": sub, "to": entries, **facts,
    }  # fmt: skip
    optional: dict[str, Any] = {
        "declared": declared.wire() if declared is not None else None,
        "linked": linked.wire() if linked is not None else None,
        "ends": [ref.wire() for ref in ends], "attempt": attempt,
        "left_out": [left.wire() for left in left_out], "prev": prev,
    }  # fmt: skip
    text = canonical(claims | {name: value for name, value in optional.items() if value})
    token = sign_text(text, COVER, signer)
    heads = tuple(head for own in by_desk for head in own)
    return Event(Cover.model_validate_json(text), token, digest(token), heads), token.encode(), ()


def _heads(
    recipient: Recipient, jti: str, iss: str, directory: Directory, at: int, random: Seeded
) -> list[Head]:
    """Of the parts of one addressee, in the order of their digests."""
    found = []
    for scope in recipient.bodies:
        kid = _kid(directory, recipient.desk, recipient.retention, at // 86_400)
        x, rest = b64u(random(32)[:31] + b"\x01"), sha256(random(32))
        head = b64u((_HEAD % (recipient.desk, scope, x, jti, iss, kid, x)).encode())
        found.append(Head(part_digest(head, rest), head, b64u(rest), recipient.desk, scope, kid, x))
    return sorted(found)


def _entry(recipient: Recipient, heads: list[Head], random: Seeded) -> dict[str, Any]:
    entry: dict[str, Any] = {"desk": recipient.desk, "slip": b64u(random(32))}
    if recipient.purpose is not None:
        entry["purpose"] = recipient.purpose
    if recipient.re:
        entry["re"] = [{"iss": ref.iss, "jti": ref.jti} for ref in recipient.re]
    if heads:
        entry["parts"] = [head.digest for head in heads]
    return entry


def _kid(directory: Directory, desk: str, retention: str, day: int) -> str:
    """The key that a desk is sealed for on a day: looked for once."""
    known = _KIDS.setdefault((directory.digest, day), {})
    if len(_KIDS) > _DAYS:
        del _KIDS[next(iter(_KIDS))]
    kid = known.get((desk, retention))
    if kid is None:
        kid = known[desk, retention] = directory.sealing_key(
            desk, retention, day * 86_400 + 43_200
        ).kid
    return kid


_DAYS: Final = 16  # of which kids are kept
_KIDS: dict[tuple[str, int], dict[tuple[str, str], str]] = {}
