"""One look at a federation: all are asked at once, the silent once more; no record is read."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from services.operate.client import connect
from services.operate.gauge import read_gauge
from services.operate.home.folder import HomeFolder
from services.operate.status.ask import KAFKA, ask_all, kept_by, read_targets
from services.operate.status.state import FederationState, KafkaState, TopicState, federation
from services.platform.kafka.connection.connection import client_options
from services.platform.kafka.connection.wait import greet_all
from services.platform.patience import patient
from services.platform.ports import now
from services.platform.process.clock import home_clock
from services.platform.process.side_by_side import TIMES, NoAnswer, asked_again

if TYPE_CHECKING:
    from confluent_kafka.admin import TopicMetadata

    from services.platform.kafka.connection.connection import Tls

TOPICS: Final = "relais."  # how names of ours begin
OURS: Final = ("relais.", "__")  # and Kafka's own: without transactions nothing goes on
ASK_S: Final = 0.8  # for all of it: a node that hangs takes a connection and says nothing


@dataclass(frozen=True)
class Where:
    """Where to look.

    Attributes:
        home: whose files say the rest; it need not be there.
        targets: file with the services' addresses; None: where those of the home listen now.
        drift: file with the gauge `relais_drift`.
        secrets: realm -> by what its auditor is asked whose it is what lies in quarantine; without
            one nobody is.
    """

    home: Path
    targets: Path | None
    bootstrap: str
    tls: Tls | None
    drift: Path = field(default=Path("drift.prom"))
    secrets: Mapping[str, bytes] = field(default_factory=dict, repr=False)


def services_of(home: Path, targets: Path | None) -> dict[str, str]:
    """Service -> address: of a file, else where those of the home listened last.

    Raises:
        UsageError: `targets_malformed`.
    """
    if targets is not None:
        return read_targets(targets)
    listed = HomeFolder(home).addresses.items()
    return {name: str(url) for name, url in listed if name != KAFKA}


async def look(where: Where) -> FederationState:
    """Ask services and brokers; nothing is raised for what does not answer.

    Raises:
        UsageError: `targets_malformed`.
    """
    services = services_of(where.home, where.targets)
    answers, brokers, kept = await asyncio.gather(
        ask_all(services),
        kafka_state(where.bootstrap, where.tls),
        kept_by(services, where.secrets),
    )
    at = now()
    ahead = home_clock(where.home).now() - int(at)
    return federation(
        at,
        answers,
        brokers,
        read_gauge(where.drift),
        _restarts(HomeFolder(where.home).restarts),
        ahead,
        kept,
    )


def _restarts(file: Path) -> dict[str, int]:
    """Service -> how often whoever watches over it has started it again; none where nobody does."""
    try:
        counts: dict[str, int] = orjson.loads(file.read_bytes())
        return {name: int(count) for name, count in counts.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


async def kafka_state(bootstrap: str, tls: Tls | None) -> KafkaState:
    """Ask, and once more who does not answer; nothing is raised, what went wrong is a code."""
    if not bootstrap:
        return KafkaState("kafka_unknown")
    options = client_options(tls) if tls is not None else {}
    addresses = [address.strip() for address in bootstrap.split(",")]
    described = asyncio.to_thread(_described, bootstrap, tls)
    said, *answers = await asyncio.gather(
        described, *(_answers(address, options) for address in addresses)
    )
    if "why" in said and NoAnswer.LATE in answers:
        said["why"] = NoAnswer.LATE
    silent = [
        address
        for address, answer in zip(addresses, answers, strict=True)
        if answer in (False, NoAnswer.SILENT)
    ]
    return KafkaState(**said, silent=tuple(silent))


async def _answers(address: str, options: dict[str, Any]) -> bool | NoAnswer:
    """Whether a node answers the greeting that any client begins with, be it to refuse us."""
    greeting = await asked_again(patient(ASK_S), lambda: greet_all(address, options))
    if isinstance(greeting, NoAnswer):
        return greeting
    return greeting.answers or greeting.refusal is not None


def _described(bootstrap: str, tls: Tls | None) -> dict[str, Any]:
    from confluent_kafka import KafkaException

    admin, why = connect(bootstrap, tls), ""
    for _ in range(TIMES):
        try:
            told = admin.list_topics(timeout=patient(ASK_S))
            break
        except KafkaException as error:
            why = error.args[0].name().lower().lstrip("_")
    else:
        return {"why": why}
    parts = [
        (name, part)
        for name, topic in told.topics.items()
        if name.startswith(OURS)
        for part in topic.partitions.values()
    ]
    late = Counter(name for name, part in parts if set(part.replicas) != set(part.isrs))
    away = {number for _name, part in parts for number in part.replicas} - told.brokers.keys()
    ours = [name for name in sorted(told.topics) if name.startswith(TOPICS)]
    brokers = (f"{broker.host}:{broker.port}" for _, broker in sorted(told.brokers.items()))
    return {
        "brokers": tuple(brokers),
        "away": tuple(sorted(away)),
        "behind": late.total(),
        "topics": tuple(_topic(name, told.topics[name], late[name]) for name in ours),
    }  # fmt: skip


def _topic(name: str, topic: TopicMetadata, behind: int) -> TopicState:
    parts = topic.partitions.values()
    return TopicState(
        name,
        len(parts),
        copies=max((len(part.replicas) for part in parts), default=0),
        behind=behind,
        leaderless=sum(part.leader < 0 for part in parts),
    )
