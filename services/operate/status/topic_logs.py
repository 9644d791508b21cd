"""How long the logs of our topics are: bytes, ends, and what routing has left; by description, no record is fetched.

DESCRIBE on topics and groups gives ends and committed offsets, DESCRIBE on the cluster bytes. Whoever
is denied one of them has the rest.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.commit import OffsetFetchRequest
from aiokafka.protocol.coordination import FindCoordinatorRequest
from aiokafka.protocol.metadata import MetadataRequest
from aiokafka.protocol.offset import OffsetRequest
from aiokafka.protocol.types import Array, Boolean, Int16, Int32, Int64, Schema, String

from contracts.vocabulary.scopes import REALMS
from contracts.vocabulary.topics import routing_group
from services.platform.kafka.connection.connection import client_options

if TYPE_CHECKING:
    from services.platform.kafka.connection.connection import Tls

_TEXT: Final = String("utf-8")


TOPICS: Final = "relais."  # how names of ours begin
LATEST: Final = -1  # numbers of the protocol
GROUP: Final = 0
GOOD: Final = 0
HANGS_MS: Final = 2000  # for a connection, and for an answer
Part = tuple[str, int]  # topic and partition


class DescribeLogDirsResponseV1(Response):  # type: ignore[misc]
    """Each of a broker's folders with the partitions whose copies lie there; none for whom it denies."""

    API_KEY = 35
    API_VERSION = 1
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "results",
            Array(
                ("error_code", Int16),
                ("log_dir", _TEXT),
                (
                    "topics",
                    Array(
                        ("name", _TEXT),
                        (
                            "partitions",
                            Array(
                                ("partition_index", Int32),
                                ("partition_size", Int64),
                                ("offset_lag", Int64),
                                ("is_future_key", Boolean),
                            ),
                        ),
                    ),
                ),
            ),
        ),
    )


class DescribeLogDirsRequestV1(RequestStruct):  # type: ignore[misc]
    """Of which partitions it is asked."""

    API_KEY = 35
    API_VERSION = 1
    RESPONSE_TYPE = DescribeLogDirsResponseV1
    SCHEMA = Schema(("topics", Array(("topic", _TEXT), ("partitions", Array(Int32)))))


class DescribeLogDirsRequest(Request[DescribeLogDirsRequestV1]):  # type: ignore[misc]
    """How many bytes a broker's copies take; it is the cluster's to tell (DESCRIBE on it).

    Args:
        partitions: topic -> numbers of its partitions.
    """

    API_KEY = 35

    def __init__(self, partitions: dict[str, list[int]]) -> None:
        self._partitions = partitions

    def build(
        self, request_struct_class: type[DescribeLogDirsRequestV1]
    ) -> DescribeLogDirsRequestV1:
        """The request as it is sent."""
        return request_struct_class(list(self._partitions.items()))


_ASKING: Final[set[asyncio.Task[dict[str, TopicLog]]]] = set()  # kept until they end


@dataclass(frozen=True, slots=True)
class TopicLog:
    """One topic's log.

    Attributes:
        size: bytes of one copy, summed over its partitions; None: not told.
        end: offsets up to its ends, summed: records and marks of transactions since it was made.
        left: offsets that routing has not taken yet, where it has ever taken any.
    """

    size: int | None = None
    end: int | None = None
    left: int | None = None


async def topic_logs(bootstrap: str, tls: Tls | None, limit_s: float) -> dict[str, TopicLog]:
    """Topic -> its log; empty if brokers do not answer in time. Nothing is raised.

    Args:
        limit_s: for all of it. A broker that hangs is left to its own limit: who is cancelled while it
            connects would leave a socket open, one a look.
    """
    asking = asyncio.create_task(_asked(bootstrap, tls))
    _ASKING.add(asking)
    asking.add_done_callback(_ASKING.discard)
    done, _ = await asyncio.wait([asking], timeout=limit_s)
    return asking.result() if done else {}


async def _asked(bootstrap: str, tls: Tls | None) -> dict[str, TopicLog]:
    options = {**client_options(tls), "request_timeout_ms": HANGS_MS}
    client = AIOKafkaClient(bootstrap_servers=bootstrap, **options)
    with suppress(TimeoutError, KafkaError, OSError, ValueError):
        try:
            await client.bootstrap()
            return await _told(client)
        finally:
            await client.close()
    return {}


