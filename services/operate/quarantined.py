"""What lies in quarantine, told from the log alone: only routing reads the bytes.

Who wants to know what lies there reads records and their evidence, as an auditor does: code, size,
hash, decision and what became of it stand there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from contracts.envelope.wire import Inbound
from contracts.vocabulary import topics
from services.platform.kafka.bus import Bus
from services.platform.kafka.evidence.recorded import leaf_of

Said = tuple[str, int | None, list[str]]  # why, the input's bytes, leaves whose stay it changes
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
    beside: dict[str, Said] = {}
    names = (topics.decisions(realm), topics.evidence(realm))
    async with bus.reader() as reader:
        async for batch in reader.read(dict.fromkeys(await reader.places(names))):
            if batch[0].topic == topics.decisions(realm):
                log += batch
                continue
            for one in batch:  # of a stub what the evidence said before counts no more
                why, _, leaves = said = said_by(orjson.loads(one.value or b"{}"))
                if why or leaves:
                    beside[leaf_of(one)] = said
    rows: dict[str, dict[str, Any]] = {}
    for record in sorted(log, key=lambda one: (one.partition, one.offset)):
        leaf = leaf_of(record)
        if leaf in beside:
            fold(rows, orjson.loads(record.value or b"{}"), leaf, beside[leaf])
    return list(rows.values())


def said_by(evidence: Mapping[str, Any]) -> Said:
    """What evidence, or its stub, says of quarantine: a stub no more how long the input was."""
    why = next((evidence[name] for name in ("code", "reason", "basis") if name in evidence), "")
    leaves = [one["d"] for one in evidence.get("effects", ()) if one["k"] in _CHANGES]
    answers = evidence.get("answers", ())
    leaves += [one["decision"] for one in answers if one["answer"] == "erased"]
    return why, evidence.get("bytes"), leaves


def fold(rows: dict[str, dict[str, Any]], record: Mapping[str, Any], leaf: str, said: Said) -> None:
    """Add to rows what one record says, by the effects that the state is folded by."""
    why, size, leaves = said
    if record["kind"] == "quarantined":
        rows[leaf] = {
            "decision": leaf, "code": why, "bytes": size,
            "sha256": record["src"]["sha"], "topic": record["src"]["topic"],
            "offset": record["src"]["offset"], "partition": record["partition"],
            "index": record["index"], "at": record["at"], "state": "kept", "by": "", "why": "",
        }  # fmt: skip
    for decision in leaves:
        if decision in rows:
            rows[decision] |= {"state": record["kind"], "by": leaf, "why": why}
