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
from contracts.envelope.receive import Delivery, open_delivery
from contracts.keys.jose import seal_jwe, sign_jws
from tests.contracts.envelope import kit


@lru_cache
def published() -> Published:
    """The sample event for three desks, as the router verified it."""
    return kit.route(kit.inbound(kit.three_addressees()))


def read(value: bytes | None) -> Delivery:
    """Open as the CRIP."""
    return open_delivery(value, cloudevent.headers(), kit.recipient_context("crip"))


def under_receipt(part: str) -> bytes:
    """A delivery of a part that the issuer's slip lists and the router's receipt confirms."""
    head, _, rest = part.partition(".")
    listed = [part_digest(head, sha256(rest.encode()))]
    data = orjson.loads(kit.deliver(published(), "crip").value)["data"]
    claims = orjson.loads(unb64u(data["slip"].split(".")[1])) | {"parts": listed}
    slip = sign_jws(claims, SLIP, kit.realm().signers["edu-s"])
    told = {"slip": digest(slip), "parts": listed, "clauses": {"FACTS": "R01"}}
    receipt = kit.sign_receipt(kit.receipt_claims(published(), "crip", **told))
    return cloudevent.write(
        cloudevent.of_event(claims), {"parts": [part], "receipt": receipt, "slip": slip}
    )


def own_part(*, desk: str = "crip", at: int = kit.NOW, **changes: Any) -> str:
    """A part for a desk in the sample event."""
    cover = published().event.cover
    key = kit.realm().directory.sealing_key(kit.realm().urn(desk), "P30", at)
    fields = {"cat": "FACTS", "evt": cover.jti, "iss": cover.iss} | changes
    return seal_part({"text": "x"}, key=key, random=kit.Seeded("p"), **fields)


def headed(data: bytes) -> str:
    """A part whose header is these bytes: what an issuer without scruples would publish."""
    return f"{b64u(data)}.{own_part().partition('.')[2]}"


def hand_sealed(plaintext: bytes) -> str:
    """A part whose header is right and whose plaintext is anything at all."""
    cover = published().event.cover
    key = kit.realm().directory.sealing_key(kit.realm().urn("crip"), "P30", kit.NOW)
    header = {
        "aud": key.owner, "cat": "FACTS", "cty": "json", "evt": cover.jti, "iss": cover.iss,
        "pth": digest(plaintext), "typ": "referral-part+jwe",
    }  # fmt: skip
    return seal_jwe(plaintext, header, key, kit.Seeded("p"))


def inner(**changes: Any) -> dict[str, Any]:
    """The plaintext of a part before padding."""
    cover = published().event.cover
    return {
        "body": {"text": "x"}, "cat": "FACTS", "evt": cover.jti, "iss": cover.iss,
        "salt": b64u(bytes(16)), **changes,
    }  # fmt: skip
