"""The routing service: one process a shard. Wiring and the order of starting; no decisions.

    1. wait for Kafka                     5. rebuild the state of each owned partition
    2. control, until it holds a layout   6. genesis and adoptions, until both are in force
    3. fence: ids of older layouts,       7. subscribe, seek behind what the log has taken, go on
       then all of our own
    4. control again: still our layout?

Before 3 a predecessor may still write; after it nothing that 5 reads can change. When an adoption
brings or takes an agency, 7 is done again: with a new one's outbox once that can be read.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from typing import Final

import structlog
from aiokafka import TopicPartition

from contracts.decision.state.shelves import LostRowError
from contracts.errors import LogError, RelaisError
from contracts.log.orders.layout import Layout, ordered
from contracts.log.orders.order import Owners
from contracts.log.routing.partition_router import PartitionRouter, RouterKeys
from contracts.vocabulary import topics
from services.platform.http.health_endpoints import serving
from services.platform.kafka.bus import Bus
from services.platform.kafka.connection.certificate_watch import certificate_watched
from services.platform.kafka.connection.missing_rights import visible
from services.platform.kafka.orders.control import Control
from services.platform.kafka.reading.subscription import Subscription
from services.platform.keys.owners import read_owners
from services.platform.keys.signer_watch import signers_watched
from services.platform.patience import patient
from services.platform.ports import monotonic, now
from services.platform.process.exit_codes import GOOD, check_not_cancelled, unreadable
from services.platform.process.metrics import Metrics
from services.platform.process.progress import Pace, ServiceHealth
from services.platform.process.side_by_side import ended, until_one_ends
from services.platform.settings import RoutingSettings
from services.routing.restart import (
    check_held,
    check_in_force,
    check_not_ahead,
    check_unrecorded,
    layout_of,
    rebuild_states,
)
from services.routing.shard import Shard
from services.routing.store import ShardStore, remove_others

LOOK_S: Final = 0.05  # how often due instants and the clock are looked at
CALM_S: Final = 0.25  # while nothing comes and the clock is not moved
IDLE_S: Final = 1.0  # between two ticks without input; log §8 allows 10
JUMP_MS: Final = 500  # of the clock against real time: it was moved
REPORT_S: Final = 1.0
ADOPTION_LOOK_S: Final = 0.2  # while control holds no layout, convention and directory

log = structlog.get_logger("relais.routing")


async def serve(
    settings: RoutingSettings, keys: RouterKeys, owners: Owners, stop: asyncio.Event
) -> int:
    """Run one shard until `stop` is set; its exit code.

    Raises:
        UnreachableError, FencedError: exit codes 3 and 4.
        DamagedLogError: the log is unsigned, unchained or incomplete: exit code 5.
        ReplacedError: another layout was ordered: exit code 6.
        UsageError: another layout than was said, a clock that is off.
    """
    structlog.contextvars.bind_contextvars(realm=settings.realm, shard=settings.shard)
    health, metrics = ServiceHealth(), Metrics("routing")
    for loop in ("ticks", "inputs"):
        health.expect(loop)
    health.expect_kafka()
    async with serving(settings.http_host, settings.http_port, health, metrics) as port:
        log.info("listening", port=port)
        work = asyncio.create_task(_work(settings, keys, owners, metrics, health))
        asked = asyncio.create_task(stop.wait())
        await asyncio.wait((work, asked), return_when=asyncio.FIRST_COMPLETED)
        check_not_cancelled(work)
        asked.cancel()
        await ended(work)
        if not work.cancelled() and (error := work.exception()):
            if isinstance(error, LostRowError):  # a new start reads the store, or the log
                raise unreadable(error) from error
            raise error
    return GOOD


async def _work(
    settings: RoutingSettings,
    keys: RouterKeys,
    owners: Owners,
    metrics: Metrics,
    health: ServiceHealth,
) -> None:
    """Start in order, then run until cancelled or until the shard fails."""
    async with (
        _started(settings, keys, owners, metrics, health) as shard,
        AsyncExitStack() as stack,
    ):
        watched = signers_watched([keys.signers], lambda _realm: shard.in_force(), health)
        await stack.enter_async_context(watched)
        # 6.
        await _adopted(shard)
        metrics.follow(lambda: shard.next)
        while True:
            places = shard.inputs()
            # 7.
            shard.taken |= shard.next  # of an agency that has left too: it may come back
            shard.next = {place: shard.taken.get(place, 0) for place in places}
            await _routed(shard, places, settings.batch_events, health)


async def _routed(
    shard: Shard, places: Sequence[TopicPartition], most: int, health: ServiceHealth
) -> None:
    """Route from `places`, from where the shard is, until the inputs are others.

    In the end the batch in hand is finished.
    """
    for gauge in (shard.metrics.lag, shard.metrics.open_transaction):
        gauge.clear()  # of what is read no more
    subscription = shard.bus.subscription(places, shard.handle, most=most)
    shard.seek = subscription.seek
    try:
        await subscription.start(shard.next)
        log.info("routing", partitions=sorted(shard.routers), inputs=len(places))
        await until_one_ends(_ticking(shard, places), _reporting(shard, subscription, health))
    finally:
        await subscription.stop()


@asynccontextmanager
async def _started(
    settings: RoutingSettings,
    keys: RouterKeys,
    owners: Owners,
    metrics: Metrics,
    health: ServiceHealth,
) -> AsyncIterator[Shard]:
    """Steps 1 to 5 of the module's docstring."""
    async with AsyncExitStack() as stack:
        # 1, 2.
        bus = settings.bus()
        await stack.enter_async_context(certificate_watched(bus.client, metrics, health))
        await bus.wait(patient(settings.kafka_wait_s), [topics.control(settings.realm)])
        pinned = partial(read_owners, settings.home)
        control = Control(bus.reader(), settings.realm, owners, pinned=pinned)
        stack.push_async_callback(control.stop)
        await control.start()
        while not ordered(control.registry):
            await asyncio.sleep(ADOPTION_LOOK_S)
            await control.refresh()
        gone = partial(remove_others, settings.state_dir, settings.realm, control.registry)
        gone()
        stack.callback(gone)  # an order may take our own shard away while it runs
        layout = layout_of(control.registry, settings.shard)
        # 3.
        await _fence(bus, settings.realm, ordered(control.registry)[:-1])
        ids = topics.routing_transactions(settings.realm, layout.number, settings.shard)
        transactions = await stack.enter_async_context(bus.transactions(ids))
        # 4.
        await control.refresh()
        check_in_force(layout, control.registry)
        # 5.
        began, owned = monotonic(), layout.owned(settings.shard)
        place = settings.state_dir, settings.realm
        store = ShardStore(*place, metrics, health, layout, settings.shard)
        stack.callback(store.place.close)
        async with bus.reader() as reader:
            states, taken = await rebuild_states(
                reader, settings.realm, owned, control.registry, settings.leave_out, store
            )
        check_not_ahead(settings.realm, states, settings.clock().now())
        check_unrecorded(control.registry, states.values())
        log.info(
            "rebuilt",
            records=sum(state.tail.index for state in states.values()),
            cases=sum(len(state.cases) for state in states.values()),
            seconds=round(monotonic() - began, 3),
        )
        shard = Shard(
            settings,
            layout,
            {n: PartitionRouter(settings.realm, n, states[n], keys) for n in owned},
            bus=bus,
            control=control,
            transactions=transactions,
            metrics=metrics,
            store=store,
        )
        shard.next = taken
        try:
            yield shard
        finally:
            with suppress(RelaisError, LostRowError):  # a start reads what is missing from the log
                shard.keep(now=True)


