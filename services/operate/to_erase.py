"""What an erasure has to name: looked up in evidence, as an auditor reads it.

Of an event the decision on it; of a case every decision that names it, in any partition, and those
of the cases that it is linked with: their evidence has its token too. A proof of a case is made of
the same.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from functools import partial

import orjson
from aiokafka import TopicPartition

from contracts.encoding import json_object
from contracts.log.erasing.erasure import names, tokens_of
from contracts.log.orders.order import Owners
from contracts.log.orders.registry import Registry
from contracts.log.orders.rulings import Named
from contracts.log.replaying.finding import EVENT_ID, event_of
from contracts.vocabulary import topics
from services.platform.kafka.bus import Bus
from services.platform.kafka.evidence.recorded import IsWanted, recorded
from services.platform.kafka.orders.control import Control
from services.platform.kafka.reading.log_reader import LogReader
from services.platform.kafka.reading.topic_reader import TopicReader

_Values = dict[tuple[int, str], bytes]  # by partition and leaf
_Look = Callable[[IsWanted], Awaitable[_Values]]


async def to_erase(bus: Bus, realm: str, owners: Owners, wanted: str, *, whole: bool) -> Named:
    """Partition and leaf of what is to be erased, in the log's order; as `evidence_of`."""
    return tuple(await evidence_of(bus, realm, owners, wanted, whole=whole))


async def evidence_of(
    bus: Bus, realm: str, owners: Owners, wanted: str, *, whole: bool
) -> dict[tuple[int, str], bytes]:
    """Evidence of an event or a case by partition and leaf, in the log's order; or none.

    Args:
        owners: whose orders brought the directories that have the router's keys.
        wanted: an event's id; of a case its token too, else a decision, for what names no event.
        whole: all of the case.

    Raises:
        UnreachableError: Kafka did not answer in time.
    """
    async with bus.reader() as reader:
        matching = await _looking(reader, realm, owners)
        named, tokens = _Values(), {wanted}
        if EVENT_ID.fullmatch(wanted):
            named = await matching(lambda _, value: event_of(json_object(value)) == wanted)
            tokens = _tokens(named)
        elif not whole:
            named = await matching(lambda leaf, _: leaf == wanted)
        known: frozenset[str] = frozenset()
        while whole and tokens > known:  # once more for each case that a link brings
            known = frozenset(tokens)
            named = await matching(partial(_names, known))
            tokens |= _tokens(named)
    return named


async def _looking(reader: LogReader, realm: str, owners: Owners) -> _Look:
    """Looks in all of a realm's evidence, by what its control says now."""
    control = Control(reader, realm, owners)
    await control.refresh()
    places = await reader.places([topics.evidence(realm)])
    return partial(_matching, reader, places, control.registry)


async def _matching(
    reader: TopicReader,
    places: Iterable[TopicPartition],
    registry: Registry,
    is_wanted: IsWanted,
) -> _Values:
    """What the log vouches for alone: a forged value could name another child's case."""
    values: _Values = {}
    for place in places:
        rows = await recorded(reader, place, registry, is_wanted)
        values |= {(place.partition, leaf): value for leaf, value in rows.items()}
    return values


def _names(tokens: frozenset[str], _leaf: str, value: bytes) -> bool:
    return names(value, tokens)


async def answers(bus: Bus, realm: str, owners: Owners, order: str) -> dict[str, str]:
    """Leaf -> what routing answered to an order, as far as it has come to it.

    Args:
        order: digest.

    Raises:
        UnreachableError: Kafka did not answer in time.
    """
    async with bus.reader() as reader:
        matching = await _looking(reader, realm, owners)
        rows = await matching(lambda _, value: json_object(value).get("order") == order)
    return {
        answer["decision"]: answer["answer"]
        for value in rows.values()
        for answer in json_object(value).get("answers", ())
    }


def _tokens(values: _Values) -> set[str]:
    return {token for value in values.values() for token in tokens_of(orjson.loads(value))}
