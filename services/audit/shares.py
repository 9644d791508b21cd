"""A replay of the whole log that is shared out to several processes, some partitions to each.

    sizes → shares → a process each (control, evidence, decisions → findings) → ids compared → one verdict

Partitions have nothing to do with one another but event ids, which are laid aside and compared in the end. The
verdict is the same, word for word, however many processes there were and whichever came first.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Any, Final

import lmdb
import orjson
from aiokafka import TopicPartition

from contracts.decision.shelves import LostRowError
from contracts.decision.state import State
from contracts.envelope.wire import Inbound
from contracts.errors import RelaisError, UsageError
from contracts.log.finding import AuditFinding, Tally
from contracts.log.orders import Owners
from contracts.vocabulary import topics
from services.audit.ids_aside import IdsAside, Place, met_again
from services.audit.replay import AuditVerdict, Progress, RealmAudit, in_place, summed
from services.audit.scratch import ScratchStates
from services.audit.snapshot import RealmSnapshot
from services.platform.kafka.control import Control
from services.platform.kafka.log_reader import LogReader
from services.platform.process.exit_codes import STOPPING, UnreachableError
from services.platform.process.os_errors import why
from services.texts import Catalogue

_ = Catalogue(__name__)

END_S: Final = 5.0  # for a process that was told to end
Share = Mapping[str, Sequence[int]]  # realm -> partitions


@dataclass(frozen=True)
class WholeLog:
    """What is replayed: everything that a process needs of it.

    Attributes:
        now: the routers' clock, seconds.
        clients: realm -> options of its clients (security): each realm has its own auditor.
    """

    bootstrap: str
    realms: Sequence[str]
    owners: Owners
    now: Callable[[], int]
    clients: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def client(self, realm: str) -> Mapping[str, Any]:
        """Options of a realm's clients."""
        return self.clients.get(realm, {})


@dataclass(frozen=True)
class ReplayedPart:
    """What one process found in its partitions of a realm."""

    tallies: Mapping[int, Tally]
    findings: Sequence[AuditFinding]
    rejected: Sequence[str]


Result = Mapping[str, ReplayedPart]  # by realm


def replay_shared(log: WholeLog, processes: int, progress: Progress) -> AuditVerdict:
    """Replay the whole log in so many processes, this one if it is one.

    Args:
        processes: at most; no more than there are partitions.

    Raises:
        UnreachableError: Kafka did not answer in time; `replay_ended`: a process has died.
        UsageError: Kafka does not let us in; `scratch_lost`: there is no room to lay things aside.
    """
    sizes = asyncio.run(_sizes(log))
    shares = shared_out(sizes, processes)
    with ExitStack() as stack:
        with on_disk():
            home = stack.enter_context(TemporaryDirectory(prefix="relais-replay-"))
        folders = [Path(home) / str(number) for number in range(len(shares))]
        for folder in folders:
            folder.mkdir()
        if len(shares) == 1:
            results = [asyncio.run(_replayed(log, shares[0], folders[0], progress))]
        else:
            results = _in_processes(log, shares, folders, progress)
        again = {
            realm: list(
                met_again(folder / realm for folder in folders if (folder / realm).exists())
            )
            for realm in log.realms
        }
        reused = asyncio.run(_reused(log, again)) if any(again.values()) else {}
    return merged(log.realms, results, reused)


def shared_out(sizes: Mapping[str, Mapping[int, int]], processes: int) -> list[Share]:
    """Shares of about the same size, none of them empty: the largest partition first.

    Args:
        sizes: realm -> partition -> how much there is to read.
    """
    every = [(size, realm, number) for realm, own in sizes.items() for number, size in own.items()]
    count = max(1, min(processes, len(every)))
    shares: list[dict[str, list[int]]] = [{} for _ in range(count)]
    loads = [0] * count
    for size, realm, number in sorted(every, key=lambda row: (-row[0], row[1], row[2])):
        lightest = loads.index(min(loads))
        shares[lightest].setdefault(realm, []).append(number)
        loads[lightest] += size + 1
    return list(shares)


async def _sizes(log: WholeLog) -> dict[str, dict[int, int]]:
    sizes: dict[str, dict[int, int]] = {}
    for realm in log.realms:
        control = Control(log.bootstrap, realm, log.owners, **log.client(realm))
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

        begun = RealmSnapshot([], self._aside, [])  # type: ignore[arg-type]
        super().__init__(*given, **more, begun=begun, only=only, state_of=state_of)

    def _step(self, record: Inbound, evidence: bytes | None) -> None:
        self._aside.offset = record.offset
        with on_disk():
            super()._step(record, evidence)
            self._states.look(record.partition, self.replayers[record.partition].settled)

    def close(self, now: int) -> tuple[AuditFinding, ...]:
        """All findings, and nothing is read any more."""
        with on_disk():
            findings = super().close(now)
            self._aside.close()
        self._states.close()
        return findings


@contextmanager
def on_disk() -> Iterator[None]:
    """Say of a disk that it takes no more, or gives back something else.

    Raises:
        UsageError: `scratch_lost`.
    """
    try:
        yield
    except (OSError, LostRowError, lmdb.Error) as error:
        got = why(error) if isinstance(error, OSError) else type(error).__name__
        expected = _("a temporary folder with room for what is laid aside")
        raise UsageError("scratch_lost", got, expected, gettempdir()) from error


