"""A replay of the whole log, in bounded memory: states and event ids lie on disk while it lasts.

    realm by realm: control, evidence, decisions → findings; ids compared across partitions → one
        verdict

Partitions have nothing to do with one another but event ids, which are laid aside and compared in
the end.
"""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import orjson
from aiokafka import TopicPartition

from contracts.decision.state import tables
from contracts.decision.state.state import State
from contracts.envelope.wire import Inbound
from contracts.log.orders.order import Owners
from contracts.log.orders.registry import Registry
from contracts.log.replaying.finding import AuditFinding
from contracts.vocabulary import topics
from services.audit.decision_rows import RowsAside, Taken
from services.audit.replay import Progress, RealmAudit
from services.audit.scratch import DISK, on_disk, scratch_lost
from services.audit.source import LogSource
from services.audit.standing import RealmStands
from services.audit.verdict import AuditVerdict, ReplayedPart, merged
from services.platform.store.states import KEEP_ROWS, StatesStore

FILES: Final = 64
_ROW: Final = struct.Struct(">16sBQ")
_KEEP_BYTES: Final = 1 << 14  # of a file, before it is written on

Place = tuple[int, int]  # partition and offset of a record


class IdsAside:
    """The ids that a replay finds; in place of the table of ids decided before.

    Attributes:
        offset: of the record in hand.
    """

    def __init__(self, folder: Path) -> None:
        self.offset = -1
        self._folder = folder
        self._kept = [bytearray() for _ in range(FILES)]

    def setdefault(self, jti: str, partition: int) -> int:
        """Lay an id aside: for all that can be known yet, nobody else has decided it."""
        name = bytes.fromhex(jti.replace("-", ""))
        kept = self._kept[name[-1] % FILES]
        kept += _ROW.pack(name, partition, self.offset)
        if len(kept) > _KEEP_BYTES:
            self._write(name[-1] % FILES)
        return partition

    def close(self) -> None:
        """Write what is left."""
        for number in range(FILES):
            self._write(number)

    def _write(self, number: int) -> None:
        kept = self._kept[number]
        with (self._folder / f"{number:02}").open("ab") as file:
            file.write(kept)
        kept.clear()


def met_again(folder: Path) -> Iterator[tuple[str, set[Place]]]:
    """Each id that records of more than one partition have decided, and their places."""
    for number in range(FILES):
        first: dict[bytes, Place] = {}
        more: dict[bytes, set[Place]] = defaultdict(set)
        for name, partition, offset in _ROW.iter_unpack((folder / f"{number:02}").read_bytes()):
            before = first.setdefault(name, (partition, offset))
            if before != (partition, offset):
                more[name] |= {before, (partition, offset)}
        for name, places in sorted(more.items()):
            if len({partition for partition, _ in places}) > 1:
                yield _text(name), places


def _text(name: bytes) -> str:
    digits = name.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


async def replay(
    source: LogSource,
    realms: Iterable[str],
    owners: Owners,
    now: Callable[[], int],
    progress: Progress | None = None,
    rows: Taken | None = None,
    watch: Callable[[Inbound, bytes | None, Registry], None] | None = None,
) -> AuditVerdict:
    """Replay the whole log of some realms, one after the other.

    Args:
        now: the routers' clock, read before the end is known, seconds.
        rows: is given the verdict on each record.
        watch: is given each record with its evidence, and what its realm's orders brought.

    Raises:
        UnreachableError: Kafka did not answer in time.
        UsageError: Kafka does not let us in; `scratch_lost`: there is no room to lay things aside.
    """
    parts: dict[str, ReplayedPart] = {}
    files: list[Path] = []
    with ExitStack() as stack:
        with on_disk():
            home = Path(stack.enter_context(TemporaryDirectory(prefix="relais-replay-")))
        for realm in realms:
            folder = home / realm
            with on_disk():
                folder.mkdir()
            audit = _AuditOnDisk(folder, source, realm, owners)
            aside = RowsAside(folder, realm)
            audit.rows = aside if rows is not None else None
            if watch is not None:
                audit.watchers.append(partial(_watched, watch, audit))
            before = sum(part.records for part in parts.values())
            part = await audit.read_through(now, _behind(before, progress))
            reused = await _reused(source, realm, [*met_again(folder)])
            parts[realm] = replace(part, findings=(*part.findings, *reused))
            files += aside.files()
        if rows is not None:
            rows(files)
    return merged(parts)


