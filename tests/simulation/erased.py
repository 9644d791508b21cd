"""An erased case: when it may be erased, what must be nowhere of it then, and where that is."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final

import orjson

from contracts.envelope.wire import Inbound
from tests.contracts.envelope.kit import claims_of
from tests.simulation.federation import Federation
from tests.simulation.kafka import SimKafka
from tests.simulation.ledger import ledger_of
from tests.simulation.partners import Partners

COMPACTED: Final = ("evidence", "quarantine", "inbox", "outbox")


async def at_rest(kafka: SimKafka, partners: Partners, case: str) -> set[str]:
    """The events on a closed case and the answers to them, once all have arrived."""
    while True:
        seen = partners.seen
        own = {event for one in seen.accepted if one.case == case for event in one.events}
        partners.closed |= own
        cases = {case} | {f"{act} {event}" for event in own for act in ("ack", "outcome of")}
        events = {event for one in seen.accepted if one.case in cases for event in one.events}
        ledger = ledger_of(kafka.committed())
        ours = [one for one in ledger.published if one.event in events]
        arrived = {event for desk in seen.arrived.values() for _, event in desk}
        sent = {one.slip["jti"] for one in ledger.messages if one.slip}
        if (
            not any(partners.asked[one] for one in cases)
            and {one.event for one in ours} == events
            and all(one.cover in ledger.decided for one in ours)
            and sent & events <= arrived
        ):
            return events
        await asyncio.sleep(2)


def canaries_of(
    rows: Iterable[Inbound], realm: str, events: Iterable[str], named: Iterable[tuple[int, str]]
) -> set[bytes]:
    """What must be nowhere of an erased case: covers, sealed parts, salts and tokens.

    Args:
        rows: of Kafka, outboxes and evidence among them.
        named: the decisions on the events, by partition and leaf.
    """
    found, leaves = set[str](), {leaf for _, leaf in named}
    for row in (row for row in rows if row.value):
        kind, value = row.topic.split(".")[1:3], row.value or b""
        if kind == [realm, "outbox"] and (one := orjson.loads(value))["id"] in events:
            data = one["data"]
            found |= {data["cover"], *data["parts"], claims_of(data["cover"])["sub"]}
        if kind == [realm, "evidence"] and (row.key or b"").decode() in leaves:
            found |= {orjson.loads(value).get("salt", "")} - {""}  # a stub has none
    return {text.encode()[-200:] for text in found}


async def traces(federation: Federation, canaries: set[bytes], limit_s: float) -> list[str]:
    """Where bytes of erased cases are still, on Kafka or on a disk, after all this time."""
    found, until = ["not searched"] if canaries else [], federation.loop.time() + limit_s
    while found and federation.loop.time() < until:
        await asyncio.sleep(5)
        for name, parts in federation.kafka.topics.items():
            for part in parts if name.split(".")[2] in COMPACTED else ():
                part.compact()
        files = [path for path in federation.home.path.rglob("*") if path.is_file()]
        kept = [(str(path), path.read_bytes()) for path in files]
        kept += [(name, batch.data) for name, parts in federation.kafka.topics.items()
                 for part in parts for batch in part.batches]  # fmt: skip
        found = sorted({name for name, data in kept if any(one in data for one in canaries)})
    return found
