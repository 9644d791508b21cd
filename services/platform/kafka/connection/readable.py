"""Whether brokers would let a client read a topic: asked for an offset that no log reaches, so that no record is read.

A broker says "out of range" to whom it lets read, and "denied" to whom it does not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any, Final

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.metadata import MetadataRequest

from services.platform.kafka.connection.connecting import connected
from services.platform.process.exit_codes import UnreachableError

ANSWER_S: Final = 5.0
NOWHERE: Final = 1 << 62
READABLE: Final = frozenset({0, 1})  # codes: fetched nothing, out of range
DENIED: Final = 29


async def fetch_codes(
    bootstrap: str, client: Mapping[str, Any], names: Iterable[str]
) -> dict[str, int]:
    """Topic -> what a broker says to a fetch of nothing from its partition 0.

    Args:
        client: as `client_options` makes it.

    Raises:
        UnreachableError: `kafka_unreachable`.
    """
    asking = AIOKafkaClient(bootstrap_servers=bootstrap, **client)
    try:
        async with asyncio.timeout(ANSWER_S):
            await connected(asking.bootstrap())
            return await _asked(asking, tuple(names))
    except (TimeoutError, KafkaError, OSError) as error:
        raise UnreachableError("kafka_unreachable", type(error).__name__, "a broker") from None
    finally:
        await asking.close()


async def _asked(client: AIOKafkaClient, names: tuple[str, ...]) -> dict[str, int]:
    """Each at its leader, as far as one is told; whoever may not read is not told of any."""
    first = min(broker.nodeId for broker in client.cluster.brokers())
    told = await client.send(first, MetadataRequest(list(names), False))
    leaders = {
        name: next((leader for _, number, leader, *_ in parts if number == 0), -1)
        for _, name, _, parts in told.topics
    }
    codes: dict[str, int] = {}
    for name in names:
        leader = leaders.get(name, -1)
        request = FetchRequest(0, 0, 1, 1, [(name, [(0, NOWHERE, 1)])])
        answer = await client.send(leader if leader >= 0 else first, request)
        codes[name] = int(answer.topics[0][1][0][1])
    return codes
