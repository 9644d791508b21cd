"""Trying a new convention on a recorded log: Kafka or a bundle, partition by partition.

One partition is decided to its end before the next is read: a million decisions need the memory of
one partition's cases.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from aiokafka import TopicPartition

from contracts.convention.model import Convention
from contracts.envelope.wire import Inbound
from contracts.errors import UsageError
from contracts.log.orders.order import Owners
from contracts.log.orders.registry import Registry
from contracts.vocabulary import topics
from services.audit.facts import quarter_of
from services.audit.source import LogSource, recorded_at
from services.committee.simulate.decide_again import Simulator
from services.committee.simulate.impact import Impact
from services.platform.kafka.evidence.recorded import Waiting

Progress = Callable[[int, int], None]  # records read, records there are


class Trial:
    """A new convention, tried on what is read."""

    def __init__(self, convention: Convention) -> None:
        self.impact = Impact()
        self._convention = convention
        self._registries: dict[str, Registry] = {}
        self._place: tuple[str, int] = ("", -1)
        self._simulator: Simulator | None = None
        self._waiting = Waiting()

    def adopt(self, realm: str, registry: Registry) -> None:
        """Take what a realm's control has brought: its log's directories and conventions."""
        self._registries[realm] = registry

    def take(self, record: Inbound) -> None:
        """Take a record or its evidence; decided as soon as both are there.

        Raises:
            LogError: the log is malformed.
        """
        realm = record.topic.split(".")[1]
        place = realm, record.partition
        if place != self._place:
            self._begin(place)
        is_evidence = record.topic == topics.evidence(realm)
        self._waiting.take([record], is_evidence=is_evidence)
        for decided, evidence in self._waiting.pairs():
            self._step(decided, evidence or b"")

    def _begin(self, place: tuple[str, int]) -> None:
        realm, _partition = place
        registry = self._registries[realm]
        if not registry.directories:
            expected = "a realm's control before its log"
            raise UsageError("log_without_control", "no order", expected)
        self._place, self._waiting = place, Waiting()
        self._simulator = Simulator(
            realm, self._convention, registry.directories, registry.conventions
        )

    def _step(self, record: Inbound, evidence: bytes) -> None:
        if self._simulator is None:
            return
        judged = self._simulator.step(record.value or b"", evidence)
        if judged is not None:
            self.impact.add(judged, quarter_of(recorded_at(record)))


async def try_on(
    trial: Trial,
    log: LogSource,
    realms: Iterable[str],
    owners: Owners,
    progress: Progress | None = None,
) -> None:
    """Try a convention on what a log holds, one partition after the other.

    Raises:
        UnreachableError: Kafka did not answer in time.
        UsageError, LogError: the log is malformed.
    """
    places: dict[str, list[list[TopicPartition]]] = {}
    done = total = (
        0  # offsets: markers of transactions count too, so that the end comes a little early
    )
    for realm in realms:
        control = log.control(realm, owners)
        try:
            await control.start()
            trial.adopt(realm, control.registry)
            places[realm] = _partitions(realm, control.registry)
            ends = await control.reader.ends(place for own in places[realm] for place in own)
            total += sum(ends.values())
        finally:
            await control.stop()
    for realm, partitions in places.items():
        reader = log.reader(realm)
        try:
            await reader.start()
            for own in partitions:
                async for batch in reader.read(dict.fromkeys(own)):
                    for record in batch:
                        trial.take(record)
                    done += len(batch)
                    if progress is not None:
                        progress(done, total)
        finally:
            await reader.stop()


def _partitions(realm: str, registry: Registry) -> list[list[TopicPartition]]:
    """Of each partition its evidence and its records."""
    names = topics.evidence(realm), topics.decisions(realm)
    return [
        [TopicPartition(name, number) for name in names] for number in range(registry.partitions)
    ]