def _watched(
    watch: Callable[[Inbound, bytes | None, Registry], None],
    audit: RealmAudit,
    record: Inbound,
    evidence: bytes | None,
) -> None:
    watch(record, evidence, audit.control.registry)


def _behind(before: int, progress: Progress | None) -> Progress | None:
    """The progress of a realm's replay, of which another realm's records were replayed before."""
    if progress is None:
        return None
    return lambda done, total: progress(before + done, before + total)


class _AuditOnDisk(RealmAudit):
    """A realm's audit that lays event ids and states aside."""

    def __init__(self, folder: Path, source: LogSource, realm: str, owners: Owners) -> None:
        self._aside = IdsAside(folder)
        self._states = StatesStore(folder / "states.sqlite", {"format": 1}, 1)
        begun = RealmStands([], self._aside, [])  # type: ignore[arg-type]
        super().__init__(source, realm, owners, begun=begun, state_of=self._state)
        self.at_signature = self._lay_aside

    def _state(self, number: int) -> State:
        return self._states.state(number, self.control.registry.partitions)

    def _step(self, record: Inbound, evidence: bytes | None) -> None:
        self._aside.offset = record.offset
        try:  # as `on_disk` does: a context a record would cost what a hash does
            super()._step(record, evidence)
        except DISK as error:
            raise scratch_lost(error) from error

    def _lay_aside(self) -> None:
        """Lay on disk what has changed much: years take no more memory than weeks."""
        states = self._states.states
        for number, state in states.items():
            if tables.pending(state) <= KEEP_ROWS // len(states):
                continue
            if (settled := self.replayers[number].settled()) is not None:
                with on_disk():
                    self._states.write_states({number: (settled, {})})

    def close(self, now: int) -> tuple[AuditFinding, ...]:
        """All findings, and nothing is read any more."""
        with on_disk():
            findings = super().close(now)
            self._aside.close()
        self._states.close()
        return findings


async def _reused(
    source: LogSource, realm: str, met: Sequence[tuple[str, set[Place]]]
) -> list[AuditFinding]:
    """What is found of each id decided in several partitions: all records but the first."""
    if not met:
        return []
    name = topics.decisions(realm)
    wanted: dict[TopicPartition, list[int]] = {}
    for partition, offset in {place for _, places in met for place in places}:
        wanted.setdefault(TopicPartition(name, partition), []).append(offset)
    reader = source.reader(realm)
    try:
        await reader.start()
        records = await reader.pick(wanted)
    finally:
        await reader.stop()
    reused: list[AuditFinding] = []
    for jti, places in met:
        rows = [
            (orjson.loads(records[TopicPartition(name, partition), offset].value or b""), partition)
            for partition, offset in places
        ]
        reused += reused_of(jti, rows)
    return reused


def reused_of(jti: str, rows: Sequence[tuple[dict[str, Any], int]]) -> list[AuditFinding]:
    """What is found of an id that several partitions decided.

    Args:
        rows: its records, each with its partition.
    """
    first, *others = sorted(rows, key=lambda row: (row[0]["at"], row[1], row[0]["index"]))
    return [
        AuditFinding(
            partition, record["index"], "id_reused_across_partitions", f"partition {first[1]} too",
            event=jti, topic=source.get("topic", ""), offset=source.get("offset", -1),
            at=record["at"],
        )
        for record, partition in others if partition != first[1]
        for source in [record.get("src", {})]  # a router that lies leaves it out
    ]  # fmt: skip
