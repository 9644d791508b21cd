"""Quarantine: what an order released, read for routing; and what it keeps, told from the log alone.

Only routing reads the bytes. Who wants to know what lies there reads records and their evidence, as
an auditor does: code, size, hash, decision and what became of it stand there.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from contracts.envelope.wire import Inbound
from contracts.vocabulary import topics
from services.platform.kafka.bus import Bus
from services.platform.kafka.evidence.recorded import leaf_of

_CHANGES: Final = ("released", "settled", "discarded")  # effects that speak of quarantine


async def entries(bus: Bus, realm: str) -> list[dict[str, Any]]:
    """Every input of a realm that was put aside, and what became of it; nothing of what it says.

    Returns:
        `decision` (leaf), `code`, `bytes` (None once erased), `sha256` (b64u, of the raw value),
        `topic`, `offset`, `partition`, `index`, `at` (seconds); `state`: `kept`, `released` (and
        still to be routed), `discarded`, `erased`, or what the release ended as: `decided`,
        `duplicate`, `quarantined`; with `by`, the leaf of the record that says so, and `reason` or
        the new `code` as `why`.

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
        leaf = leaf_of(record)
        if leaf in beside:
            fold(rows, orjson.loads(record.value or b"{}"), leaf, beside[leaf])
    return list(rows.values())


def fold(
    rows: dict[str, dict[str, Any]], record: dict[str, Any], leaf: str, evidence: dict[str, Any]
) -> None:
    """Add to rows what one record says of quarantine, by the effects that the state is folded by.

    Args:
        evidence: or its stub, which says why, and no more how long the input was.
    """
    if record["kind"] == "quarantined":
        rows[leaf] = {
            "decision": leaf, "code": evidence["code"], "bytes": evidence.get("bytes"),
            "sha256": record["src"]["sha"], "topic": record["src"]["topic"],
            "offset": record["src"]["offset"], "partition": record["partition"],
            "index": record["index"], "at": record["at"], "state": "kept", "by": "", "why": "",
        }  # fmt: skip
    why = next((evidence[name] for name in ("code", "reason", "basis") if name in evidence), "")
    changed = [one["d"] for one in evidence["effects"] if one["k"] in _CHANGES]
    answers = evidence.get("answers", ())
    changed += [one["decision"] for one in answers if one["answer"] == "erased"]
    for decision in changed:
        if decision in rows:
            rows[decision] |= {"state": record["kind"], "by": leaf, "why": why}


def _telling(record: Inbound) -> dict[str, Any] | None:
    """What evidence says of quarantine, without its cover; None if nothing."""
    evidence = orjson.loads(record.value or b"{}")
    effects = [one for one in evidence.get("effects", ()) if one["k"] in _CHANGES]
    names = ("code", "bytes", "answers", "reason", "basis")
    told = {name: evidence[name] for name in names if name in evidence}
    return told | {"effects": effects} if told or effects else None
