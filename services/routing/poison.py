"""A fault of ours in one record stops nobody: find the record, pass it by, go on.

The pure core promises not to raise for any input, and to write nothing that a topic would refuse.
If it does all the same, the shortest prefix of the batch that fails is found by halving; its last
record is the one. It is quarantined by name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import structlog

from contracts import topics
from contracts.envelope.wire import Inbound, Outbound
from contracts.errors import LogError
from contracts.log.orders import Registry
from contracts.routing import Batch, PartitionRouter, Place

log = structlog.get_logger("relais.routing")
Salt = Callable[[], bytes]
SHELL_BYTES: Final = 128  # of a batch with one record, apart from its key, value and headers


def decide(
    router: PartitionRouter, records: Sequence[Inbound], registry: Registry, now: int, salt: Salt
) -> Batch:
    """The batch of one partition, whatever its records are.

    Raises:
        LogError: `nothing_adopted`.
        Exception: the core fails without any record, or at a record that it was told to pass by.
    """
    faulty: frozenset[Place] = frozenset()
    while True:
        try:
            return _batch(router, records, registry, now, salt, faulty)
        except Exception as error:
            if isinstance(error, LogError) and error.code == "nothing_adopted":
                raise
            place = _first(router, records, registry, now, salt, faulty)
            if place is None or place in faulty:
                raise
            topic, offset = place
            log.exception(
                "record passed by", topic=topic, offset=offset, fault=type(error).__name__
            )
            faulty |= {place}


def _batch(
    router: PartitionRouter,
    records: Sequence[Inbound],
    registry: Registry,
    now: int,
    salt: Salt,
    faulty: frozenset[Place],
) -> Batch:
    """The core's batch, held to the sizes that topics take.

    Raises:
        LogError: `too_large`, besides what the core raises.
    """
    batch = router.batch(records, registry, now, salt, faulty)
    for one in batch.out:
        if size(one) > topics.limit(one.topic):
            router.drop(batch)
            raise LogError("too_large", f"{size(one)} bytes", f"at most {topics.limit(one.topic)}")
    return batch


def size(record: Outbound) -> int:
    """An upper bound of what a record takes in a Kafka batch, bytes."""
    headers = sum(len(name) * 4 + len(value) + 10 for name, value in record.headers)
    return len(record.key) + len(record.value) + headers + SHELL_BYTES


def _first(
    router: PartitionRouter,
    records: Sequence[Inbound],
    registry: Registry,
    now: int,
    salt: Salt,
    faulty: frozenset[Place],
) -> Place | None:
    """Topic and offset of the first record at which the core fails; None if it needs none."""

    def fails(count: int) -> bool:
        try:
            router.drop(_batch(router, records[:count], registry, now, salt, faulty))
        except Exception:  # noqa: BLE001  (whatever it is)
            return True
        return False

    if fails(0):
        return None
    sound, broken = 0, len(records)
    while broken - sound > 1:
        middle = (sound + broken) // 2
        if fails(middle):
            broken = middle
        else:
            sound = middle
    return records[broken - 1].topic, records[broken - 1].offset
