"""`/asyncapi.json` of a service: what FastStream generates of its subscriptions, completed.

FastStream knows the servers, their security and the topics that its subscribers read. It names every
message alike, shows a batch as one and knows neither headers nor keys nor what is written in Kafka
transactions or read by offset: messages are described here, the other topics come from the
caller. The official parser holds the result to AsyncAPI 3.0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from faststream.specification import AsyncAPI
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from contracts.envelope.model import Cover, PartHeader, Receipt, Slip
from contracts.vocabulary.events.notices import NOTICES
from services.platform.kafka.reading.subscription import Subscription

Schema = dict[str, Any]
# kind of topic -> messages on it
MESSAGES: Final[dict[str, tuple[str, ...]]] = {
    "outbox": ("published",),
    "inbox": ("delivered", "notice"),
    "decisions": ("record",),
    "evidence": ("evidence",),
    "control": ("order", "page"),
    "quarantine": ("quarantined",),
}
_REF: Final = "#/components/schemas/{model}"
_TEXT: Final = {"type": "string"}
_DIGEST: Final = {"type": "string", "pattern": "^[A-Za-z0-9_-]{43}$"}
_JWS: Final = {
    "type": "string",
    "description": "Compact JWS (RFC 7515).",
    "pattern": r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$",
}
_JWE: Final = {
    "type": "string",
    "description": "Compact JWE (RFC 7516), one a scope and desk; its header is `PartHeader`.",
}
_KEY: Final = {
    **_DIGEST,
    "description": "Digest of the cover, slip or notice: unique, and no pseudonym of a case.",
}
_LEAF: Final = {**_DIGEST, "description": "Leaf of the record (RFC 6962)."}
_CLOUDEVENT: Final = "application/cloudevents+json"


_PARTS: Final = {"type": "array", "items": _JWE, "description": "Sealed parts, in any order."}
_EVIDENCE: Final = {
    "type": "object",
    "required": ["effects", "salt"],
    "properties": {
        "effects": {"type": "array", "items": {"type": "object"}},
        "salt": {**_TEXT, "description": "16 random bytes, base64url."},
    },
}
_SIGNED: Final[dict[str, tuple[type[BaseModel], ...]]] = {
    "published": (Cover, Slip, PartHeader),
    "delivered": (Slip, Receipt, PartHeader),
    "notice": tuple(NOTICES.values()),
}
Document = dict[str, Any]
_BINDING: Final = "0.5.0"  # version of AsyncAPI's Kafka binding
_DESCRIPTION: Final = (
    "CloudEvents 1.0 in structured JSON on the outboxes and inboxes, canonical JSON on the others "
    "(docs/specification: envelope 6, log). Whoever reads uses the isolation level "
    "`read_committed`: what an aborted transaction left behind was never published."
)
_PARTITION: Final = (
    "The writer sets the partition: the first four bytes, big-endian, of "
    "HMAC-SHA-256(HKDF-SHA-256(routing secret, info = frames(relais, partition, realm)), "
    "frames(case token)), modulo {partitions}. The router refuses another."
)


def components(kinds: Iterable[str]) -> Schema:
    """`components` with the named messages and all schemas that they and their tokens have."""
    chosen = {kind: _MESSAGES[kind] for kind in kinds}
    models: list[type[BaseModel]] = []
    for kind in chosen:
        models += _SIGNED.get(kind, ())
    schemas: Schema = {}
    if models:
        asked = [(model, "validation") for model in dict.fromkeys(models)]
        _, definitions = models_json_schema(asked, ref_template=_REF)  # type: ignore[arg-type]
        schemas = definitions["$defs"]
    return {"messages": chosen, "schemas": schemas}


def _object(members: Mapping[str, Any], optional: Iterable[str] = (), **more: Any) -> Schema:
    """A closed object."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": sorted(set(members) - set(optional)),
        "properties": dict(members),
        **more,
    }


