"""The section `webhooks` of `/openapi.json` (OpenAPI 3.1): what a desk's own receiver is posted, and what it answers.

The body is the model that the sender fills (webhooks §2); headers and statuses are those of webhooks §3 and §5.
"""

from __future__ import annotations

from typing import Any, Final

ARRIVAL: Final = "inbox.arrival"
_HEADERS: Final = {  # name -> pattern, example, what it is
    "webhook-id": (
        "^msg_[A-Za-z0-9_-]{24}$",
        "msg_q0fP0nM1yG2tS8dQm4vXhWc7",
        "The same for each try of a message: pass over one that you know.",
    ),
    "webhook-timestamp": (
        "^[0-9]+$",
        "1788760800",
        "Instant of this try, seconds; refuse one that is more than five minutes off.",
    ),
    "webhook-signature": (
        "^v1a?,[A-Za-z0-9+/=]+( [^ ]+)*$",
        f"v1a,{'A' * 86}== v1,{'A' * 43}=",
        "Of the bytes `id.timestamp.body`: Ed25519 (`v1a`) and HMAC-SHA-256 (`v1`), either suffices.",
    ),
}
_ANSWERS: Final = {
    "2XX": "Taken; the body is not read",
    "410": "You want no more: nothing is posted until `POST /v1/webhook/resume`",
    "429": "Later, after `Retry-After`; 502, 504 and no answer within 15 s mean the same",
    "default": "Not taken: it is tried again, ten times in 75 hours; no redirect is followed",
}


def webhooks(schema: str) -> dict[str, Any]:
    """The section.

    Args:
        schema: reference to the body's.
    """
    posted = {
        "operationId": "receive_arrival",
        "tags": ["webhooks"],
        "summary": "Be told of an arrival",
        "description": "Something has arrived in the desk's inbox.\n\nPosted to the address that the operator of the "
        "service has set for the desk, at least once, by Standard Webhooks: verify the bytes as they came, before "
        "they are parsed. It names the event and never what it holds.",
        "parameters": [
            {
                "name": name, "in": "header", "required": True, "description": told,
                "schema": {"type": "string", "pattern": pattern}, "example": example,
            }
            for name, (pattern, example, told) in _HEADERS.items()
        ],
        "requestBody": {
            "required": True,
            "description": "Canonical JSON (RFC 8785).",
            "content": {"application/json": {"schema": {"$ref": schema}}},
        },
        "responses": {status: {"description": told} for status, told in _ANSWERS.items()},
        "security": [],
    }  # fmt: skip
    return {ARRIVAL: {"post": posted}}
