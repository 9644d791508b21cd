"""The audit service's stores: of each realm one that a start goes on behind, and one to replay."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial

from contracts.decision.state.shelves import LostRowError
from contracts.log.orders.order import Owners
from services.audit.replay import RealmAudit
from services.audit.source import KafkaLog, OtherLogError
from services.audit.store import AuditStore, audit_path
from services.platform.keys.owners import read_owners
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth
from services.platform.settings import AuditSettings
from services.platform.store.owned import NotBelievedError
from services.platform.store.place import StorePlace, open_store, remove_store
from services.platform.store.states import KEEP_ROWS


class AuditStores:
    """Of each realm a store, if there can be one."""

    def __init__(self, settings: AuditSettings, metrics: Metrics, health: ServiceHealth) -> None:
        self._folder = settings.state_dir
        self._stores = 2 * len(settings.realms)  # and one beside it, to read the log again
        self.places: dict[str, StorePlace[AuditStore]] = {
            realm: StorePlace(
                path, partial(AuditStore, path, realm, self._stores), metrics, health, realm
            )
            for realm in (settings.realms if settings.store else ())
            for path in (audit_path(self._folder, realm),)
        }

    @contextmanager
    def scratch(self, realm: str) -> Iterator[AuditStore | None]:
        """A store that begins empty and is gone afterwards."""
        if realm not in self.places:
            yield None
            return
        path = audit_path(self._folder, realm, scratch=True)
        try:
            store = open_store(partial(AuditStore, path, realm, self._stores), path, anew=True)
        except (OSError, sqlite3.Error, NotBelievedError):
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
        for place in self.places.values():
            place.close()


async def begun(
    settings: AuditSettings, realm: str, owners: Owners, stores: AuditStores
) -> tuple[RealmAudit, AuditStore | None]:
    """A realm's audit, started behind its store if the log bears that out, and the store.

    Raises:
        UnreachableError: Kafka did not answer in time.
    """
    if (place := stores.places.get(realm)) is None:
        return await _started(settings, realm, owners, None), None
    store = await place.open(AuditStore.check)
    try:
        return await _started(settings, realm, owners, store), store
    except OtherLogError as error:
        why = error.why
    except (NotBelievedError, LostRowError) as error:
        why = str(error) if isinstance(error, NotBelievedError) else "damaged"
    store = place.refuse(NotBelievedError(why))
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
    pinned = partial(read_owners, settings.home)
    if store is None:
        audit = RealmAudit(*given, pinned=pinned)
    else:
        audit = RealmAudit(
            *given, pinned=pinned, begun=store.begun,
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
