"""A replay of the whole log that is shared out to several processes, some partitions to each.

    sizes → shares → a process each (control, evidence, decisions → findings) → ids compared → one verdict

Partitions have nothing to do with one another but event ids, which are laid aside and compared in the end. The
verdict is the same, word for word, however many processes there were and whichever came first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
from aiokafka import TopicPartition

from contracts.decision.state.state import State
from contracts.encoding import leaf_hash
from contracts.envelope.wire import Inbound
from contracts.log.orders.order import Owners
from contracts.log.replaying.finding import AuditFinding
from contracts.vocabulary import topics
from services.audit.decision_rows import RowsAside, Taken, rows_file
from services.audit.ids_aside import IdsAside, Place, met_again
from services.audit.kept_parts import KeptPart, KeptParts
from services.audit.processes import in_processes
from services.audit.replay import Progress, RealmAudit
from services.audit.scratch import DISK, ScratchStates, on_disk, scratch_lost
from services.audit.snapshot import RealmSnapshot
from services.audit.source import LogSource
from services.audit.verdict import AuditVerdict, ReplayedPart, Result, merged
from services.platform.store.verified_files import VerifiedFiles

Share = Mapping[str, Mapping[int, int]]  # realm -> partition -> how much there is to read
Sizes = Share


@dataclass(frozen=True)
class WholeLog:
    """What is replayed: everything that a process needs of it.

    Attributes:
        now: the routers' clock, seconds.
        kept: where parts that are whole stay until the verdict is told.
        rows: is given the verdict on each record.
        gone_on: is told, of parts that were kept of a log that grows, how many and since when.
    """

    source: LogSource
    realms: Sequence[str]
    owners: Owners
    now: Callable[[], int]
    kept: KeptParts | None = None
    rows: Taken | None = None
    gone_on: Callable[[int, int], None] = lambda _parts, _since: None


def replay_shared(log: WholeLog, processes: int, progress: Progress) -> AuditVerdict:
    """Replay the whole log in so many processes, this one if it is one.

    Args:
        processes: at most; no more than there are partitions.

    Raises:
        UnreachableError: Kafka did not answer in time; `replay_ended`: a process has died.
        UsageError: Kafka does not let us in; `scratch_lost`: there is no room to lay things aside.
    """
    with ExitStack() as stack:
        with on_disk():
            home = stack.enter_context(TemporaryDirectory(prefix="relais-replay-"))
        sizes = asyncio.run(_sizes(log, Path(home)))
        whole = _whole(log, sizes)
        shares = shared_out(_left(sizes, whole), processes)
        folders = [Path(home) / str(number) for number in range(len(shares))]
        for folder in folders:
            folder.mkdir()
        works = [
            partial(replay_share, log, share, folder)
            for share, folder in zip(shares, folders, strict=True)
        ]
        if whole and log.source.grows:
            log.gone_on(len(whole), min(kept.at for kept in whole.values()))
        told = _behind(sum(_records(kept.part) for kept in whole.values()), progress)
        parts = [asyncio.run(works[0](told))] if len(works) == 1 else in_processes(works, told)
        results: list[Result] = [{realm: kept.part} for (realm, _number), kept in whole.items()]
        results += [result for some in parts for result in some]
        again = {
            realm: list(met_again(_asides(log, realm, sizes, folders))) for realm in log.realms
        }
        reused = asyncio.run(_reused(log, again)) if any(again.values()) else {}
        if log.rows is not None:
            log.rows(_rows(log, sizes, shares, folders))
    return merged(log.realms, results, reused)


def _whole(log: WholeLog, sizes: Sizes) -> dict[tuple[str, int], KeptPart]:
    """The parts that an earlier replay of the same has left whole, by realm and partition."""
    if log.kept is None:
        return {}
    places = [(realm, number) for realm, own in sizes.items() for number in own]
    read = {place: log.kept.read(*place) for place in places}
    parts = {place: part for place, part in read.items() if part is not None}
    return asyncio.run(_held(log, parts)) if parts and log.source.grows else parts


async def _held(
    log: WholeLog, parts: Mapping[tuple[str, int], KeptPart]
) -> dict[tuple[str, int], KeptPart]:
    """Those of which the log still has the record that they ended with, where it was."""
    held: dict[tuple[str, int], KeptPart] = {}
    for realm in log.realms:
        name, own = (
            topics.decisions(realm),
            {at: each for (of, at), each in parts.items() if of == realm},
        )
        wanted = {TopicPartition(name, at): [each.last[0]] for at, each in own.items() if each.last}
        reader = log.source.reader(realm)
        try:
            await reader.start()
            ends = await reader.ends(wanted)
            records = await reader.pick(
                {place: some for place, some in wanted.items() if some[0] < ends[place]}
            )
        finally:
            await reader.stop()
        for at, each in own.items():
            record = records.get((TopicPartition(name, at), each.last[0])) if each.last else None
            if record is not None and each.last and leaf_hash(record.value or b"") == each.last[1]:
                held[realm, at] = each
    return held


def _left(sizes: Sizes, whole: Collection[tuple[str, int]]) -> Sizes:
    return {
        realm: {number: size for number, size in own.items() if (realm, number) not in whole}
        for realm, own in sizes.items()
    }


def _records(part: ReplayedPart) -> int:
    return sum(tally.records for tally in part.tallies.values())


def _behind(done: int, progress: Progress) -> Progress:
    """Progress of what is left, told as that of the whole."""
    return lambda now, total: progress(done + now, done + total)


def _asides(log: WholeLog, realm: str, sizes: Sizes, folders: Sequence[Path]) -> list[Path]:
    """Where the ids lie that were laid aside of a realm."""
    if log.kept is not None:
        return [log.kept.folder(realm, number) for number in sizes[realm]]
    return [folder / realm for folder in folders if (folder / realm).exists()]


def _rows(
    log: WholeLog, sizes: Sizes, shares: Sequence[Share], folders: Sequence[Path]
) -> list[Path]:
    """Where each partition's rows lie, in the order of the verdict."""
    if log.kept is not None:
        places = {
            (realm, at): log.kept.folder(realm, at) for realm, own in sizes.items() for at in own
        }
    else:
        places = {
            (realm, at): folder / realm
            for share, folder in zip(shares, folders, strict=True)
            for realm, own in share.items()
            for at in own
        }
    every = [(realm, at) for realm in log.realms for at in sorted(sizes[realm])]
    return [rows_file(places[place], place[1]) for place in every]