async def _fence(bus: Bus, realm: str, old: Iterable[Layout]) -> None:
    """Fence every owner under every older layout, before anything of theirs is read."""
    for layout in old:
        async with bus.transactions(layout.ids(realm)):
            log.warning("fenced an old layout", order=layout.number, shards=layout.shards)


async def _adopted(shard: Shard) -> None:
    """Write genesis and adoptions until a convention and a directory are in force everywhere.

    Raises:
        LogError: the only convention that control holds was refused, e.g. `convention_half_signed`.
    """
    while True:
        await shard.handle()
        shard.raise_failure()
        shard.control.registry.check_first()
        if all(one.state.tail.convd and one.state.tail.dird for one in shard.routers.values()):
            return
        await asyncio.sleep(ADOPTION_LOOK_S)


async def _ticking(shard: Shard, places: Iterable[TopicPartition]) -> None:
    """Tick when something is due, when the clock was moved, and when idle.

    Returns when an adoption has changed the inputs and all of them can be read: until then a new
    agency waits for its topic and our right to it, and nobody else does.
    """
    clock, expected, ticked, told = shard.clock, set(places), 0.0, False
    offset, pace = clock.now_ms() - monotonic() * 1000, Pace(LOOK_S, CALM_S)
    while True:
        shard.raise_failure()
        drift = clock.now_ms() - monotonic() * 1000 - offset
        due = shard.next_due is not None and shard.next_due <= clock.now()
        due = due or any(one.wanted for one in shard.routers.values())
        if due or abs(drift) > JUMP_MS or monotonic() - ticked > IDLE_S:
            offset += drift
            await shard.handle()
            ticked = monotonic()
            if (wanted := set(shard.inputs())) != expected:
                new = {place.topic for place in wanted - expected}
                seen = await visible(shard.bus.bootstrap, new, shard.bus.client)
                if new <= (seen or frozenset()):
                    return
                if not told:
                    log.warning("waiting for an outbox", topics=sorted(new))
                told = True
        moved = abs(drift) > JUMP_MS, shard.next_due, sum(shard.next.values())
        await asyncio.sleep(pace.pause(moved))


