"""The floor of routing one event: the primitives that envelope §7 makes it owe, straight down.

Verify the cover, hash and re-encode all that is listed, sign receipts and notice, hash record and
evidence. No rules, no state, no checks of schema: what is left is what no router can save.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from contracts.envelope.wire import Inbound
from contracts.keys.keyring import MemorySigner
from contracts.log.entry import Entry
from contracts.log.routing.batch import Batch
from tests.contracts.envelope import kit


@dataclass(frozen=True)
class Owed:
    """One event with all that routing made of it, so that the floor handles the same bytes."""

    inbound: Inbound
    entry: Entry
    delivered: tuple[dict[str, Any], ...]


def owed(records: Sequence[Inbound], batches: Sequence[Batch]) -> list[Owed]:
    """Pair each record with its entry and the messages that left."""
    written = [settled.entry for batch in batches for settled in batch.settled]
    entries = [entry for entry in written if entry.kind == "decided"]
    inbox = [
        orjson.loads(row.value) for batch in batches for row in batch.out if ".inbox." in row.topic
    ]
    ordered = sorted(records, key=lambda record: (record.partition, record.offset))
    found, at = [], 0
    for record, entry in zip(ordered, entries, strict=True):
        count = len(entry.messages)
        found.append(Owed(record, entry, tuple(inbox[at : at + count])))
        at += count
    return found


def run(work: Sequence[Owed]) -> None:
    """The floor for a list of events."""
    here = kit.realm()
    signer = here.router
    public = {
        kid: Ed25519PublicKey.from_public_bytes(key.public)
        for kid, key in here.directory.signing.items()
    }
    for one in work:
        _take(one.inbound, public)
        _give(one, signer)


def _take(inbound: Inbound, public: dict[str, Ed25519PublicKey]) -> None:
    data = orjson.loads(inbound.value or b"")["data"]
    cover: str = data["cover"]
    head, body, tail = cover.split(".")
    kid = orjson.loads(_decode(head))["kid"]
    public[kid].verify(_decode(tail), f"{head}.{body}".encode())
    claims = _canonical(_decode(body))
    hashlib.sha256(cover.encode()).digest()
    for slip, entry in zip(data["slips"], claims["to"], strict=True):
        hashlib.sha256(slip.encode()).digest()
        base64.urlsafe_b64encode(_dump(claims | entry))
    for part in data["parts"]:
        first, _, rest = part.partition(".")
        inner = hashlib.sha256(first.encode()).digest() + hashlib.sha256(rest.encode()).digest()
        base64.urlsafe_b64encode(hashlib.sha256(inner).digest())
        _canonical(_decode(first))


def _give(one: Owed, signer: MemorySigner) -> None:
    entry = one.entry
    for message, value in zip(entry.messages, one.delivered, strict=True):
        text = _dump(message.payload)
        hashlib.sha256(text).digest()
        payload = base64.urlsafe_b64encode(text)
        base64.urlsafe_b64encode(signer.sign(payload))
        hashlib.sha256(_dump(value)).digest()
    hashlib.sha256(_dump(orjson.loads(entry.evidence))).digest()
    hashlib.sha256(_dump(orjson.loads(entry.record))).digest()


def _canonical(data: bytes) -> dict[str, Any]:
    value: dict[str, Any] = orjson.loads(data)
    if _dump(value) != data:
        raise ValueError("not canonical")
    return value


def _dump(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