async def _replayed(log: WholeLog, share: Share, folder: Path, progress: Progress) -> Result:
    """Replay a share: realm by realm, each from its beginning."""
    results: dict[str, ReplayedPart] = {}
    before = 0
    for realm, numbers in share.items():
        own = folder / realm
        own.mkdir()
        client = log.client(realm)
        audit = _ShareAudit(own, numbers, log.bootstrap, realm, log.owners, **client)

        def told(done: int, total: int, earlier: int = before) -> None:
            progress(earlier + done, earlier + total)

        try:
            await audit.start()
            instant = log.now()  # before the end is known: what falls due meanwhile is no finding
            await audit.read_whole(told)
        finally:
            await audit.stop()
        tallies = {number: audit.replayers[number].tally for number in numbers}
        results[realm] = ReplayedPart(
            tallies, audit.close(instant), audit.control.registry.rejected
        )
        before += audit.records
    return results


def _in_processes(
    log: WholeLog, shares: Sequence[Share], folders: Sequence[Path], progress: Progress
) -> list[Result]:
    """What each process found, in the order of the shares; whatever happens, none is left behind."""
    fork = multiprocessing.get_context("fork")
    with ExitStack() as stack:
        watched, held = fork.Pipe(duplex=False)  # closed when we end, however that is
        stack.callback(held.close)
        stack.callback(watched.close)
        pipes: list[Connection] = []
        started: list[BaseProcess] = []
        for share, folder in zip(shares, folders, strict=True):
            reading, writing = fork.Pipe(duplex=False)
            pipes.append(reading)
            stack.callback(reading.close)
            given = _Child(log, share, folder, writing, watched, (held, *pipes))
            work = fork.Process(target=given.run, daemon=True)
            work.start()
            writing.close()
            stack.callback(_ended, work)
            started.append(work)
        return _collected(pipes, started, progress)


@dataclass(frozen=True)
class _Child:
    """A process that replays a share.

    Attributes:
        told: where it tells how far it is, and in the end what it found.
        watched: is closed when whom it works for has ended.
        parents: what only that one has a use for.
    """

    log: WholeLog
    share: Share
    folder: Path
    told: Connection
    watched: Connection
    parents: Sequence[Connection]

    def run(self) -> None:
        """Replay, and tell; ends when nobody listens any more."""
        for number in STOPPING:  # nothing is to be said: Ctrl-C is for all of us
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, signal.SIG_DFL)
        for pipe in self.parents:
            pipe.close()
        try:
            self.told.send(asyncio.run(self._replayed()))
        except RelaisError as error:
            self.told.send((type(error), (error.code, *error.phrases, error.place)))
        except BrokenPipeError:
            os._exit(1)

    async def _replayed(self) -> Result:
        asyncio.get_running_loop().add_reader(self.watched.fileno(), os._exit, 1)

        def progress(done: int, total: int) -> None:
            self.told.send((done, total))

        return await _replayed(self.log, self.share, self.folder, progress)


def _collected(
    pipes: Sequence[Connection], processes: Sequence[BaseProcess], progress: Progress
) -> list[Result]:
    done: dict[Connection, tuple[int, int]] = dict.fromkeys(pipes, (0, 0))
    results: dict[Connection, Result] = {}
    while len(results) < len(pipes):
        waiting = [pipe for pipe in pipes if pipe not in results]
        ready = wait(waiting)
        for pipe in waiting:
            if pipe not in ready:
                continue
            try:
                said = pipe.recv()
            except EOFError:
                raise _died(processes[pipes.index(pipe)]) from None
            if isinstance(said, dict):
                results[pipe] = said
            elif isinstance(said[0], int):
                done[pipe] = said
                progress(*map(sum, zip(*done.values(), strict=True)))
            else:
                kind, given = said
                raise kind(*given)
    return [results[pipe] for pipe in pipes]


def _died(process: BaseProcess) -> UnreachableError:
    process.join(END_S)
    got = _("a process that ended with {code}").of(code=str(process.exitcode))
    return UnreachableError("replay_ended", got, _("its part of the verdict"))


def _ended(process: BaseProcess) -> None:
    process.terminate()
    process.join(END_S)
    if process.is_alive():
        process.kill()
        process.join()


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
        async with LogReader(log.bootstrap, **log.client(realm)) as reader:
            records = await reader.pick(wanted)
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


def merged(
    realms: Sequence[str], results: Sequence[Result], reused: Mapping[str, Sequence[AuditFinding]]
) -> AuditVerdict:
    """The verdict that all parts come to, in whatever order.

    Args:
        reused: realm -> what ids say that several partitions have decided.
    """
    tallies: dict[str, dict[str, Any]] = {}
    findings: list[tuple[str, AuditFinding]] = []
    rejected: dict[str, list[str]] = {}
    for realm in realms:
        own = [result[realm] for result in results if realm in result]
        by_partition = {number: tally for part in own for number, tally in part.tallies.items()}
        tallies[realm] = summed(tally for _number, tally in sorted(by_partition.items()))
        told = [finding for part in own for finding in part.findings]
        findings += [(realm, finding) for finding in in_place((*told, *reused.get(realm, ())))]
        rejected[realm] = max((list(part.rejected) for part in own), key=len, default=[])
    records = sum(tally["records"] for tally in tallies.values())
    return AuditVerdict(records, tallies, tuple(findings), rejected)
