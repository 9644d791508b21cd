"""The audit service: follows the log of each realm, and says of what it found code and place.

What was read once may be altered later: the whole log is read again from time to time. Alarms are
in metrics, in the service's log lines and, as warnings, in `/ready`; nothing of a case is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack, ExitStack, suppress
from functools import partial
from typing import Final

import structlog
from aiokafka import TopicPartition

from contracts.decision.state.shelves import LostRowError
from contracts.log.orders.order import Owners
from contracts.vocabulary import topics
from services.audit.following import Following
from services.audit.projection.routes import Projection
from services.audit.readings import count_readings
from services.audit.replay import RealmAudit
from services.audit.source import KafkaLog
from services.audit.store import AuditStore, ScratchLostError, audit_path
from services.audit.tree.publishing import log_route, publishing
from services.audit.whole import audit_on_disk
from services.platform.http.health_endpoints import serving
from services.platform.http.shared_secret import SharedSecrets
from services.platform.kafka.connection.certificate_watch import certificate_watched
from services.platform.keys.keystore import projection_secrets
from services.platform.keys.owners import read_owners
from services.platform.patience import patient
from services.platform.ports import monotonic, now
from services.platform.process.exit_codes import (
    GOOD,
    FencedError,
    UnreachableError,
    unreadable,
)
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth
from services.platform.settings import AuditSettings
from services.platform.store.owned import NotBelievedError
from services.platform.store.place import StorePlace

LOOK_S: Final = 2.0  # between two readings

log = structlog.get_logger("relais.audit")


async def serve(settings: AuditSettings, owners: Owners, stop: asyncio.Event) -> int:
    """Follow until `stop` is set; its exit code.

    Raises:
        UnreachableError: Kafka did not answer in time.
    """
    health, metrics = ServiceHealth(), Metrics("audit")
    health.expect("replay")
    health.expect_kafka()
    secrets = SharedSecrets(projection_secrets(settings.keys_dir, settings.realms))
    clock = settings.clock()
    following: list[Following] = []
    projection = Projection(secrets, following, clock.now)
    routes = [log_route(settings.log_dir), *projection.routes]
    async with AsyncExitStack() as stack:
        port = await stack.enter_async_context(
            serving(settings.http_host, settings.http_port, health, metrics, routes)
        )
        log.info("listening", port=port, realms=list(settings.realms))
        bus, names = settings.bus(), [topics.control(realm) for realm in settings.realms]
        await stack.enter_async_context(certificate_watched(bus.client, metrics, health))
        await bus.wait(patient(settings.kafka_wait_s), names)
        for realm in settings.realms:
            place = store_place(settings, realm, metrics, health)
            stack.callback(place.close)
            audit, store = await begun(settings, realm, owners, place)
            stack.push_async_callback(audit.stop)
            following.append(Following(audit, metrics, health, store))
        again = asyncio.create_task(_looking_again(settings, owners, following))
        asking = asyncio.create_task(_asking(settings, health))
        growing = asyncio.create_task(publishing(settings, owners, following, metrics, health))
        tasks = (again, asking, growing)
        for task in tasks:
            stack.callback(task.cancel)
        while not stop.is_set():
            for task in tasks:
                if task.done():  # none ends of itself: why it did is told, a restart mends it
                    await task
            await _look(following, clock.now())
            progress = health.loops["replay"]
            progress.report(sum(followed.records for followed in following), 0)
            metrics.readings.set(count_readings(settings.home))
            metrics.last_progress.labels("replay").set(now() - progress.idle_s)
            try:
                await asyncio.wait_for(stop.wait(), LOOK_S)
            except TimeoutError:
                continue
    return GOOD


async def _look(following: Iterable[Following], now: int) -> None:
    try:
        for followed in following:
            await followed.look(now)
    except LostRowError as error:  # a new start reads the store, or the log
        raise unreadable(error) from error


async def _asking(settings: AuditSettings, health: ServiceHealth) -> None:
    """Ask Kafka something at each look, on a connection of its own: a replay may take minutes."""
    places = [TopicPartition(topics.control(realm), 0) for realm in settings.realms]
    async with settings.bus().reader() as reader:
        while True:
            with suppress(UnreachableError):
                await reader.ends(places)
                health.kafka_answered()
            await asyncio.sleep(LOOK_S)


async def _looking_again(
    settings: AuditSettings, owners: Owners, following: Sequence[Following]
) -> None:
    """Replay each realm from its beginning, again and again, for ever.

    A start that goes on behind a store has not: it is due as if the service had never ended.
    """
    since = now() - min(followed.looked for followed in following)
    left = min(max(0.0, settings.look_again_s - since), settings.look_again_s)
    while True:
        await due(left, following)
        left = settings.look_again_s
        for followed in following:
            began, stolen = now(), followed.stolen
            try:
                whole = await replayed(settings, followed.realm, owners)
            except (UnreachableError, FencedError, ScratchLostError) as error:
                log.warning("not looked again", realm=followed.realm, code=error.code)
                continue
            followed.look_back(whole.findings, began, stolen)
            log.info("looked again", realm=followed.realm, records=whole.records)


async def due(left_s: float, following: Sequence[Following]) -> None:
    """Return when the whole log is to be read again: after a time, or a key called stolen."""
    end = monotonic() + left_s
    while (left := end - monotonic()) > 0:
        await asyncio.sleep(min(left, LOOK_S))
        if any(followed.doubts for followed in following):
            return


def stores_of(settings: AuditSettings) -> int:
    """How many stores the process has at once: of each realm one, and one to read the log again."""
    return 2 * len(settings.realms)


def store_place(
    settings: AuditSettings, realm: str, metrics: Metrics, health: ServiceHealth
) -> StorePlace[AuditStore]:
    """Where a realm's store lies, if there can be one."""
    path = audit_path(settings.state_dir, realm)
    make = partial(AuditStore, path, realm, stores_of(settings))
    return StorePlace(path, make, metrics, health, realm)


async def begun(
    settings: AuditSettings, realm: str, owners: Owners, place: StorePlace[AuditStore]
) -> tuple[RealmAudit, AuditStore | None]:
    """A realm's audit, started behind its store if the log bears that out, and the store.

    Raises:
        UnreachableError: Kafka did not answer in time.
    """
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
