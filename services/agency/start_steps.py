"""The steps by which an agency's service starts; their order is told in `app.py`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import Final

from aiokafka import TopicPartition

from contracts.envelope.wire import Outbound
from contracts.errors import LogError
from contracts.kafka.topic_plan import plan
from contracts.vocabulary import topics
from contracts.vocabulary.schema import desk_urn, short
from services.agency.loops.inbox_reader import Incoming
from services.agency.office.identity import Agency
from services.agency.office.office import Office
from services.agency.trade import Trade
from services.platform.kafka.control import Control
from services.platform.kafka.log_reader import LogReader
from services.platform.kafka.subscription import Subscription
from services.platform.kafka.transactions import Transactions
from services.platform.keys import keystore
from services.platform.keys.owners import read_owners
from services.platform.process.clock import Clock
from services.platform.process.exit_codes import UnreachableError
from services.platform.settings import AgencySettings

LOOK_S: Final = 0.2  # while nothing is in force
WRITE_S: Final = 40.0  # for a transaction; below the coordinator's own 60 s


async def controls_of(
    settings: AgencySettings, clock: Clock, stack: AsyncExitStack
) -> dict[str, Control]:
    """Control of each realm, once a convention and a directory are in force.

    Raises:
        UnreachableError: `nothing_adopted` within the bound.
        LogError: the only convention that control holds was refused, e.g. `convention_half_signed`.
    """
    pinned = partial(read_owners, settings.home)
    owners = pinned()
    found: dict[str, Control] = {}
    for realm in settings.realms:
        control = found[realm] = Control(
            settings.kafka, realm, owners, pinned=pinned, **settings.client()
        )
        stack.push_async_callback(control.stop)
        await control.start()
    try:
        async with asyncio.timeout(settings.kafka_wait_s):
            while not all(_adopted(control, clock.now()) for control in found.values()):
                for control in found.values():
                    control.registry.check_first()
                await asyncio.sleep(LOOK_S)
                for control in found.values():
                    await control.refresh()
    except TimeoutError:
        raise UnreachableError("nothing_adopted", "no convention or no directory") from None
    return found


def _adopted(control: Control, at: int) -> bool:
    try:
        control.registry.in_force(at)
    except LogError:
        return False
    return True


def build_agency(
    settings: AgencySettings, trade: Trade, controls: Mapping[str, Control], at: int
) -> Agency:
    """The agency's desks by the directories in force, with their keys.

    Raises:
        UsageError: a key or secret cannot be read.
    """
    keys, own = settings.keys_dir, []
    for realm, control in controls.items():
        directory = control.registry.directories[control.registry.in_force(at)[1]]
        rows = [row for row in directory.desks.values() if row.agency == settings.agency]
        own += [(realm, short(row.desk)) for row in rows]
    return Agency(
        name=settings.agency,
        desks=tuple(sorted({desk for _, desk in own})),
        signers={desk_urn(*one): keystore.desk_signer(keys, *one) for one in own},
        rings={desk_urn(*one): keystore.desk_ring(keys, *one) for one in own},
        secret=keystore.agency_secret(keys, settings.agency),
        routing={realm: keystore.routing_secret(keys, realm) for realm in controls},
        registries={realm: control.registry for realm, control in controls.items()},
        intake=trade.intake,
        describe=trade.words.arrival,
    )


def inboxes_of(agency: Agency, at: int) -> dict[str, tuple[str, str]]:
    """The inbox topics of the agency's desks: topic -> (realm, desk)."""
    found = {}
    for realm in agency.realms:
        planned = {one.name for one in plan(*agency.in_force(realm, at))}
        for desk in agency.desks:
            if (name := topics.inbox(realm, desk)) in planned:
                found[name] = (realm, desk)
    return found


class KafkaWrites:
    """Writes records in one transaction."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def write(self, records: Sequence[Outbound]) -> None:
        """All or nothing; errors as `transactions.py` tells them."""
        async with self._transactions.transaction() as transaction:
            await transaction.send(*records)


async def fenced(settings: AgencySettings, stack: AsyncExitStack) -> KafkaWrites:
    """Fence both transactional ids: whoever published for this agency before cannot any more."""
    ids = topics.agency_transactions(settings.agency)
    transactions = Transactions(settings.kafka, ids, wait=WRITE_S, **settings.client())
    stack.push_async_callback(transactions.stop)
    await transactions.start()
    return KafkaWrites(transactions)


async def read_outboxes(reader: LogReader, office: Office, at: int) -> None:
    """Find chains and idempotency keys again; what is not there now has gone with retention."""
    realms = {topics.outbox(realm, office.agency.name): realm for realm in office.agency.realms}
    places = [TopicPartition(name, n) for name in realms for n in range(topics.PARTITIONS)]
    async for batch in reader.read(dict.fromkeys(places)):
        for record in batch:
            office.read_back(record, realms[record.topic], at)
        await asyncio.sleep(0)  # /live answers meanwhile
    office.fold.expect(covers=False)


async def subscribe(
    reader: LogReader, source: Subscription, incoming: Incoming, stack: AsyncExitStack
) -> None:
    """Start at the beginning of every inbox, and return when the fold has reached the end."""
    ends = await reader.ends(incoming.places)
    incoming.begin(await reader.begins(incoming.places))
    stack.push_async_callback(source.stop)
    await source.start({})
    for place, end in ends.items():
        while await source.consumer.position(place) < end and not incoming.failure:
            await asyncio.sleep(0.01)
    await incoming.idle()
