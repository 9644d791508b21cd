"""How an agency's service starts, in eight steps, the same for every agency.

    1. listen: /live at once (`app.py`)                    5. read the own outboxes to their end
    2. wait for Kafka                                      6. subscribe to the inboxes
    3. control, until layout, convention and directory     7. read them to their end: the fold
       are in force                                            8. take requests (`app.py`)
    4. fence both transactional ids

Before 4 a predecessor may still publish; after it nothing that 5 reads can change but by us.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from typing import Final

import structlog
from aiokafka import TopicPartition

from contracts.errors import LogError
from contracts.keys.directory import Directory
from contracts.log.orders.layout import ordered
from contracts.vocabulary import topics
from services.agency.agency_keys import build_agency
from services.agency.loops.inbox_recall import Recall
from services.agency.loops.inbox_store import InboxMemory, InboxStore, inbox_place
from services.agency.loops.incoming import Incoming
from services.agency.loops.own_outbox import OwnOutboxes
from services.agency.loops.publisher import Publisher
from services.agency.loops.watching import counting_passed_over, read_control
from services.agency.office.awaited import Awaited
from services.agency.office.office import Office
from services.agency.office.sending.identity import Inboxes
from services.agency.trade import Trade
from services.platform.kafka.connection.certificate_watch import certificate_watched
from services.platform.kafka.orders.control import Control
from services.platform.kafka.reading.log_reader import LogReader
from services.platform.kafka.reading.subscription import Subscription
from services.platform.keys import keystore
from services.platform.keys.owners import read_owners
from services.platform.keys.signer_watch import signers_watched
from services.platform.patience import patient
from services.platform.process.clock import Clock
from services.platform.process.exit_codes import UnreachableError
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth
from services.platform.settings import AgencySettings
from services.platform.store.owned import NotBelievedError

LOOK_S: Final = 0.2  # while nothing is in force
BATCH: Final = 500  # inbox records handed to the fold at once
WRITE_S: Final = 40.0  # for a transaction; below the coordinator's own 60 s
PICK_BYTES: Final = 1 << 16  # a fetch of single records; a larger one comes whole all the same

log = structlog.get_logger("relais.agency")


@dataclass(frozen=True, slots=True)
class Started:
    """What runs once an agency has started.

    Attributes:
        inboxes: as they were when it started.
        source: the inboxes' subscription, which feeds `incoming`.
    """

    clock: Clock
    controls: Mapping[str, Control]
    office: Office
    inboxes: Inboxes
    incoming: Incoming
    source: Subscription
    publisher: Publisher
    outboxes: OwnOutboxes


async def started(
    settings: AgencySettings,
    trade: Trade,
    health: ServiceHealth,
    metrics: Metrics,
    stack: AsyncExitStack,
    awaited: Awaited,
) -> Started:
    """Steps 2 to 7; whatever was opened is closed by `stack`.

    Raises:
        UnreachableError, FencedError: Kafka did not come, or another process has taken its place.
        UsageError: a key or secret cannot be read.
    """
    # 2, 3.
    bus, names = settings.bus(), [topics.control(realm) for realm in settings.realms]
    await stack.enter_async_context(certificate_watched(bus.client, metrics, health))
    await bus.wait(patient(settings.kafka_wait_s), names)
    clock = settings.clock()
    controls = await controls_of(settings, clock, stack)
    registries = {realm: control.registry for realm, control in controls.items()}
    served = keystore.token_hashes(settings.tokens_file)
    office = Office(
        build_agency(settings.keys_dir, settings.agency, trade, registries, clock.now(), served),
        counting_passed_over(health, metrics),
        settings.hourly_cases,
    )

    def in_force(realm: str) -> tuple[Directory, int]:
        return office.agency.in_force(realm, clock.now())[1], clock.now()

    held = office.agency.signers.values()
    await stack.enter_async_context(signers_watched(held, in_force, health))
    inboxes = office.agency.inboxes(clock.now())
    reader = await stack.enter_async_context(bus.reader(max_partition_fetch_bytes=PICK_BYTES))
    refresh = partial(read_control, controls)
    incoming = Incoming(office, clock, inboxes, reader, awaited=awaited, refresh=refresh)
    metrics.follow(lambda: dict(incoming.taken_to.items()))
    metrics.follow_undecided(lambda: office.fold.undecided)
    # 4, 5.
    ids = topics.agency_transactions(settings.agency)
    transactions = await stack.enter_async_context(bus.transactions(ids, WRITE_S))
    publisher = Publisher(office, transactions, clock)
    outboxes = OwnOutboxes(office)
    async with bus.reader() as whole:
        await outboxes.read(whole, clock.now())
    # 6, 7.
    source = bus.subscription(incoming.places, incoming.handle, most=BATCH)
    place = inbox_place(settings.state_dir, settings.agency, metrics, health)
    await place.open(InboxStore.check)
    incoming.memory = InboxMemory(place, inboxes)
    stack.callback(incoming.close)
    await subscribe(reader, source, incoming, stack)
    return Started(clock, controls, office, inboxes, incoming, source, publisher, outboxes)


async def controls_of(
    settings: AgencySettings, clock: Clock, stack: AsyncExitStack
) -> dict[str, Control]:
    """Control of each realm, once a layout, a convention and a directory are in force.

    Raises:
        UnreachableError: `nothing_adopted` within the bound.
        LogError: the only convention that control holds was refused, e.g. `convention_half_signed`.
    """
    pinned = partial(read_owners, settings.home)
    owners = pinned()
    controls: dict[str, Control] = {}
    for realm in settings.realms:
        control = controls[realm] = Control(settings.bus().reader(), realm, owners, pinned=pinned)
        stack.push_async_callback(control.stop)
        await control.start()
    try:
        async with asyncio.timeout(patient(settings.kafka_wait_s)):
            while not all(_adopted(control, clock.now()) for control in controls.values()):
                for control in controls.values():
                    control.registry.check_first()
                await asyncio.sleep(LOOK_S)
                for control in controls.values():
                    await control.refresh()
    except TimeoutError:
        raise UnreachableError("nothing_adopted", "no layout, convention or directory") from None
    return controls


def _adopted(control: Control, at: int) -> bool:
    try:
        control.registry.in_force(at)
    except LogError:
        return False
    return bool(ordered(control.registry))  # until then nobody knows how many partitions there are


async def subscribe(
    reader: LogReader,
    source: Subscription,
    incoming: Incoming,
    stack: AsyncExitStack,
) -> None:
    """Start at each inbox's beginning, or behind what is remembered; return at the end."""
    ends, begins = await reader.ends(incoming.places), await reader.begins(incoming.places)
    incoming.begin(begins)
    starts: dict[TopicPartition, int] = {}
    memory = incoming.memory
    if memory.store is not None:
        try:
            starts = await Recall(memory, memory.store, incoming, reader, begins).fold(ends)
        except NotBelievedError as error:
            memory.refuse(error)
    stack.push_async_callback(source.stop)
    await source.start(starts)
    for place, end in ends.items():
        while await source.consumer.position(place) < end and not incoming.failure:
            await asyncio.sleep(0.01)
    await incoming.idle()
