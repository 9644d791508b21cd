"""`/asyncapi.json` of a service: what FastStream generates of its subscriptions, completed.

FastStream knows the servers, their security and the topics that its subscribers read. It names every
message alike, shows a batch as one and knows neither headers nor keys nor what is written in Kafka
transactions or read by offset: messages come from `message_schemas.py`, the other topics from the
caller. The official parser holds the result to AsyncAPI 3.0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from faststream.specification import AsyncAPI

from services.platform.kafka.message_schemas import MESSAGES, components
from services.platform.kafka.reading.subscription import Subscription

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