def shared_out(sizes: Sizes, processes: int) -> list[Share]:
    """Shares of about the same size, none of them empty: the largest partition first.

    Args:
        sizes: realm -> partition -> how much there is to read.
    """
    every = [(size, realm, number) for realm, own in sizes.items() for number, size in own.items()]
    count = max(1, min(processes, len(every)))
    shares: list[dict[str, dict[int, int]]] = [{} for _ in range(count)]
    loads = [0] * count
    for size, realm, number in sorted(every, key=lambda row: (-row[0], row[1], row[2])):
        lightest = loads.index(min(loads))
        shares[lightest].setdefault(realm, {})[number] = size
        loads[lightest] += size + 1
    return list(shares)


def _verified(home: Path, realm: str) -> VerifiedFiles:
    """Where all processes of this replay have the directories that one of them has verified."""
    with on_disk():
        return VerifiedFiles(home / f"control-{realm}")


async def _sizes(log: WholeLog, home: Path) -> dict[str, dict[int, int]]:
    sizes: dict[str, dict[int, int]] = {}
    for realm in log.realms:
        verified = _verified(home, realm)
        control = log.source.control(realm, log.owners, None, verified)
        try:
            await control.start()
            name = topics.decisions(realm)
            places = [TopicPartition(name, at) for at in range(control.registry.partitions)]
            ends = await control.reader.ends(places)
        finally:
            await control.stop()
        sizes[realm] = {place.partition: ends[place] for place in places}
    return sizes


