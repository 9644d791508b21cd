"""A replay of the whole log, in bounded memory: states and event ids lie on disk while it lasts.

realm by realm: control, evidence, decisions → findings → one verdict
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from typing import Any

from contracts.decision.state import tables
from contracts.envelope.wire import Inbound
from contracts.log.orders.order import Owners
from contracts.log.orders.registry import Registry
from services.audit.decision_rows import RowsAside, Taken
from services.audit.replay import Progress, RealmAudit, Watcher
from services.audit.source import LogSource
from services.audit.store import AuditStore, audit_path, on_disk
from services.audit.verdict import AuditVerdict, merged
from services.platform.store.states import KEEP_ROWS

Watch = Callable[[Inbound, bytes | None, Registry], None]


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
) -> Iterator[RealmAudit]:
    """A realm's audit from the beginning, in a folder that begins empty and is gone afterwards.

    Args:
        stores: that the process has, this one among them.
        more: as `RealmAudit` has them.

    Raises:
        ScratchLostError: there is no room for it, or no more.
    """
    with ExitStack() as stack, on_disk():
        stack.callback(rmtree, folder, ignore_errors=True)
        rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700, parents=True)
        store = stack.enter_context(closing(AuditStore(audit_path(folder, realm), realm, stores)))
        audit = RealmAudit(source, realm, owners, store=store, **more)
        audit.at_signature = partial(_lay_aside, audit, store)
        yield audit


def _lay_aside(audit: RealmAudit, store: AuditStore) -> None:
    """Lay on disk what has changed much: years take no more memory than weeks."""
    share = KEEP_ROWS // len(store.states)
    large = {
        number: state
        for number, state in store.states.items()
        if tables.pending(state) > share and audit.replayers[number].settled() is not None
    }
    if large or store.ids.pending > share:
        store.lay_aside(large)
