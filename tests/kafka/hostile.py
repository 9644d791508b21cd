"""Records that no honest client would write."""

from __future__ import annotations

from typing import Any

from aiokafka.record.util import calc_crc32c

from services.platform.kafka.connection.clients import clients

_CRC, _COVERED = 17, 21  # offsets in a record batch: the checksum, and what it covers


async def publish_undecodable_name(
    bootstrap: str, topic: str, partition: int, value: bytes, **client: Any
) -> int:
    """Write a record with a header whose *name* is not UTF-8; returns its offset."""
    async with clients().producer(bootstrap_servers=bootstrap, **client) as producer:
        batch = producer.create_batch()
        batch.append(timestamp=None, key=b"k", value=value, headers=[("éé", b"\xff"), ("n", None)])
        data = bytearray(batch._build())
        place = data.index("éé".encode())
        data[place : place + 4] = b"\xff\xfe\xff\xfe"
        data[_CRC:_COVERED] = calc_crc32c(bytes(data[_COVERED:])).to_bytes(4, "big")
        batch._buffer = data
        sent = await (await producer.send_batch(batch, topic, partition=partition))
        return int(sent.offset)