class _ShareAudit(RealmAudit):
    """The audit of some of a realm's partitions, which lays event ids and states aside."""

    def __init__(self, folder: Path, only: Sequence[int], *given: Any, **more: Any) -> None:
        self._aside = IdsAside(folder)
        self._states = ScratchStates(folder, len(only))

        def state_of(number: int) -> State:
            return self._states.state(number) if number in only else State()

        self.last: dict[int, Inbound] = {}  # of each partition, whatever it is
        begun = RealmSnapshot([], self._aside, [])  # type: ignore[arg-type]
        super().__init__(*given, **more, begun=begun, only=only, state_of=state_of)

    def _step(self, record: Inbound, evidence: bytes | None) -> None:
        self._aside.offset = record.offset
        self.last[record.partition] = record
        try:  # as `on_disk` does: a context a record would cost what a hash does
            super()._step(record, evidence)
            self._states.look(record.partition, self.replayers[record.partition])
        except DISK as error:
            raise scratch_lost(error) from error

    def close(self, now: int) -> tuple[AuditFinding, ...]:
        """All findings, and nothing is read any more."""
        with on_disk():
            findings = super().close(now)
            self._aside.close()
        self._states.close()
        return findings


async def replay_share(
    log: WholeLog, share: Share, folder: Path, progress: Progress
) -> list[Result]:
    """Replay a share: realm by realm, or partition by partition where parts are kept."""
    results: list[Result] = []
    units, done = _units(log, share, folder), 0
    for at, (realm, sizes, own) in enumerate(units):
        verified = _verified(folder.parent, realm)
        audit = _ShareAudit(own, tuple(sizes), log.source, realm, log.owners, verified=verified)
        audit.rows = RowsAside(own, realm) if log.rows is not None else None
        size, later = sum(sizes.values()), sum(sum(unit[1].values()) for unit in units[at + 1 :])

        def told(
            now: int, total: int, before: int = done, rest: float = later / max(1, size)
        ) -> None:
            progress(before + now, before + total + round(total * rest))

        part = await audit.read_through(log.now, told)
        if log.kept is not None:
            (number,) = sizes
            last = audit.last.get(number)
            ended = None if last is None else (last.offset, leaf_hash(last.value or b""))
            with on_disk():
                log.kept.end(realm, number, KeptPart(part, log.now(), ended))
        results.append({realm: part})
        done += audit.records
    return results


def _units(log: WholeLog, share: Share, folder: Path) -> list[tuple[str, Mapping[int, int], Path]]:
    """What is replayed at once: realm, sizes of its partitions, and a folder of its own."""
    with on_disk():
        if log.kept is not None:
            return [
                (realm, {number: size}, log.kept.begin(realm, number))
                for realm, own in share.items()
                for number, size in own.items()
            ]
        for realm in share:
            (folder / realm).mkdir()
        return [(realm, own, folder / realm) for realm, own in share.items()]


async def _reused(
    log: WholeLog, again: Mapping[str, Sequence[tuple[str, set[Place]]]]
) -> dict[str, list[AuditFinding]]:
    """What is found of each id that several partitions have decided: all but the first of its records."""
    reused: dict[str, list[AuditFinding]] = {}
    for realm, met in again.items():
        name = topics.decisions(realm)
        wanted: dict[TopicPartition, list[int]] = {}
        for partition, offset in {place for _, places in met for place in places}:
            wanted.setdefault(TopicPartition(name, partition), []).append(offset)
        reader = log.source.reader(realm)
        try:
            await reader.start()
            records = await reader.pick(wanted)
        finally:
            await reader.stop()
        for jti, places in met:
            rows = [
                (
                    orjson.loads(records[TopicPartition(name, partition), offset].value or b""),
                    partition,
                )
                for partition, offset in places
            ]
            reused.setdefault(realm, []).extend(reused_of(jti, rows))
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
            event=jti, topic=record["src"]["topic"], offset=record["src"]["offset"], at=record["at"],
        )
        for record, partition in others if partition != first[1]
    ]  # fmt: skip
