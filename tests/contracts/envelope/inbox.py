"""Deliveries, sound and forged, and a desk that reads them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import orjson

from contracts.encoding import b64u, digest, part_digest, sha256, unb64u
from contracts.envelope import cloudevent
from contracts.envelope.event import Published
from contracts.envelope.limits import SLIP
from contracts.envelope.part import seal_part
from contracts.envelope.receive import Opened, RecipientContext, open_delivery
from contracts.envelope.verify import verify_published
from contracts.keys.jose import seal_jwe, sign_jws
from tests.contracts.envelope import kit


@lru_cache
def published(seed: str = "event") -> Published:
    """The sample event for three desks, as the router verified it."""
    return verify_published(kit.inbound(kit.three_addressees(seed=seed)), kit.router_context())


def read(value: bytes | None, desk: str = "crip", **changes: Any) -> Opened:
    """Open as a desk."""
    context: RecipientContext = kit.recipient_context(desk, **changes)
    return open_delivery(value, cloudevent.headers(), context)


def delivered(seed: str = "event", desk: str = "crip") -> dict[str, Any]:
    """The data of a sound delivery, to be changed."""
    data: dict[str, Any] = orjson.loads(kit.deliver(published(seed), desk).value)["data"]
    return data


def value(data: dict[str, Any]) -> bytes:
    """A delivery of these tokens, its shell as the slip wants it."""
    claims = orjson.loads(unb64u(data["slip"].split(".")[1]))
    return cloudevent.write(cloudevent.of_event(claims), data)


def receipt(seed: str = "event", desk: str = "crip", **changes: Any) -> str:
    """A receipt that the router signs, with other claims."""
    return kit.sign_receipt(kit.receipt_claims(published(seed), desk, **changes))


def under_receipt(*parts: str, listed: bool = True, cats: tuple[str, ...] = ("FACTS",)) -> bytes:
    """A delivery of these parts that the issuer's slip lists and the router's receipt confirms."""
    digests = []
    for part in parts:
        head, _, rest = part.partition(".")
        digests.append(part_digest(head, sha256(rest.encode())))
    claims = orjson.loads(unb64u(delivered()["slip"].split(".")[1]))
    if listed:
        claims["parts"] = sorted(digests)
    slip = sign_jws(claims, SLIP, kit.realm().signers["edu-s"])
    token = receipt(slip=digest(slip), parts=sorted(digests), clauses=dict.fromkeys(cats, "R01"))
    return value({"parts": list(parts), "receipt": token, "slip": slip})


def own_part(body: dict[str, Any] | None = None, *, desk: str = "crip", **changes: Any) -> str:
    """A part for a desk in the sample event."""
    cover = published().event.cover
    key = kit.realm().directory.sealing_key(kit.realm().urn(desk), "P30", kit.NOW)
    fields = {"cat": "FACTS", "evt": cover.jti, "iss": cover.iss} | changes
    return seal_part(body or {"text": "x"}, key=key, random=kit.Seeded("p"), **fields)


def hand_sealed(plaintext: bytes, **changes: Any) -> str:
    """A part whose header is right and whose plaintext is anything at all."""
    cover = published().event.cover
    key = kit.realm().directory.sealing_key(kit.realm().urn("crip"), "P30", kit.NOW)
    header = {
        "aud": key.owner, "cat": "FACTS", "cty": "json", "evt": cover.jti, "iss": cover.iss,
        "pth": digest(plaintext), "typ": "referral-part+jwe",
    }  # fmt: skip
    return seal_jwe(plaintext, header | changes, key, kit.Seeded("p"))


def inner(**changes: Any) -> dict[str, Any]:
    """The plaintext of a part before padding."""
    cover = published().event.cover
    content = {
        "body": {"text": "x"}, "cat": "FACTS", "evt": cover.jti, "iss": cover.iss,
        "salt": b64u(bytes(16)),
    }  # fmt: skip
    return content | changes
