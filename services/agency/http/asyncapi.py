"""`/asyncapi.json`: the topics that an agency writes and reads, as AsyncAPI 3.0.

FastStream's own document names every message alike, shows batches as arrays and hides headers; this
one is made from the contracts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from contracts.envelope.model import Cover, Receipt, Slip
from contracts.vocabulary import topics
from contracts.vocabulary.events import notices

MEDIA_TYPE: Final = "application/cloudevents+json"
_TOKEN: Final = {"type": "string", "description": "compact JWS (RFC 7515)"}
_PARTS: Final = {
    "type": "array",
    "items": {"type": "string", "description": "compact JWE (RFC 7516), one a scope and desk"},
}
_KEY: Final = {"type": "string", "description": "digest of cover, slip or notice; no pseudonym"}


def document(
    agency: str, realms: Iterable[str], inboxes: Mapping[str, tuple[str, str]]
) -> dict[str, Any]:
    """The document of one agency.

    Args:
        inboxes: topic -> (realm, desk).
    """
    outboxes = [topics.outbox(realm, agency) for realm in sorted(realms)]
    channels = {name: _channel(name, ("published",)) for name in outboxes}
    channels |= {name: _channel(name, ("delivered", "notice")) for name in sorted(inboxes)}
    operations = {f"publish:{name}": _operation("send", name) for name in outboxes}
    operations |= {f"read:{name}": _operation("receive", name) for name in sorted(inboxes)}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": f"Relais · {agency}",
            "version": "1",
            "description": "CloudEvents 1.0, structured JSON. The partition is a keyed hash of the "
            "case token and always explicit; code reads the tokens only.",
        },
        "defaultContentType": MEDIA_TYPE,
        "channels": channels,
        "operations": operations,
        "components": {"messages": _messages(), "schemas": _schemas()},
    }


def _channel(name: str, messages: Iterable[str]) -> dict[str, Any]:
    return {
        "address": name,
        "messages": {one: {"$ref": f"#/components/messages/{one}"} for one in messages},
        "bindings": {"kafka": {"topic": name, "partitions": topics.PARTITIONS}},
    }


def _operation(action: str, name: str) -> dict[str, Any]:
    return {"action": action, "channel": {"$ref": f"#/channels/{name}"}}


def _messages() -> dict[str, Any]:
    published = {"cover": _TOKEN, "slips": {"type": "array", "items": _TOKEN}, "parts": _PARTS}
    delivered = {"slip": _TOKEN, "parts": _PARTS, "receipt": _TOKEN}
    idem = {"type": "string", "description": "HMACs of idempotency key and body, canonical JSON"}
    return {
        "published": _message("An event for the router", "relais.event.*", published, idem=idem),
        "delivered": _message("What one desk receives", "relais.event.*", delivered),
        "notice": _message("The router's word", "relais.notice.*", {"notice": _TOKEN}),
    }


def _message(title: str, kind: str, data: Mapping[str, Any], **headers: Any) -> dict[str, Any]:
    text = {"type": "string"}
    shell: dict[str, Any] = {
        "specversion": {"const": "1.0"}, "id": text, "source": text, "subject": text,
        "time": {"type": "string", "format": "date-time"},
        "type": {"type": "string", "description": kind},
        "datacontenttype": {"const": "application/json"},
        "data": {
            "type": "object", "additionalProperties": False, "required": sorted(data),
            "properties": dict(data),
        },
    }  # fmt: skip
    return {
        "title": title,
        "contentType": MEDIA_TYPE,
        "headers": {
            "type": "object",
            "properties": {"content-type": {"type": "string"}, **headers},
        },
        "payload": {
            "type": "object", "additionalProperties": False, "required": sorted(shell),
            "properties": shell,
        },
        "bindings": {"kafka": {"key": _KEY}},
    }  # fmt: skip


def _schemas() -> dict[str, Any]:
    """What the tokens hold: signed payloads, shown for reading, never sent bare."""
    shown: dict[str, Any] = {
        name: model.model_json_schema()
        for name, model in (("cover", Cover), ("slip", Slip), ("receipt", Receipt))
    }
    return shown | {f"notice.{kind}": schema for kind, schema in notices.schema().items()}
