"""The audit service's stores: opened, refused where the log says otherwise, and done without.

Where there can be none (a file system that is read-only or full), what was read is in memory, and
each start reads the whole log.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial

import structlog

from contracts.decision.state.shelves import LostRowError
from contracts.log.orders.order import Owners
from services.audit.following import KEEP_ROWS
from services.audit.replay import RealmAudit
from services.audit.source import KafkaLog, OtherLogError
from services.audit.store import AuditStore, audit_path
from services.platform.keys.owners import read_owners
from services.platform.process.metrics import Metrics
from services.platform.settings import AuditSettings
from services.platform.store.owned import (
    NotBelievedError,
    open_store,
    remove_store,
    try_open,
)
from services.platform.store.verified_files import verified_files

_ALL = "all"  # partitions lie in one store

log = structlog.get_logger("relais.audit")


class AuditStores:
    """Of each realm a store, if there can be one."""

    def __init__(self, settings: AuditSettings, metrics: Metrics) -> None:
        self._kept, self._folder = settings.store, settings.state_dir
        self._stores = 2 * len(settings.realms)  # and one beside it, to read the log again
        self._metrics = metrics
        self._open: dict[str, AuditStore] = {}

    async def open(self, realm: str) -> AuditStore | None:
        """The store of a realm, empty if it is not to be believed; None if there can be none."""
        if not self._kept:
            return None
        try:
            store = self._opened(realm)
            if store is not None:  # seconds for a large one, in which `/live` is answered
                await asyncio.to_thread(store.check)
        except NotBelievedError as error:
            return self.refuse(realm, str(error))
        return store

    def refuse(self, realm: str, why: str) -> AuditStore | None:
        """A new store in place of one that is not what the log says."""
        before = self._open.pop(realm, None)
        if before is not None:
            before.close()
        log.warning("store refused", realm=realm, why=why)
        self._metrics.stores_refused.labels(realm, why).inc()
        return self._opened(realm, anew=True)

    @contextmanager
    def scratch(self, realm: str) -> Iterator[AuditStore | None]:
        """A store that begins empty and is gone afterwards."""
        if not self._kept:
            yield None
            return
        path = audit_path(self._folder, realm, scratch=True)
        try:
            store = open_store(partial(AuditStore, path, realm, self._stores), path, anew=True)
        except (OSError, sqlite3.Error):
            yield None
            return
        try:
            yield store
        finally:
            store.close()
            with suppress(OSError):  # the next one begins with an empty file all the same
                remove_store(path)

    def close(self) -> None:
        """Close all."""
        while self._open:
            self._open.popitem()[1].close()

    def _opened(self, realm: str, *, anew: bool = False) -> AuditStore | None:
        path = audit_path(self._folder, realm)
        make = partial(AuditStore, path, realm, self._stores)
        told = self._metrics.store.labels(realm, _ALL)
        store = try_open(make, path, told, log, anew=anew, realm=realm)
        if store is not None:
            self._open[realm] = store
        return store


async def begun(
    settings: AuditSettings, realm: str, owners: Owners, stores: AuditStores
) -> tuple[RealmAudit, AuditStore | None]:
    """A realm's audit, started behind its store if the log bears that out, and the store.

    Raises:
        UnreachableError: Kafka did not answer in time.
    """
    store = await stores.open(realm)
    try:
        return await _started(settings, realm, owners, store), store
    except OtherLogError as error:
        why = error.why
    except (NotBelievedError, LostRowError) as error:
        why = str(error) if isinstance(error, NotBelievedError) else "damaged"
    store = stores.refuse(realm, why)
    return await _started(settings, realm, owners, store), store


async def replayed(
    settings: AuditSettings, realm: str, owners: Owners, stores: AuditStores
) -> RealmAudit:
    """A realm's audit that has read the whole log from its beginning, and has stopped.

    Raises:
        UnreachableError: Kafka did not answer in time.
        LostRowError, sqlite3.Error: what it laid aside meanwhile is lost, or there is no room for
            it.
    """
    with stores.scratch(realm) as scratch:
        whole = await _started(settings, realm, owners, scratch)

        def keep() -> None:
            if scratch is not None and scratch.pending > KEEP_ROWS:
                scratch.write(whole.stands(), len(whole.replayers), whole.control.registry, ())

        whole.at_signature = keep
        try:
            await whole.read_whole()
        finally:
            await whole.stop()
        return whole


async def _started(
    settings: AuditSettings, realm: str, owners: Owners, store: AuditStore | None
) -> RealmAudit:
    given = KafkaLog({realm: settings.bus()}), realm, owners
    pinned, verified = partial(read_owners, settings.home), verified_files(settings, realm)
    if store is None:
        audit = RealmAudit(*given, pinned=pinned, verified=verified)
    else:
        audit = RealmAudit(
            *given, pinned=pinned, verified=verified, begun=store.begun,
            state_of=lambda number: store.state(number, audit.control.registry.partitions),
        )  # fmt: skip
    try:
        await audit.start()
        if store is not None:
            store.check_orders(audit.control.registry)
    except BaseException:
        await audit.stop()
        raise
    return audit
