"""Where a replay is begun behind: the places of a realm's partitions in their log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from aiokafka import TopicPartition

from contracts.decision.state.state import State
from contracts.errors import UsageError
from contracts.log.chain import Chain
from contracts.log.entry import Site
from contracts.log.orders.registry import Registry
from contracts.log.replaying.finding import Tally
from contracts.vocabulary import topics
from services.platform.kafka.reading.topic_reader import TopicReader


class OtherLogError(UsageError):
    """The log has not the record that a state ends with, which a replay is to go on behind.

    Attributes:
        why: `ahead`: it has none there yet; `foreign`: it has another.
    """

    why = "foreign"


@dataclass
class Stand:
    """Where the replay of one partition stood.

    Attributes:
        evidence, decisions: offsets of what is read next; None at the beginning.
        last: offset of the record that the state ends with, which it is held to; None: there was
            none.
    """

    evidence: int | None
    decisions: int | None
    state: State = field(default_factory=State)
    tally: Tally = field(default_factory=Tally)
    last: int | None = None


async def check_begun(
    reader: TopicReader, realm: str, begun: Sequence[Stand], registry: Registry
) -> None:
    """That the log has, where each state ends, the record that it ends with, signed.

    Raises:
        OtherLogError: `state_differs`.
    """
    held = {
        TopicPartition(topics.decisions(realm), number): stand.last
        for number, stand in enumerate(begun)
        if stand.state.tail.index and stand.last is not None
    }
    if not held:
        return
    ends = await reader.ends(held)
    records = await reader.pick(
        {place: [at] for place, at in held.items() if 0 <= at < ends[place]}
    )
    for place, at in held.items():
        record, number = records.get((place, at)), place.partition
        chain = Chain(Site(realm, number), registry, begun[number].state)
        if record is None or not chain.ends_with(record.value, record.headers):
            got = f"{place.topic}/{place.partition}/{at}"
            error = OtherLogError("state_differs", got, "the record that this state ends with")
            error.why = "ahead" if at >= ends[place] else error.why
            raise error
