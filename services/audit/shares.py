"""A replay of the whole log that is shared out to several processes, some partitions to each.

    sizes → shares → a process each (control, evidence, decisions → findings) → ids compared → one verdict

Partitions have nothing to do with one another but event ids, which are laid aside and compared in the end. The
verdict is the same, word for word, however many processes there were and whichever came first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
from aiokafka import TopicPartition

from contracts.decision.state.state import State
from contracts.envelope.wire import Inbound
from contracts.log.orders.order import Owners
from contracts.log.replaying.finding import AuditFinding
from contracts.vocabulary import topics
from services.audit.decision_rows import RowsAside, Taken, rows_file
from services.audit.ids_aside import IdsAside, Place, met_again
from services.audit.processes import in_processes
from services.audit.replay import Progress, RealmAudit
from services.audit.scratch import DISK, ScratchStates, on_disk, scratch_lost
from services.audit.source import LogSource
from services.audit.standing import RealmStands
from services.audit.verdict import AuditVerdict, Result, merged
from services.platform.store.verified_files import VerifiedFiles

Share = Mapping[str, Mapping[int, int]]  # realm -> partition -> how much there is to read
Sizes = Share


@dataclass(frozen=True)
class WholeLog:
    """What is replayed: everything that a process needs of it.

    Attributes:
        now: the routers' clock, seconds.
        rows: is given the verdict on each record.
    """

    source: LogSource
    realms: Sequence[str]
    owners: Owners
    now: Callable[[], int]
    rows: Taken | None = None


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
        shares = shared_out(sizes, processes)
        folders = [Path(home) / str(number) for number in range(len(shares))]
        for folder in folders:
            folder.mkdir()
        works = [
            partial(replay_share, log, share, folder)
            for share, folder in zip(shares, folders, strict=True)
        ]
        if len(works) == 1:
            parts = [asyncio.run(works[0](progress))]
        else:
            parts = in_processes(works, progress)
        results = [result for some in parts for result in some]
        again = {realm: list(met_again(_asides(realm, folders))) for realm in log.realms}
        reused = asyncio.run(_reused(log, again)) if any(again.values()) else {}
        if log.rows is not None:
            log.rows(_rows(log, shares, folders))
    return merged(log.realms, results, reused)


def _asides(realm: str, folders: Sequence[Path]) -> list[Path]:
    """Where the ids lie that were laid aside of a realm."""
    return [folder / realm for folder in folders if (folder / realm).exists()]


def _rows(log: WholeLog, shares: Sequence[Share], folders: Sequence[Path]) -> list[Path]:
    """Where each partition's rows lie, in the order of the verdict."""
    places = {
        (realm, at): rows_file(folder / realm, at)
        for share, folder in zip(shares, folders, strict=True)
        for realm, own in share.items()
        for at in own
    }
    return [places[realm, at] for realm in log.realms for of, at in sorted(places) if of == realm]


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

        begun = RealmStands([], self._aside, [])  # type: ignore[arg-type]
        super().__init__(*given, **more, begun=begun, only=only, state_of=state_of)

    def _step(self, record: Inbound, evidence: bytes | None) -> None:
        self._aside.offset = record.offset
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
    """Replay a share, realm by realm."""
    results: list[Result] = []
    done = 0
    for at, (realm, sizes) in enumerate(share.items()):
        verified, own = _verified(folder.parent, realm), folder / realm
        with on_disk():
            own.mkdir()
        audit = _ShareAudit(own, tuple(sizes), log.source, realm, log.owners, verified=verified)
        audit.rows = RowsAside(own, realm) if log.rows is not None else None
        size = sum(sizes.values())
        later = sum(sum(other.values()) for other in [*share.values()][at + 1 :])

        def told(
            now: int, total: int, before: int = done, rest: float = later / max(1, size)
        ) -> None:
            progress(before + now, before + total + round(total * rest))

        results.append({realm: await audit.read_through(log.now, told)})
        done += audit.records
    return results


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
