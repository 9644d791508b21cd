"""Where a replay stood: what `audit replay --save` writes and `--from` goes on behind.

Of each partition the state before the last record that tells its digest, to which it is held when it is read,
with the counts up to there; a partition without such a record is replayed from its beginning.
Findings, counts and the event ids decided so far are the auditor's own: who can write to the file can
say anything of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson

from contracts.decision.state.rows import tail_from
from contracts.decision.state.state import State
from contracts.decision.state.sums import state_from
from contracts.log.replaying.finding import AuditFinding, Tally
from services.platform.store.snapshot_file import (
    END,
    check_target,
    opened,
    part,
    places,
    rows_of,
    state_lines,
    write,
)

__all__ = ["RealmSnapshot", "Stand", "check_target", "read", "save"]


@dataclass
class Stand:
    """Where the replay of one partition stood.

    Attributes:
        evidence, decisions: offsets of what is read next; None at the beginning.
        state: of a snapshot as it was told last.
        last: offset of the record that the state ends with, which it is held to; None: to the one at
            `decisions`, which tells its digest.
    """

    evidence: int | None
    decisions: int | None
    state: State = field(default_factory=State)
    tally: Tally = field(default_factory=Tally)
    last: int | None = None


@dataclass
class RealmSnapshot:
    """Where the replay of a realm stood.

    Attributes:
        ids: event id -> partition that decided it.
        stands: of each partition.
    """

    findings: list[AuditFinding]
    ids: MutableMapping[str, int]
    stands: list[Stand]


def save(path: Path, realms: Mapping[str, RealmSnapshot]) -> None:
    """Write a snapshot; raises as `write` does."""
    write(path, _lines(realms))


def read(path: Path) -> dict[str, RealmSnapshot]:
    """Read a snapshot, line by line: first whether it is whole, then what it says.

    Raises:
        UsageError: `snapshot_missing`; `snapshot_malformed`: cut off, altered, or of another version.
    """
    with opened(path) as file:
        values = map(orjson.loads, file)
        realms = {}
        for value in values:
            if "sha256" not in value:
                realms[value["realm"]] = _realm(value, values)
        return realms


def _lines(realms: Mapping[str, RealmSnapshot]) -> Iterator[Any]:
    for realm, snapshot in realms.items():
        yield {"realm": realm, "partitions": len(snapshot.stands)}
        yield from map(asdict, snapshot.findings)
        yield END
        yield from snapshot.ids.items()
        yield END
        for stand in snapshot.stands:
            tally = asdict(stand.tally)
            yield from state_lines(stand.decisions, stand.evidence, tally, stand.state)


def _realm(value: Any, values: Iterator[Any]) -> RealmSnapshot:
    findings = [AuditFinding(**finding) for finding in part(values)]
    ids = dict(part(values))
    stands = [_stand(next(values), values) for _number in range(value["partitions"])]
    return RealmSnapshot(findings, ids, stands)


def _stand(value: Any, values: Iterator[Any]) -> Stand:
    state = state_from(tail_from(value["tail"]), rows_of(values))
    decisions, evidence = places(value)
    return Stand(evidence, decisions, state, Tally(**value["tally"]))