async def _reporting(shard: Shard, subscription: Subscription, health: ServiceHealth) -> None:
    """Say how far the shard is: readiness is what was done, not a ping.

    Raises:
        DamagedLogError: `input_missing`.
    """
    metrics, ticks, inputs = shard.metrics, health.loops["ticks"], health.loops["inputs"]
    while True:
        ticks.report(shard.done, -1)
        taken = dict(shard.next)
        ends = await shard.control.reader.ends(taken)
        check_held(taken, ends)
        health.kafka_answered()
        lag = await subscription.lag(ends)
        inputs.report(sum(shard.next.values()), sum(lag.values()))
        for place, records in lag.items():
            metrics.lag.labels(place.topic, str(place.partition)).set(records)
        for place, seconds in subscription.held().items():
            metrics.open_transaction.labels(place.topic, str(place.partition)).set(seconds)
        for number, router in shard.routers.items():
            metrics.cases.labels(shard.realm, str(number)).set(len(router.state.cases))
            metrics.backlog.labels(shard.realm, str(number)).set(len(router.state.kept))
        _tell_agreed(shard)
        for progress in (ticks, inputs):
            metrics.last_progress.labels(progress.name).set(now() - progress.idle_s)
        await asyncio.sleep(REPORT_S)


def _tell_agreed(shard: Shard) -> None:
    """What control says now: layout, and until when directory and keys last."""
    metrics, registry, realm = shard.metrics, shard.control.registry, shard.realm
    metrics.partitions.labels(realm).set(registry.partitions)
    metrics.layout_shards.labels(realm).set(ordered(registry)[-1].shards)
    with suppress(LogError):  # no router ends because a figure cannot be told
        directory, at = shard.in_force()
        metrics.directory_expires.labels(realm).set(directory.expires)
        metrics.keys_end.labels(realm).set(directory.encryption.until or at)  # none: as of now
