"""The frozen log of an older release (`tests/vectors/old_log`), as newer code must be able to read it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.conventions import shipped
from contracts.encoding import b64u, sha256, unb64u
from contracts.envelope.wire import Inbound
from contracts.keys.directory import SigningKey
from contracts.keys.keyring import Ed25519Signer, HeldSigners
from contracts.log.orders.order import KINDS, Owners
from contracts.log.routing.partition_router import RouterKeys
from contracts.vocabulary import topics

REALM: Final = "civil"
FOLDER: Final = Path(__file__).parents[2] / "vectors" / "old_log"


@cache
def facts() -> dict[str, Any]:
    """Keys, the clock, and where each partition stood."""
    found: dict[str, Any] = json.loads((FOLDER / "facts.json").read_text())
    return found


@cache
def records() -> tuple[Inbound, ...]:
    """Everything, topic by topic, in order."""
    return tuple(_records((FOLDER / "log.jsonl").read_text(encoding="utf-8").splitlines()))


def of(topic: str, partition: int | None = None) -> list[Inbound]:
    """The records of a topic, of one partition or of all."""
    return [one for one in records() if one.topic == topic and partition in (None, one.partition)]


def in_flight(partition: int) -> list[Inbound]:
    """What stood in the outboxes and was not routed."""
    return [one for one in records() if ".outbox." in one.topic and one.partition == partition]


def evidence(partition: int) -> dict[str, bytes]:
    """Leaf -> evidence."""
    found = of(topics.evidence(REALM), partition)
    return {(one.key or b"").decode(): one.value or b"" for one in found}


def owners() -> Owners:
    """Who might order then; its convention was adopted before parties signed."""
    keys = {name: _key(facts()[name]) for name in ("owner", "keeper")}
    owner, keeper = keys["owner"], keys["keeper"]
    return Owners(
        {kind: {owner.kid: owner} for kind in KINDS},
        dict.fromkeys(KINDS, 1),
        {keeper.kid: keeper},
        trusted=frozenset([b64u(sha256(shipped()))]),
    )


def router_keys() -> RouterKeys:
    """What the old router held."""
    row = facts()["router"]
    private = Ed25519PrivateKey.from_private_bytes(unb64u(row["d"]))
    signer = Ed25519Signer(row["kid"], row["owner"], private)
    return RouterKeys(HeldSigners(signer), unb64u(facts()["routing_secret"]))


def _key(row: dict[str, str]) -> SigningKey:
    return SigningKey(row["kid"], "Ed25519", row["owner"], unb64u(row["x"]), 0, 2**40)


def _records(lines: Iterable[str]) -> Iterable[Inbound]:
    for line in lines:
        row = json.loads(line)
        yield Inbound(
            row["topic"], row["partition"], row["offset"],
            row["key"].encode() if row["key"] is not None else None, row["value"].encode(),
            tuple((name, value.encode()) for name, value in row["headers"]), row["at_ms"],
        )  # fmt: skip
