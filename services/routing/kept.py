"""Quarantine: what an order released, read for routing; and what it keeps, told from the log alone.

Only routing reads the bytes. Who wants to know what lies there reads records and their evidence, as
an auditor does: code, size, hash, decision and what became of it stand there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from aiokafka import TopicPartition

from contracts.envelope.wire import Inbound
from contracts.log.routing.partition_router import Released
from contracts.log.routing.quarantine import is_of
from contracts.vocabulary import topics
from services.platform.kafka.bus import Bus
from services.platform.kafka.evidence.recorded import leaf_of


async def released(
    bus: Bus, realm: str, wanted: Mapping[int, Mapping[str, str]]
) -> Mapping[int, Released]:
    """Read what orders released.

    A decision in the log was committed together with its bytes, so they are looked for whether the
    markers of that transaction have reached quarantine or not; what was aborted has other leaves.

    Args:
        wanted: partition -> leaf -> b64u(SHA-256(value)) as the log has it.

    Returns:
        Partition -> leaf -> the record; None if it has gone, one with other bytes if it was
        altered.

    Raises:
        UnreachableError: Kafka did not answer in time.
    """
    by_partition: dict[int, dict[str, Inbound | None]] = {
        number: dict.fromkeys(leaves) for number, leaves in wanted.items()
    }
    name = topics.quarantine(realm)
    places = {TopicPartition(name, number): None for number, leaves in wanted.items() if leaves}
    async with bus.reader(isolation_level="read_uncommitted") as reader:
        async for batch in reader.read(places):
            for record in batch:
                leaf, own = leaf_of(record), by_partition[record.partition]
                sha = wanted[record.partition].get(leaf)
                if sha is not None and (own[leaf] is None or is_of(record, sha)):
                    own[leaf] = record
    return by_partition


async def entries(bus: Bus, realm: str) -> list[dict[str, Any]]:
    """Every input of a realm that was put aside, and what became of it; nothing of what it says.

    Returns:
        `decision` (leaf), `code`, `bytes`, `sha256` (b64u, of the raw
        value), `topic`, `offset`, `partition`, `index`, `at` (seconds); `state`: `kept`, `released`
        (and still to be routed), `discarded`, or what the release ended as: `decided`, `duplicate`,
        `quarantined`; with `by`, the leaf of the record that says so, and `reason` or the new
        `code` as `why`.

    Raises:
        UnreachableError: Kafka did not answer in time.
    """
    log: list[Inbound] = []
    beside: dict[str, dict[str, Any]] = {}
    names = (topics.decisions(realm), topics.evidence(realm))
    async with bus.reader() as reader:
        async for batch in reader.read(dict.fromkeys(await reader.places(names))):
            if batch[0].topic == topics.decisions(realm):
                log += batch
            else:
                beside |= {leaf_of(one): told for one in batch if (told := _telling(one))}
    rows: dict[str, dict[str, Any]] = {}
    for record in sorted(log, key=lambda one: (one.partition, one.offset)):
        if evidence := beside.get(leaf_of(record)):
            _fold(rows, orjson.loads(record.value or b"{}"), leaf_of(record), evidence)
    return list(rows.values())


def _fold(
    rows: dict[str, dict[str, Any]], record: dict[str, Any], leaf: str, evidence: dict[str, Any]
) -> None:
    """What one record says of quarantine."""
    if record["kind"] == "quarantined":
        rows[leaf] = {
            "decision": leaf, "code": evidence["code"], "bytes": evidence["bytes"],
            "sha256": record["src"]["sha"], "topic": record["src"]["topic"],
            "offset": record["src"]["offset"], "partition": record["partition"],
            "index": record["index"], "at": record["at"], "state": "kept", "by": "", "why": "",
        }  # fmt: skip
    for answer in evidence.get("answers", ()):
        if answer["decision"] in rows and answer["answer"] in ("released", "discarded", "erased"):
            entry = rows[answer["decision"]]
            why = evidence.get("reason") or evidence.get("basis", "")
            entry |= {"state": answer["answer"], "by": leaf, "why": why}
    was = rows.get(evidence.get("released", ""))
    if was is not None:
        why = evidence.get("code") or evidence.get("reason", "")
        was |= {"state": record["kind"], "by": leaf, "why": why}


def _telling(record: Inbound) -> dict[str, Any] | None:
    """Evidence that says something of quarantine, without its cover."""
    evidence = orjson.loads(record.value or b"{}")
    names = ("code", "bytes", "answers", "released", "reason", "basis")
    told = {name: evidence[name] for name in names if name in evidence}
    return told or None
