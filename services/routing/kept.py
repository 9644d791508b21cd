"""What quarantine keeps, told without its bytes: code, size, hash, decision."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
from aiokafka import TopicPartition

from contracts import topics
from contracts.envelope.wire import Inbound
from services.shell.reader import LogReader


async def entries(bootstrap: str, realm: str, **client: Any) -> list[dict[str, Any]]:
    """Every quarantined record of a realm, with where it was read and its record in the log.

    Returns:
        `decision` (leaf), `code`, `bytes`, `sha256` (hex, of the raw value), `null`, `topic`,
        `offset`, `partition`, and of the log `index` and `at` (seconds).

    Raises:
        UnreachableError: Kafka did not answer in time.
    """
    kept: list[Inbound] = []
    log: dict[str, dict[str, Any]] = {}
    names = (topics.quarantine(realm), topics.decisions(realm))
    places = [TopicPartition(name, number) for name in names for number in range(topics.PARTITIONS)]
    async with LogReader(bootstrap, **client) as reader:
        async for batch in reader.read(dict.fromkeys(places)):
            if batch[0].topic == topics.quarantine(realm):
                kept += batch
            else:
                log.update({_key(one): orjson.loads(one.value or b"{}") for one in batch})
    found = [_entry(record, log.get(_key(record), {})) for record in kept]
    return sorted(found, key=lambda one: (one["partition"], one["index"]))


def _entry(record: Inbound, decided: dict[str, Any]) -> dict[str, Any]:
    headers = dict(record.headers)
    source = orjson.loads(headers.get("source") or b"{}")
    value = record.value or b""
    return {
        "decision": _key(record), "code": (headers.get("code") or b"").decode("latin-1"),
        "bytes": len(value), "sha256": hashlib.sha256(value).hexdigest(),
        "null": headers.get("null") == b"1", "topic": source.get("topic", ""),
        "offset": source.get("offset", -1), "partition": record.partition,
        "index": decided.get("index", -1), "at": decided.get("at", -1),
    }  # fmt: skip


def _key(record: Inbound) -> str:
    return (record.key or b"").decode("latin-1")
