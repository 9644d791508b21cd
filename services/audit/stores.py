"""The audit service's stores: of each realm one that a start goes on behind."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial

from contracts.decision.state.shelves import LostRowError
from contracts.log.orders.order import Owners
from services.audit.replay import RealmAudit
from services.audit.source import KafkaLog
from services.audit.store import AuditStore, ScratchLostError, audit_path
from services.audit.whole import audit_on_disk
from services.platform.keys.owners import read_owners
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth
from services.platform.settings import AuditSettings
from services.platform.store.owned import NotBelievedError
from services.platform.store.place import StorePlace


def stores_of(settings: AuditSettings) -> int:
    """How many stores the process has at once: of each realm one, and one to read the log again."""
    return 2 * len(settings.realms)


def store_place(
    settings: AuditSettings, realm: str, metrics: Metrics, health: ServiceHealth
) -> StorePlace[AuditStore] | None:
    """Where a realm's store lies, if there can be one."""
    if not settings.store:
        return None
    path = audit_path(settings.state_dir, realm)
    make = partial(AuditStore, path, realm, stores_of(settings))
    return StorePlace(path, make, metrics, health, realm)


async def begun(
    settings: AuditSettings, realm: str, owners: Owners, place: StorePlace[AuditStore] | None
) -> tuple[RealmAudit, AuditStore | None]:
    """A realm's audit, started behind its store if the log bears that out, and the store.

    Raises:
        UnreachableError: Kafka did not answer in time.
    """
    if place is None:
        return await _started(settings, realm, owners, None), None
    store = await place.open(AuditStore.check)
    try:
        return await _started(settings, realm, owners, store), store
    except NotBelievedError as error:
        store = place.refuse(error)
    except LostRowError:
        store = place.refuse(NotBelievedError("damaged"))
    return await _started(settings, realm, owners, store), store


async def replayed(settings: AuditSettings, realm: str, owners: Owners) -> RealmAudit:
    """A realm's audit that has read the whole log from its beginning, and has stopped.

    What it lays aside lies where stores do; where nothing can, it is kept in memory.

    Raises:
        UnreachableError: Kafka did not answer in time.
        ScratchLostError: there is no room any more.
        FencedError: another process lays its own aside there since.
    """
    source = KafkaLog({realm: settings.bus()})
    pinned = partial(read_owners, settings.home)
    folder = settings.state_dir / f"audit-{realm}-again"
    with ExitStack() as stack:
        try:
            audit = stack.enter_context(
                audit_on_disk(folder, source, realm, owners, stores_of(settings), pinned=pinned)
            )
        except ScratchLostError:
            audit = RealmAudit(source, realm, owners, pinned=pinned)
        try:
            await audit.start()
            await audit.read_whole()
        finally:
            await audit.stop()
        return audit


async def _started(
    settings: AuditSettings, realm: str, owners: Owners, store: AuditStore | None
) -> RealmAudit:
    source, pinned = KafkaLog({realm: settings.bus()}), partial(read_owners, settings.home)
    audit = RealmAudit(source, realm, owners, pinned=pinned, store=store)
    try:
        await audit.start()
        if store is not None:
            store.check_orders(audit.control.registry)
    except BaseException:
        await audit.stop()
        raise
    return audit
