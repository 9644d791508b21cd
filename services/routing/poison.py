"""A fault of ours in one record stops nobody: find the record, pass it by, go on.

The pure core promises not to raise for any input, and to write nothing that a topic would refuse.
If it does all the same, the shortest prefix of the batch that fails is found by halving; its last
record is the one. It is quarantined by name. What orders released from quarantine stands before
what came in: a fault there is found in the same way, and put aside again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from contracts.decision.state.shelves import LostRowError
from contracts.envelope.wire import Inbound, Outbound
from contracts.errors import LogError, SignerError
from contracts.log.orders.registry import Registry
from contracts.log.routing.batch import Batch, Salt
from contracts.log.routing.partition_router import PartitionRouter, Place, Released
from contracts.vocabulary import topics
from services.platform.process.exit_codes import FencedError

log = structlog.get_logger("relais.routing")
NO_RECORDS: Final = (LostRowError, FencedError, SignerError)  # fault: our disk's, or our signer's
SHELL_BYTES: Final = 128  # of a batch with one record, apart from its key, value and headers


@dataclass(frozen=True, slots=True)
class Work:
    """What one batch of one partition is made from.

    Attributes:
        records: what came in.
        released: what orders released, as quarantine has it.
        erasable: what orders erase, as evidence has it.
    """

    router: PartitionRouter
    records: Sequence[Inbound]
    registry: Registry
    now: int
    salt: Salt
    released: Released
    erasable: Mapping[str, bytes]

    @property
    def places(self) -> list[Place]:
        """Where each input was read, in the order in which they are routed."""
        kept = [self.released[leaf] for leaf in self.router.wanted if self.released.get(leaf)]
        inputs = [one for one in kept if one is not None]
        return [(one.topic, one.offset) for one in (*inputs, *self.records)]

    def batch(self, faulty: frozenset[Place]) -> Batch:
        """The core's batch, held to the sizes that topics take.

        Raises:
            LogError: `too_large`, besides what the core raises.
        """
        batch = self.router.batch(
            self.records, self.registry, self.now, self.salt, faulty, self.released, self.erasable
        )
        for record in batch.out:
            if size(record) > topics.limit(record.topic):
                self.router.drop(batch)
                expected = f"at most {topics.limit(record.topic)}"
                raise LogError("too_large", f"{size(record)} bytes", expected)
        return batch

    def first(self, faulty: frozenset[Place]) -> Place | None:
        """The first input at which the core fails; None if it needs none."""
        places = self.places

        def fails(count: int) -> bool:
            try:
                self.router.drop(self.batch(faulty | frozenset(places[count:])))
            except NO_RECORDS:
                raise
            except Exception:  # noqa: BLE001  (whatever it is)
                return True
            return False

        if not places or fails(0):
            return None
        sound, broken = 0, len(places)
        while broken - sound > 1:
            middle = (sound + broken) // 2
            if fails(middle):
                broken = middle
            else:
                sound = middle
        return places[broken - 1]


def decide(
    router: PartitionRouter,
    records: Sequence[Inbound],
    registry: Registry,
    now: int,
    salt: Salt,
    released: Released | None = None,
    erasable: Mapping[str, bytes] | None = None,
) -> Batch:
    """The batch of one partition, whatever its records are.

    Args:
        released, erasable: what orders released from quarantine or erase, as it was read there.

    Raises:
        LogError: `nothing_adopted`.
        LostRowError, FencedError: the state cannot be read, or is another process's by now.
        SignerError: the router's key cannot sign now.
        Exception: the core fails without any record, or at a record that it was told to pass by.
    """
    work = Work(router, records, registry, now, salt, released or {}, erasable or {})
    faulty = frozenset[Place]()
    while True:
        try:
            return work.batch(faulty)
        except NO_RECORDS:
            raise
        except Exception as error:
            if isinstance(error, LogError) and error.code == "nothing_adopted":
                raise
            place = work.first(faulty)
            if place is None or place in faulty:
                raise
            topic, offset = place
            log.exception(
                "record passed by", topic=topic, offset=offset, fault=type(error).__name__
            )
            faulty |= {place}


def size(record: Outbound) -> int:
    """An upper bound of what a record takes in a Kafka batch, bytes."""
    headers = sum(len(name) * 4 + len(value) + 10 for name, value in record.headers)
    return len(record.key) + len(record.value) + headers + SHELL_BYTES
