"""What an erasure has to name: looked up in evidence, as an auditor reads it.

Every decision that names a case, in any partition, and those of the cases that it is linked with:
their evidence has its token too. A proof of a case is made of the same.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import Any, Final

from aiokafka import TopicPartition

from contracts.encoding import json_object
from contracts.errors import UsageError
from contracts.log.erasing.erasure import changed, names, tokens_of
from contracts.log.orders.order import Owners
from contracts.log.orders.registry import Registry
from contracts.log.orders.rulings import DIGEST_LENGTH, MAX_ERASED, Named
from contracts.log.replaying.finding import EVENT_ID, event_of
from contracts.vocabulary import topics
from services.platform.kafka.bus import Bus
from services.platform.kafka.evidence.recorded import IsWanted, recorded
from services.platform.kafka.orders.control import Control
from services.platform.kafka.reading.log_reader import LogReader
from services.platform.kafka.reading.topic_reader import TopicReader

_Values = dict[tuple[int, str], bytes]  # by partition and leaf
_FORM: Final = re.compile(rf"[A-Za-z0-9_-]{{{DIGEST_LENGTH}}}|{EVENT_ID.pattern}")
_Look = Callable[[IsWanted], Awaitable[_Values]]


async def to_erase(bus: Bus, realm: str, owners: Owners, wanted: str) -> list[Named]:
    """Partition and leaf of what is to be erased, an order after the other; as `evidence_of`."""
    return in_orders(await evidence_of(bus, realm, owners, wanted))


def in_orders(values: Mapping[tuple[int, str], bytes], most: int = MAX_ERASED) -> list[Named]:
    """At most so many decisions an order: what changes no case first, the case itself in the last.

    Any desk that knows a case's token can have more put aside about it than one order may name.
    """
    named = sorted(values, key=lambda place: bool(changed(json_object(values[place]))))
    first, last = named[:-most], named[-most:]
    parts = [first[at : at + most] for at in range(0, len(first), most)]
    return [tuple(part) for part in (*parts, last) if part]


async def evidence_of(
    bus: Bus, realm: str, owners: Owners, wanted: str
) -> dict[tuple[int, str], bytes]:
    """Evidence of a case by partition and leaf, in the log's order; or none.

    Args:
        owners: whose orders brought the directories that have the router's keys.
        wanted: the case's token, an event of it that was decided, or a decision; nothing shorter,
            which any evidence may have somewhere in it. What was put aside may have any event's id:
            by that it would have another case erased.

    Raises:
        UnreachableError: Kafka did not answer in time.
        UsageError: `event_ambiguous`: somebody took an id that was taken, for another case.
    """
    if not _FORM.fullmatch(wanted):
        return {}
    async with bus.reader() as reader:
        matching = await _looking(reader, realm, owners)
        named = await matching(partial(_is, wanted))
        if len(named) > 1:
            leaves = " or ".join(leaf for _partition, leaf in named)
            raise UsageError(
                "event_ambiguous", f"{len(named)} decisions", f"one decision: {leaves}"
            )
        own = {token for value in named.values() for token in _own(json_object(value))}
        tokens = own if named else {wanted}
        known: frozenset[str] = frozenset()
        while tokens > known:  # once more for each case that a link brings
            known = frozenset(tokens)
            named |= await matching(partial(_names, known))
            tokens |= {one for value in named.values() for one in changed(json_object(value))}
    return named


async def leaves_of(bus: Bus, realm: str, owners: Owners, event: str) -> list[str]:
    """Leaves of the records about an event, its decision's first; raises as `evidence_of`."""
    async with bus.reader() as reader:
        matching = await _looking(reader, realm, owners)
        found = await matching(lambda _leaf, value: event_of(json_object(value)) == event)
    decided = {leaf for (_number, leaf), value in found.items() if "decision" in json_object(value)}
    return sorted((leaf for _number, leaf in found), key=lambda leaf: leaf not in decided)


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


def _is(wanted: str, leaf: str, value: bytes) -> bool:
    beside = json_object(value)
    return leaf == wanted or ("decision" in beside and event_of(beside) == wanted)


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


def _own(evidence: Mapping[str, Any]) -> set[str]:
    """The case of an event that was decided, though it was refused; of what was put aside none."""
    return tokens_of(evidence) if "decision" in evidence else changed(evidence)
