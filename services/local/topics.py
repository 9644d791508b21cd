"""Make the topics of a federation, through Kafka's admin interface."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from contracts.errors import UsageError
from services.shell.startup import UnreachableError

LIMIT_S: Final = 60  # for all topics to exist and to have leaders
TIMEOUT_MS: Final = 30_000  # of one request
ALREADY_EXISTS: Final = 36  # error code of the Kafka protocol


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic to make: name, number of partitions and its settings by Kafka's names."""

    name: str
    partitions: int
    configs: Mapping[str, str] = field(default_factory=dict)


async def create_topics(
    bootstrap: str,
    topics: Iterable[Topic],
    *,
    replicas: int = 1,
    limit_s: float = LIMIT_S,
    **client: Any,
) -> list[str]:
    """Make those topics that do not exist, wait until all have leaders; the names made now.

    Settings of a topic that exists are left as they are.

    Raises:
        UsageError: `partitions_differ` if one exists with another number of partitions,
            `topic_not_created` if the broker refuses it.
        UnreachableError: `topics_not_ready` after `limit_s` seconds.
    """
    from aiokafka.admin import AIOKafkaAdminClient

    wanted = {topic.name: topic for topic in topics}
    admin = AIOKafkaAdminClient(
        bootstrap_servers=bootstrap, request_timeout_ms=TIMEOUT_MS, **client
    )
    try:
        async with asyncio.timeout(limit_s):
            await admin.start()
            existing = await _partitions(admin, list(wanted))
            _compare(wanted, existing)
            missing = [topic for name, topic in wanted.items() if name not in existing]
            await _create(admin, missing, replicas)
            while not wanted.keys() <= (await _partitions(admin, list(wanted))).keys():
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise UnreachableError(
            "topics_not_ready", f"{limit_s:g} s", "topics with leaders"
        ) from None
    finally:
        await admin.close()
    return [topic.name for topic in missing]


async def _create(admin: Any, missing: list[Topic], replicas: int) -> None:
    from aiokafka.admin import NewTopic

    if not missing:
        return
    new = [
        NewTopic(topic.name, topic.partitions, replicas, topic_configs=dict(topic.configs))
        for topic in missing
    ]
    answer = await admin.create_topics(new, timeout_ms=TIMEOUT_MS)
    for name, code, *_text in answer.topic_errors:
        if code not in (0, ALREADY_EXISTS):
            raise UsageError("topic_not_created", f"Kafka's error code {code}", "0", name)


async def _partitions(admin: Any, names: list[str]) -> dict[str, int]:
    """Number of partitions by topic, of those that exist and whose partitions all have leaders."""
    described = await admin.describe_topics(names) if names else []
    return {
        topic["topic"]: len(topic["partitions"])
        for topic in described
        if topic["error_code"] == 0
        and topic["partitions"]
        and all(partition["leader"] >= 0 for partition in topic["partitions"])
    }


def _compare(wanted: Mapping[str, Topic], existing: Mapping[str, int]) -> None:
    for name, partitions in existing.items():
        if partitions != wanted[name].partitions:
            expected = f"{wanted[name].partitions}, never changed"
            raise UsageError("partitions_differ", f"{partitions} partitions", expected, name)
