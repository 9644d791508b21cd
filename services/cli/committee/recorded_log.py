"""Trying a new convention on a recorded log: reading it, live or from a file, partition by partition.

One partition is decided to its end before the next is read: a million decisions need the memory of
one partition's cases.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any, Final

from aiokafka import TopicPartition

from contracts.convention.model import Convention
from contracts.envelope.wire import Inbound
from contracts.errors import UsageError
from contracts.log.orders.order import Owners
from contracts.log.orders.registry import Registry
from contracts.vocabulary import topics
from contracts.vocabulary.scopes import REALMS
from services.audit import logfile
from services.committee.simulate.decide_again import JudgedAgain, Simulator
from services.committee.simulate.impact import Impact
from services.platform.kafka.evidence.record_pairs import Waiting
from services.platform.kafka.orders.control import Control
from services.platform.kafka.reading.log_reader import LogReader

Progress = Callable[[int, int], None]  # records read, records there are
Listener = Callable[[JudgedAgain], None]
_TELL_EVERY: Final = 200  # records


class Trial:
    """A new convention, tried on what is read.

    Args:
        listen: is told of every event that is decided again.
    """

    def __init__(
        self,
        convention: Convention,
        owners: Owners,
        *,
        listen: Listener | None = None,
    ) -> None:
        self.impact = Impact()
        self._convention = convention
        self._listen = listen
        self._registries = {realm: Registry(realm, owners) for realm in REALMS}
        self._place: tuple[str, int] = ("", -1)
        self._simulator: Simulator | None = None
        self._waiting = Waiting()

    def control(self, record: Inbound) -> None:
        """Take an order: which directories and conventions the log was decided under."""
        self._registries[_realm(record.topic)].extend([record.value])

    def adopt(self, realm: str, registry: Registry) -> None:
        """Take what a realm's control has brought."""
        self._registries[realm] = registry

    def take(self, record: Inbound) -> None:
        """Take a record or its evidence; decided as soon as both are there.

        Raises:
            LogError: the log is malformed.
        """
        realm = _realm(record.topic)
        place = realm, record.partition
        if place != self._place:
            self._begin(place)
        is_evidence = record.topic == topics.evidence(realm)
        self._waiting.take([record], is_evidence=is_evidence)
        for decided, evidence in self._waiting.pairs():
            self._step(decided.value or b"", evidence or b"")

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

    def _step(self, record: bytes, evidence: bytes) -> None:
        if self._simulator is None:
            return
        judged = self._simulator.step(record, evidence)
        if judged is not None:
            self.impact.add(judged)
            if self._listen is not None:
                self._listen(judged)


def try_file(trial: Trial, path: Path, progress: Progress | None = None) -> None:
    """Try a convention on a log file.

    Raises:
        UsageError, LogError: the file, or the log in it, is malformed.
    """
    total = logfile.count(path)
    for done, record in enumerate(logfile.read(path), start=1):
        if record.topic == topics.control(_realm(record.topic)):
            trial.control(record)
        else:
            trial.take(record)
        if progress is not None and done % _TELL_EVERY == 0:
            progress(done, total)


async def try_live(
    trial: Trial,
    owners: Owners,
    reached: Mapping[str, tuple[str, dict[str, Any]]],
    progress: Progress | None = None,
) -> None:
    """Try a convention on the live topics, to their last stable offset.

    Args:
        reached: realm -> Kafka's addresses and client options.

    Raises:
        UnreachableError: Kafka did not answer in time.
    """
    done, total = 0, await _total(reached)
    for realm in reached:
        registry, batches = await _opened(owners, realm, reached[realm])
        trial.adopt(realm, registry)
        async for batch in batches:
            for record in batch:
                trial.take(record)
            done += len(batch)
            if progress is not None:
                progress(done, total)


async def save_live(path: Path, reached: Mapping[str, tuple[str, dict[str, Any]]]) -> int:
    """Write the live log into a file; returns the number of records."""
    written = 0
    with logfile.writing(path, await _total(reached)) as write:
        for realm, (bootstrap, client) in reached.items():
            async with LogReader(bootstrap, **client) as reader:
                places = {TopicPartition(topics.control(realm), 0): None}
                async for batch in reader.read(places):
                    for record in batch:
                        write(record)
                    written += len(batch)
            async for batch in _partitions(realm, bootstrap, client):
                for record in batch:
                    write(record)
                written += len(batch)
    return written


async def _total(reached: Mapping[str, tuple[str, dict[str, Any]]]) -> int:
    """Offsets to read: transaction markers count too, so that the end comes a little early."""
    total = 0
    for realm, (bootstrap, client) in reached.items():
        async with LogReader(bootstrap, **client) as reader:
            ends = await reader.ends(await reader.places(_log(realm)))
            total += sum(ends.values())
    return total


async def _opened(
    owners: Owners, realm: str, reached: tuple[str, dict[str, Any]]
) -> tuple[Registry, AsyncIterator[list[Inbound]]]:
    bootstrap, client = reached
    control = Control(bootstrap, realm, owners, **client)
    try:
        await control.start()
    finally:
        await control.stop()
    return control.registry, _partitions(realm, bootstrap, client)


async def _partitions(
    realm: str, bootstrap: str, client: dict[str, Any]
) -> AsyncIterator[list[Inbound]]:
    """One partition after the other: records and evidence."""
    async with LogReader(bootstrap, **client) as reader:
        places = await reader.places(_log(realm))
        for number in sorted({place.partition for place in places}):
            own = [place for place in places if place.partition == number]
            async for batch in reader.read(dict.fromkeys(own)):
                yield batch


def _log(realm: str) -> tuple[str, str]:
    return topics.evidence(realm), topics.decisions(realm)


def _realm(topic: str) -> str:
    realm = topic.split(".")[1] if topic.count(".") >= 2 else ""
    if realm not in REALMS:
        raise UsageError("log_malformed", "a topic of no realm", "relais.<realm>.…", "topic")
    return realm
