"""Topics on the brokers: read, compared with the plan, applied.

    await apply_topics(bootstrap, planned, replicas=3, tls=tls)

makes what is missing and sets what differs; a second call changes nothing. It deletes no topic,
moves no replica, changes no number of partitions, and shortens no retention unless it is told to.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from contracts.errors import UsageError
from contracts.kafka.topic_plan import PlannedTopic
from services.operate.client import ASK_S, answers, connect, told
from services.operate.drift import Drift
from services.platform.patience import patient
from services.platform.ports import monotonic
from services.platform.process.exit_codes import UnreachableError
from services.texts import counted

if TYPE_CHECKING:
    from confluent_kafka.admin import AdminClient

    from services.platform.kafka.connection.connection import Tls

T = TypeVar("T")

OURS: Final = "relais."
COPIES: Final = 3  # of every record, where there are as many brokers
LIMIT_S: Final = 60  # for topics to exist and to have leaders,
TOPIC_S: Final = 0.1  # and for each of them as much more
# Topics a request. A controller takes 10,000 records at once (KAFKA-14996), and a topic of ours
# is one for itself, one a partition and one a setting: some 16, and 60 at the most partitions.
PORTION: Final = 100
LOOK_S: Final = 0.05
RETENTION: Final = "retention.ms"
FOR_EVER: Final = -1


@dataclass(frozen=True, slots=True)
class FoundTopic:
    """A topic as the brokers have it.

    Attributes:
        replicas: the numbers of replicas that its partitions have; one, if all is well.
        own: settings made on the topic itself.
        all: every setting in effect, those of the brokers too.
    """

    partitions: int
    replicas: tuple[int, ...]
    own: Mapping[str, str]
    all: Mapping[str, str]


async def apply_topics(
    bootstrap: str,
    planned: Iterable[PlannedTopic],
    *,
    replicas: int = 1,
    tls: Tls | None = None,
    shorten: bool = False,
) -> list[Drift]:
    """Make topics as planned, and return once all of them have leaders.

    Args:
        replicas: of each topic: 1 on one broker, 3 on three.
        shorten: whether a shorter retention may delete records that are kept now.

    Returns:
        What was made good; empty if there was nothing to do.

    Raises:
        UsageError: `partitions_differ`, `refused_by_kafka`, `not_admin`.
        UnreachableError: `kafka_unreachable`, `brokers_away` (fewer than the copies of a new
            topic), `topics_not_ready` after `LIMIT_S` seconds, and `TOPIC_S` for each topic.
    """
    every, kinds = list(planned), ("setting", "shorter") if shorten else ("setting",)
    names = [topic.name for topic in every]

    def work() -> list[Drift]:
        admin = connect(bootstrap, tls)
        drifts = compare(every, read_topics(admin, names), replicas)
        for drift in drifts:
            if drift.kind == "partitions":
                got, expected = f"{drift.got} partitions", f"{drift.expected}, never changed"
                raise UsageError("partitions_differ", got, expected, drift.place)
        missing = {drift.place for drift in drifts if drift.kind == "topic_missing"}
        _make(admin, every, replicas, missing)
        _set(admin, (drift for drift in drifts if drift.kind in kinds))
        _await_leaders(admin, names)
        return [drift for drift in drifts if drift.kind in ("topic_missing", *kinds)]

    return await asyncio.to_thread(work)


async def check_topics(
    bootstrap: str, planned: Iterable[PlannedTopic], *, replicas: int, tls: Tls | None = None
) -> list[Drift]:
    """What differs from the plan, unknown topics of ours too; nothing is changed.

    Raises:
        UsageError, UnreachableError: as `apply_topics`.
    """

    def look() -> list[Drift]:
        return compare(planned, read_topics(connect(bootstrap, tls)), replicas)

    return await asyncio.to_thread(look)


def compare(
    planned: Iterable[PlannedTopic], existing: Mapping[str, FoundTopic], replicas: int
) -> list[Drift]:
    """What differs, sorted. Pure."""
    wanted = {topic.name: topic for topic in planned}
    drifts: list[Drift] = []
    for name, topic in wanted.items():
        if name not in existing:
            drifts.append(Drift("topic_missing", name, expected=str(topic.partitions)))
            continue
        here = existing[name]
        if here.partitions != topic.partitions:
            got, expected = str(here.partitions), str(topic.partitions)
            drifts.append(Drift("partitions", name, got=got, expected=expected))
        if here.replicas != (replicas,):
            got = " ".join(str(number) for number in here.replicas)
            drifts.append(Drift("replicas", name, got=got, expected=str(replicas)))
        drifts += _settings(name, topic.settings(replicas), here)
    unknown = (name for name in existing if name.startswith(OURS) and name not in wanted)
    drifts += [Drift("topic_unknown", name, got=str(existing[name].partitions)) for name in unknown]
    return sorted(drifts)


def _settings(name: str, wanted: Mapping[str, str], here: FoundTopic) -> Iterator[Drift]:
    """Settings that differ, and those that somebody made and nothing plans."""
    for setting, value in wanted.items():
        got = here.own.get(setting)
        if got != value:
            now = here.all.get(setting, "")
            kind = _kind(setting, now, value)
            yield Drift(kind, name, setting, got=now, expected=value)
    for setting in here.own.keys() - wanted.keys():
        yield Drift("setting", name, setting, got=here.own[setting])


def _kind(setting: str, now: str, value: str) -> str:
    """Whether a change would delete records that are kept now."""
    if setting != RETENTION or not now or int(value) == FOR_EVER:
        return "setting"
    longer = int(now) == FOR_EVER or int(now) > int(value)
    return "shorter" if longer else "setting"


def read_topics(admin: AdminClient, only: Sequence[str] = ()) -> dict[str, FoundTopic]:
    """The topics of the brokers, but Kafka's own.

    Args:
        only: names to look for; empty: all.

    Raises:
        UsageError, UnreachableError: as `told`.
    """
    from confluent_kafka.admin import ConfigEntry, ConfigResource, ConfigSource, ResourceType

    with told("list topics"):
        listed = admin.list_topics(timeout=patient(ASK_S)).topics
    wanted = frozenset(only)
    names = [name for name in listed if (name in wanted if only else not name.startswith("__"))]
    described: dict[str, dict[str, ConfigEntry]] = {}
    for some in _portions(names):
        asked = [ConfigResource(ResourceType.TOPIC, name) for name in some]
        futures = admin.describe_configs(asked, request_timeout=patient(ASK_S))
        described |= answers(
            {resource.name: future for resource, future in futures.items()}, "describe topics"
        )

    def topic_of(name: str) -> FoundTopic:
        parts = listed[name].partitions.values()
        entries: list[ConfigEntry] = list(described[name].values())
        on_topic = ConfigSource.DYNAMIC_TOPIC_CONFIG  # the client gives its number
        return FoundTopic(
            partitions=len(parts),
            replicas=tuple(sorted({len(part.replicas) for part in parts})),
            own={
                entry.name: entry.value or ""
                for entry in entries
                if ConfigSource(entry.source) is on_topic
            },
            all={entry.name: entry.value or "" for entry in entries},
        )

    return {name: topic_of(name) for name in names}


def _make(
    admin: AdminClient, planned: Sequence[PlannedTopic], replicas: int, missing: Collection[str]
) -> None:
    from confluent_kafka import KafkaError
    from confluent_kafka.admin import NewTopic

    new = [
        NewTopic(topic.name, topic.partitions, replicas, config=topic.settings(replicas))
        for topic in planned
        if topic.name in missing
    ]
    if new:
        with told("list brokers"):
            there = len(admin.list_topics(timeout=patient(ASK_S)).brokers)
        if there < replicas:
            expected = (
                f"{replicas}, one a copy: start those that are away, then again; "
                f"or, where there shall never be more, --replicas {there}"
            )
            got = counted(("{n} broker", "{n} brokers"), n=there)
            raise UnreachableError("brokers_away", got, expected)
        for some in _portions(new):
            futures = admin.create_topics(
                some, request_timeout=patient(ASK_S), operation_timeout=patient(ASK_S)
            )
            answers(futures, "make topics", unless=KafkaError.TOPIC_ALREADY_EXISTS)


def _set(admin: AdminClient, changes: Iterable[Drift]) -> None:
    """Set what is planned, and take back what is not; of all other settings, none is touched."""
    from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

    entries: dict[str, list[ConfigEntry]] = {}
    for change in changes:
        operation = AlterConfigOpType.SET if change.expected else AlterConfigOpType.DELETE
        entry = ConfigEntry(change.name, change.expected or None, incremental_operation=operation)
        entries.setdefault(change.place, []).append(entry)
    resources = [
        ConfigResource(ResourceType.TOPIC, name, incremental_configs=own)
        for name, own in entries.items()
    ]
    for some in _portions(resources):
        answers(admin.incremental_alter_configs(some, request_timeout=patient(ASK_S)), "set topics")


def _portions(every: Sequence[T]) -> Iterator[list[T]]:
    """What one request may ask of the controller."""
    for start in range(0, len(every), PORTION):
        yield list(every[start : start + PORTION])


def _await_leaders(admin: AdminClient, names: Collection[str]) -> None:
    limit_s = LIMIT_S + TOPIC_S * len(names)
    until = monotonic() + limit_s
    while True:
        with told("list topics"):
            listed = admin.list_topics(timeout=patient(ASK_S)).topics
        parts = [listed[name].partitions.values() if name in listed else () for name in names]
        if all(own and all(part.leader >= 0 for part in own) for own in parts):
            return
        if monotonic() > until:
            raise UnreachableError("topics_not_ready", f"{limit_s:g} s", "topics with leaders")
        time.sleep(LOOK_S)