async def _told(client: AIOKafkaClient) -> dict[str, TopicLog]:
    nodes = sorted(broker.nodeId for broker in client.cluster.brokers())
    answer = await client.send(nodes[0], MetadataRequest(None, False))
    leaders: dict[Part, int] = {
        (topic, number): leader
        for _, topic, _, parts in answer.topics
        if topic.startswith(TOPICS)
        for _, number, leader, *_ in parts
    }
    sizes, ends, taken = await asyncio.gather(
        _sizes(client, nodes, leaders), _ends(client, leaders), _taken(client, nodes[0])
    )
    return logs_of(leaders, sizes, ends, taken)


def logs_of(
    parts: Iterable[Part], sizes: Mapping[Part, int], ends: Mapping[Part, int], taken: Mapping[Part, int]
) -> dict[str, TopicLog]:  # fmt: skip
    """What was told of partitions, by topic; a sum of which a part was not told is not told. Pure."""
    topics: dict[str, list[Part]] = {}
    for part in parts:
        topics.setdefault(part[0], []).append(part)
    left = {part: max(0, ends[part] - offset) for part, offset in taken.items() if part in ends}
    return {
        topic: TopicLog(
            _sum(sizes, own), _sum(ends, own), _sum(left, [part for part in own if part in left])
        )
        for topic, own in topics.items()
    }


def _sum(values: Mapping[Part, int], parts: Iterable[Part]) -> int | None:
    own = [values.get(part) for part in parts]
    known = [value for value in own if value is not None]
    return sum(known) if known and len(known) == len(own) else None


async def _sizes(
    client: AIOKafkaClient, nodes: Iterable[int], leaders: Iterable[Part]
) -> dict[Part, int]:
    """Of each partition its longest copy: one that is catching up is shorter."""
    request = DescribeLogDirsRequest(_by_topic(leaders))
    sizes: dict[Part, int] = {}
    for answer in await _all(client, dict.fromkeys(nodes, request)):
        for _code, _folder, topics in answer.results:
            for topic, parts in topics:
                for number, size, *_ in parts:
                    sizes[topic, number] = max(size, sizes.get((topic, number), 0))
    return sizes


async def _ends(client: AIOKafkaClient, leaders: Mapping[Part, int]) -> dict[Part, int]:
    asked = {
        node: OffsetRequest(-1, 0, [
            (topic, [(number, LATEST) for number in numbers])
            for topic, numbers in _by_topic(part for part, led in leaders.items() if led == node).items()
        ])
        for node in set(leaders.values()) if node >= 0
    }  # fmt: skip
    return {
        (topic, number): offset
        for answer in await _all(client, asked)
        for topic, parts in answer.topics
        for number, code, _at, offset, *_ in parts
        if code == GOOD
    }


async def _taken(client: AIOKafkaClient, node: int) -> dict[Part, int]:
    """Where routing's group is in what it reads."""
    taken: dict[Part, int] = {}
    for group in map(routing_group, REALMS):
        place = await client.send(node, FindCoordinatorRequest(group, GROUP))
        if place.error_code != GOOD:
            continue
        answer = await client.send(place.coordinator_id, OffsetFetchRequest(group, None))
        taken |= {
            (topic, number): offset
            for topic, parts in answer.topics
            for number, offset, _, code in parts
            if code == GOOD and offset >= 0
        }
    return taken


async def _all(client: AIOKafkaClient, asked: Mapping[int, Request[Any]]) -> list[Any]:
    """What those brokers answer that do: one that is away says nothing of its copies."""
    sent = (client.send(node, request) for node, request in asked.items())
    answers = await asyncio.gather(*sent, return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException) and not isinstance(answer, KafkaError | OSError):
            raise answer
    return [answer for answer in answers if not isinstance(answer, BaseException)]


def _by_topic(parts: Iterable[Part]) -> dict[str, list[int]]:
    topics: dict[str, list[int]] = {}
    for topic, number in parts:
        topics.setdefault(topic, []).append(number)
    return topics
