"""What one look shows of those checks that are no figure of a metric: services, brokers, drift, silence."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from services.operate.status.state import FederationState, ServiceState

AT_WORK: Final = ("inputs", "inbox", "replay")  # loops that read what is left


@dataclass(frozen=True, slots=True)
class Found:
    """Of whom something is so, what its words name, and the figure that they say."""

    who: str
    labels: Mapping[str, str] = field(default_factory=dict)
    value: float = 0


Look = Callable[[FederationState, float], Iterator[Found]]  # a look, and the check's limit


def _heard(now: FederationState) -> Iterator[ServiceState]:
    return (service for service in now.services if service.name not in now.unheard)


def _down(now: FederationState, _limit: float) -> Iterator[Found]:
    return (Found(service.name) for service in _heard(now) if not service.answers)


def _not_ready(now: FederationState, _limit: float) -> Iterator[Found]:
    return (Found(one.name) for one in _heard(now) if one.answers and not one.ready)


def _no_progress(now: FederationState, limit: float) -> Iterator[Found]:
    for service in _heard(now):
        for loop, at in service.progress.items():
            if loop in AT_WORK and service.lag and now.at - at > limit:
                yield Found(service.name, {"loop": loop})


def _memory(now: FederationState, limit: float) -> Iterator[Found]:
    for service in _heard(now):
        if service.memory and service.limit and service.memory > limit * service.limit:
            yield Found(service.name, value=service.memory / service.limit)


def _broker_away(now: FederationState, _limit: float) -> Iterator[Found]:
    kafka = now.kafka
    if kafka.why and not kafka.silent and "kafka" not in now.unheard:
        yield Found("kafka")
    for who in kafka.silent or (f"broker-{number}" for number in kafka.away):
        yield Found(who)


def _copies_behind(now: FederationState, _limit: float) -> Iterator[Found]:
    if now.kafka.behind:
        yield Found("kafka", value=now.kafka.behind)


def _unwritable(now: FederationState, _limit: float) -> Iterator[Found]:
    if leaderless := sum(topic.leaderless for topic in now.kafka.topics):
        yield Found("kafka", value=leaderless)


def _without_router(now: FederationState, _limit: float) -> Iterator[Found]:
    for name, realm in now.realms.items():
        every, owned = realm.partitions
        if (owned < every or not every) and not now.unheard:
            yield Found(name, {"realm": name})


def _silent(now: FederationState, _limit: float) -> Iterator[Found]:
    for answer in now.answers:
        limits = answer.samples.by("silence_limit_seconds", "agency")
        for (agency,), sent in answer.samples.by("sent_timestamp_seconds", "agency").items():
            if now.at - sent > limits.get((agency,), math.inf):
                yield Found(answer.service, {"agency": agency}, now.at - sent)


def _drift(now: FederationState, _limit: float) -> Iterator[Found]:
    return (Found("kafka", {"kind": kind}, n) for kind, (n, _at) in now.drift.items() if n)


def _drift_unchecked(now: FederationState, limit: float) -> Iterator[Found]:
    for kind, (_n, at) in now.drift.items():
        if now.at - at > limit:
            yield Found("kafka", {"kind": kind})


LOOKS: Final[Mapping[str, Look]] = {
    "RelaisDown": _down,
    "RelaisNotReady": _not_ready,
    "RelaisNoProgress": _no_progress,
    "RelaisMemoryHigh": _memory,
    "RelaisBrokerAway": _broker_away,
    "RelaisCopiesBehind": _copies_behind,
    "RelaisPartitionsUnwritable": _unwritable,
    "RelaisPartitionWithoutRouter": _without_router,
    "RelaisAgencySilent": _silent,
    "RelaisDrift": _drift,
    "RelaisDriftNotChecked": _drift_unchecked,
}