def _event(title: str, summary: str, kind: str, data: Schema, **headers: Any) -> Schema:
    """A CloudEvent whose data are tokens."""
    payload = _object({
        "specversion": {"const": "1.0"},
        "id": {**_TEXT, "description": "Id of the event or notice (UUIDv7)."},
        "source": {**_TEXT, "description": "Urn of the desk or router that wrote it."},
        "subject": {**_TEXT, "description": "Case token."},
        "time": {**_TEXT, "description": "Instant of issue, RFC 3339 in UTC."},
        "type": {**_TEXT, "pattern": f"^relais\\.{kind}\\.", "description": "Type of the event."},
        "datacontenttype": {"const": "application/json"},
        "data": data,
    })  # fmt: skip
    names = {"content-type": {"const": _CLOUDEVENT}, **headers}
    return _message(title, summary, _CLOUDEVENT, payload, _KEY, names)


def _message(
    title: str,
    summary: str,
    media: str,
    payload: Schema,
    key: Schema | None,
    headers: Mapping[str, Any],
) -> Schema:
    bindings = {"bindings": {"kafka": {"key": key, "bindingVersion": "0.5.0"}}} if key else {}
    return {
        "title": title,
        "summary": summary,
        "contentType": media,
        "headers": {"type": "object", "properties": dict(headers)},
        "payload": payload,
        **bindings,
    }


_RECORD: Final = _object(
    {
        "realm": _TEXT,
        "partition": {"type": "integer", "minimum": 0},
        "index": {"type": "integer", "minimum": 0, "description": "Without gaps from 0."},
        "prev": {**_TEXT, "description": "Leaf of the record before; empty in the first."},
        "at": {"type": "integer", "description": "Instant, seconds; never falls."},
        "kind": {**_TEXT, "description": "What happened (log 2.1)."},
        "evd": {**_DIGEST, "description": "SHA-256 of the evidence."},
        "outs": {"type": "array", "items": _DIGEST, "description": "Of receipts and notices."},
        "convd": {**_DIGEST, "description": "Convention in force."},
        "dird": {**_DIGEST, "description": "Directory in force."},
        "cover": {**_DIGEST, "description": "Of a verified cover."},
        "src": {"type": "object", "description": "Where the input was read."},
    },
    ("convd", "dird", "cover", "src"),
)
_MESSAGES: Final[dict[str, Schema]] = {
    "published": _event(
        "An event for the router", "Cover, slips and sealed parts of one event.", "event",
        _object({
            "cover": {**_JWS, "description": "JWS of `Cover`."},
            "slips": {"type": "array", "items": {**_JWS, "description": "JWS of `Slip`."}},
            "parts": _PARTS,
        }),
        idem={**_TEXT, "description": "HMACs of idempotency key and body; the agency's own."},
        unsent={**_TEXT, "description": "Desks that got nothing; sealed for the agency itself."},
    ),
    "delivered": _event(
        "What one desk receives", "Its slip, its parts and the router's receipt.", "event",
        _object({
            "slip": {**_JWS, "description": "JWS of `Slip`."},
            "parts": _PARTS,
            "receipt": {**_JWS, "description": "JWS of `Receipt`."},
        }),
    ),
    "notice": _event(
        "The router's word to one desk", "What became of an event or a duty.", "notice",
        _object({"notice": {**_JWS, "description": "JWS of one of the notices."}}),
    ),
    "record": _message(
        "A record of the log", "Chained and kept for ever; says nothing of a child.",
        "application/json", _RECORD, _LEAF,
        {"sig": {**_TEXT, "description": "Of the last in a transaction: kid, signature of the leaf."}},
    ),
    "evidence": _message(
        "The evidence of a record", "What it was decided by; may be erased.",
        "application/json", _EVIDENCE, _LEAF, {},
    ),
    "order": _message(
        "An order of the owners", "A list of signatures over one payload.", "application/json",
        {"type": "array", "items": _JWS, "minItems": 1, "maxItems": 16}, None, {},
    ),
    "page": _message(
        "A page of the directory", "Some desks with their keys; an order adopts what names it.",
        "application/jose", _JWS, {**_DIGEST, "description": "Digest of the value."}, {},
    ),
    "quarantined": _message(
        "What could not be routed", "The value as it came, byte for byte.",
        "application/octet-stream",
        {"type": "string", "format": "binary"}, _LEAF,
        dict.fromkeys(("code", "source", "null", "key", "fields"), _TEXT),
    ),
}  # fmt: skip


