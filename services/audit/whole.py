"""A replay of the whole log, in bounded memory: states and event ids lie on disk while it lasts.

    realm by realm: control, evidence, decisions → findings; ids compared across partitions → one
        verdict

Partitions have nothing to do with one another but event ids, which are laid aside and compared in
the end.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from shutil import rmtree
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
from services.audit.replay import Progress, RealmAudit, Watcher
from services.audit.scratch import DISK, on_disk, scratch_lost
from services.audit.source import LogSource
from services.audit.verdict import AuditVerdict, merged
from services.platform.store.states import KEEP_ROWS, StatesStore

_MET: Final = """CREATE TABLE met (
    jti TEXT, partition INTEGER, offset INTEGER, PRIMARY KEY (jti, partition, offset)
) WITHOUT ROWID"""
_MET_AGAIN: Final = """SELECT * FROM met WHERE jti IN (
    SELECT jti FROM met GROUP BY jti HAVING count(DISTINCT partition) > 1) ORDER BY jti"""

Met = tuple[str, int, int]  # an event id, partition and offset of a record that decided it
Watch = Callable[[Inbound, bytes | None, Registry], None]


class IdsAside:
    """The ids that a replay meets; in place of the table of ids decided before.

    Attributes:
        offset: of the record in hand.
    """

    def __init__(self, path: Path) -> None:
        self.offset = -1
        self._rows = sqlite3.connect(path, isolation_level=None)
        for setting in ("PRAGMA journal_mode=OFF", "PRAGMA synchronous=OFF", _MET, "BEGIN"):
            self._rows.execute(setting)

    def setdefault(self, jti: str, partition: int) -> int:
        """Lay an id aside: for all that can be known yet, nobody else has decided it."""
        row = (jti, partition, self.offset)
        self._rows.execute("INSERT OR IGNORE INTO met VALUES (?, ?, ?)", row)
        return partition

    def met_again(self) -> list[Met]:
        """Those that records of more than one partition have decided."""
        return self._rows.execute(_MET_AGAIN).fetchall()

    def close(self) -> None:
        """Let go of the file."""
        self._rows.close()


async def replay(
    source: LogSource,
    realms: Iterable[str],
    owners: Owners,
    now: Callable[[], int],
    progress: Progress | None = None,
    rows: Taken | None = None,
    watch: Watch | None = None,
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
    verdicts: list[AuditVerdict] = []
    files: list[Path] = []
    with ExitStack() as stack:
        with on_disk():
            home = Path(stack.enter_context(TemporaryDirectory(prefix="relais-replay-")))
        for realm in realms:
            with (
                audit_on_disk(home / realm / "aside", source, realm, owners) as audit,
                closing(RowsAside(home / realm, realm)) as aside,
            ):
                if rows is not None:
                    audit.watchers.append(aside.take)
                if watch is not None:
                    audit.watchers.append(_watching(watch, audit.control.registry))
                before = sum(verdict.records for verdict in verdicts)
                verdicts.append(await audit.read_through(now, _behind(before, progress)))
            files += aside.files()
        if rows is not None:
            rows(files)
    return merged(verdicts)


def _watching(watch: Watch, registry: Registry) -> Watcher:
    return lambda record, evidence, _judgement: watch(record, evidence, registry)


def _behind(before: int, progress: Progress | None) -> Progress | None:
    """The progress of a realm's replay, of which another realm's records were replayed before."""
    if progress is None:
        return None
    return lambda done, total: progress(before + done, before + total)


@contextmanager
def audit_on_disk(
    folder: Path, source: LogSource, realm: str, owners: Owners, stores: int = 1, **more: Any
) -> Iterator[AuditOnDisk]:
    """A realm's audit from the beginning, in a folder that begins empty and is gone afterwards.

    Args:
        stores: that the process has, this one among them.
        more: as `RealmAudit` has them.

    Raises:
        ScratchLostError: there is no room for it.
    """
    with ExitStack() as stack:
        stack.callback(rmtree, folder, ignore_errors=True)
        with on_disk():
            rmtree(folder, ignore_errors=True)
            folder.mkdir(mode=0o700, parents=True)
            ids = stack.enter_context(closing(IdsAside(folder / "ids.sqlite")))
            states = StatesStore(folder / "states.sqlite", {"format": 1}, stores)
            stack.enter_context(closing(states))
        yield AuditOnDisk(ids, states, source, realm, owners, **more)


class AuditOnDisk(RealmAudit):
    """A realm's audit that lays event ids and states aside."""

    def __init__(
        self, ids: IdsAside, states: StatesStore, source: LogSource, realm: str, owners: Owners,
        **more: Any,
    ) -> None:  # fmt: skip
        self._aside, self._states = ids, states
        given: Any = {"ids": ids, "state_of": self._state, **more}
        super().__init__(source, realm, owners, **given)
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
        """All findings so far, with those that only an end shows; states are on the disk."""
        with on_disk():
            return super().close(now)

    async def read_whole(self, progress: Progress | None = None) -> None:
        """As an audit does, once; then ids are compared across partitions."""
        await super().read_whole(progress)
        with on_disk():
            met = self._aside.met_again()
        name = topics.decisions(self.realm)
        wanted: dict[TopicPartition, list[int]] = {}
        for _jti, partition, offset in met:
            wanted.setdefault(TopicPartition(name, partition), []).append(offset)
        records = await self._reader.pick(wanted) if met else {}
        for jti, places in groupby(met, itemgetter(0)):
            rows = [
                (orjson.loads(records[TopicPartition(name, number), offset].value or b""), number)
                for _jti, number, offset in places
            ]
            self.findings += reused_of(jti, rows)


def reused_of(jti: str, rows: Sequence[tuple[dict[str, Any], int]]) -> list[AuditFinding]:
    """What is found of an id that several partitions decided: all records but the first.

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