def generated(subscription: Subscription) -> Document:
    """FastStream's own document of a subscription."""
    content: Document = AsyncAPI(subscription.broker).to_specification().to_jsonable()
    return content


def by_offset(bootstrap: str, *, secure: bool) -> Document:
    """What stands for `generated` in a service that subscribes to nothing and reads by offset."""
    schemes = {"securitySchemes": {"x509": {"type": "X509"}}} if secure else {}
    protocol = "kafka-secure" if secure else "kafka"
    servers = {host: {"host": host, "protocol": protocol} for host in bootstrap.split(",")}
    return {"asyncapi": "3.0.0", "servers": servers, "channels": {}, "components": schemes}


def document(
    base: Document,
    name: str,
    partitions: Mapping[str, int],
    *,
    reads: Iterable[str] = (),
    writes: Iterable[str] = (),
) -> Document:
    """The document of a service.

    Args:
        base: FastStream's own: servers, security, and the topics that its subscribers read.
        name: of the service.
        partitions: realm -> how many its topics have.
        reads: further topics, which are read by offset.
        writes: topics that are written in transactions.
    """
    subscribed = [channel["address"] for channel in base["channels"].values()]
    read, written = sorted({*subscribed, *reads}), sorted(writes)
    kinds = sorted({kind for topic in (*read, *written) for kind in MESSAGES[kind_of(topic)]})
    servers = _servers(base)
    return {
        "asyncapi": base["asyncapi"],
        "info": {"title": f"Relais · {name}", "version": "1", "description": _DESCRIPTION},
        "defaultContentType": "application/json",
        "servers": servers,
        "channels": {
            topic: _channel(topic, partitions[topic.split(".")[1]], servers)
            for topic in sorted({*read, *written})
        },
        "operations": {
            **{f"read:{topic}": _operation("receive", topic) for topic in read},
            **{f"write:{topic}": _operation("send", topic) for topic in written},
        },
        "components": components(kinds) | _security(base),
    }


def _servers(base: Mapping[str, Any]) -> Document:
    """The servers as FastStream has them, named by number; security by reference."""
    schemes = _security(base).get("securitySchemes", {})
    secured = [{"$ref": f"#/components/securitySchemes/{name}"} for name in sorted(schemes)]
    return {
        f"kafka{number}": {
            "host": server["host"],
            "protocol": server["protocol"],
            "description": "Apache Kafka.",
            **({"security": secured} if secured else {}),
        }
        for number, server in enumerate(base["servers"].values(), 1)
    }


def _security(base: Mapping[str, Any]) -> Document:
    schemes = base.get("components", {}).get("securitySchemes")
    return {"securitySchemes": schemes} if schemes else {}


def kind_of(topic: str) -> str:
    """`outbox` of `relais.civil.outbox.police`."""
    return topic.split(".")[2]


def _channel(topic: str, partitions: int, servers: Mapping[str, Any]) -> Document:
    is_control = kind_of(topic) == "control"
    return {
        "address": topic,
        "description": "One partition, in order."
        if is_control
        else _PARTITION.format(partitions=partitions),
        "servers": [{"$ref": f"#/servers/{name}"} for name in servers],
        "messages": {
            name: {"$ref": f"#/components/messages/{name}"} for name in MESSAGES[kind_of(topic)]
        },
        "bindings": {
            "kafka": {
                "topic": topic,
                "partitions": 1 if is_control else partitions,
                "bindingVersion": _BINDING,
            }
        },
    }


def _operation(action: str, topic: str) -> Document:
    summary = "Read with `read_committed`" if action == "receive" else "Write in a transaction"
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{topic}"},
        "summary": f"{summary}.",
        "messages": [
            {"$ref": f"#/channels/{topic}/messages/{name}"} for name in MESSAGES[kind_of(topic)]
        ],
    }
