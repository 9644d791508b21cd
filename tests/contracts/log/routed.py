"""One realm's routing by value, on the real core: routers, what they write, what it says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from contracts.decision.state.state import State
from contracts.encoding import leaf_hash
from contracts.envelope.wire import Inbound, Outbound
from contracts.keys.keyring import HeldSigners
from contracts.log.chain import Headers
from contracts.log.orders.order import OrderKind
from contracts.log.orders.registry import Registry
from contracts.log.rebuild import Rebuilding
from contracts.log.replaying.finding import AuditFinding
from contracts.log.replaying.replay import Replayer
from contracts.log.routing.batch import Batch
from contracts.log.routing.partition_router import PartitionRouter, RouterKeys
from contracts.vocabulary import topics
from tests.contracts.decision.asking import CONVENTION
from tests.contracts.envelope import kit
from tests.contracts.log.first_orders import begun, first_orders, next_order

CONVD: Final = CONVENTION.digest


def rebuild(
    realm: str,
    partition: int,
    records: Iterable[tuple[bytes | None, Headers]],
    evidence: Mapping[str, bytes],
    registry: Registry,
) -> State:
    """The state of a router that starts on a log held in memory; `evidence` is by leaf."""
    rebuilding = Rebuilding(realm, partition, registry)
    for value, headers in records:
        rebuilding.step(value, headers, evidence.get(leaf_hash(value or b"")))
    return rebuilding.finish()


def by_leaf(rows: Iterable[Inbound | Outbound]) -> dict[str, bytes]:
    """Evidence by the leaf of its record."""
    return {(row.key or b"").decode(): row.value or b"" for row in rows}


def read_back(value: bytes | None, headers: Headers = (), offset: int = -1, at: int = 0) -> Inbound:
    """A record of the log as an auditor reads it."""
    return Inbound("", 0, offset, None, value, tuple(headers), at * 1000)


def replay(
    replayer: Replayer, rows: Iterable[Inbound | Outbound], evidence: Mapping[str, bytes], now: int
) -> list[AuditFinding]:
    """The auditor's findings over a partition, to its end."""
    found: list[AuditFinding] = []
    for row in rows:
        beside = evidence.get((row.key or b"").decode())
        found += replayer.step(read_back(row.value, row.headers), beside)
    return found + replayer.finish(now)


@dataclass
class Bus:
    """Routing of one realm, batch by batch."""

    name: str = "civil"
    registry: Registry = field(init=False)
    routers: dict[int, PartitionRouter] = field(init=False)
    written: dict[tuple[str, int], list[Outbound]] = field(init=False)
    salt: kit.Seeded = field(init=False)
    offset: int = 0

    def __post_init__(self) -> None:
        self.registry = begun(self.name)
        self.written = defaultdict(list)
        self._on_control(first_orders(self.name))
        self.salt = kit.Seeded("salt")
        self.routers = {
            number: PartitionRouter(self.name, number, State(), self.keys)
            for number in range(topics.PARTITIONS)
        }

    def order(self, kind: OrderKind, content: Mapping[str, Any], start: int) -> None:
        """A further signed order on control."""
        values = next_order(self.registry, kind, content, start)
        assert self.registry.extend(values) == []
        self._on_control(values)

    def _on_control(self, values: Iterable[bytes]) -> None:
        place = topics.control(self.name), 0
        self.written[place] += [Outbound(*place, b"", value) for value in values]

    @property
    def keys(self) -> RouterKeys:
        """The router's keys."""
        return RouterKeys(HeldSigners(kit.realm(self.name).router), kit.ROUTING_SECRET)

    def route(self, *inbound: Inbound, now: int = kit.NOW + 1) -> list[Batch]:
        """Route records, each in its partition's batch, and commit."""
        batches = []
        for number, router in self.routers.items():
            own = [record for record in inbound if record.partition == number]
            if own:
                batches.append(self.commit(router, own, now))
        return batches

    def tick(self, now: int) -> None:
        """Let every partition speak of what is due."""
        for router in self.routers.values():
            self.commit(router, (), now)

    def commit(self, router: PartitionRouter, own: Sequence[Inbound], now: int) -> Batch:
        """One batch, committed."""
        found = {leaf: self.quarantined(leaf) for leaf in router.wanted}
        batch = router.batch(own, self.registry, now, lambda: self.salt(16), released=found)
        return self.take(batch)

    def take(self, batch: Batch) -> Batch:
        """The transaction has committed."""
        for record in batch.out:
            self.written[record.topic, record.partition].append(record)
        batch.view.merge()
        return batch

    def quarantined(self, leaf: str) -> Inbound | None:
        """What quarantine has under a leaf."""
        for number in range(topics.PARTITIONS):
            place = topics.quarantine(self.name), number
            for offset, row in enumerate(self.written[place]):
                if row.key == leaf.encode():
                    return Inbound(*place, offset, row.key, row.value, tuple(row.headers), 0)
        return None

    def inbox(self, desk: str) -> list[Outbound]:
        """What a desk was sent, in order within each partition."""
        topic = kit.inbox(self.name, desk)
        numbers = range(topics.PARTITIONS)
        return [row for n in numbers for row in kit.addressed(self.written[topic, n], desk)]

    def log(self, number: int) -> list[Outbound]:
        """The records of one partition."""
        return self.written[topics.decisions(self.name), number]

    @property
    def longest(self) -> int:
        """The partition with the most records."""
        return max(self.routers, key=lambda number: len(self.log(number)))

    def evidence(self, number: int) -> dict[str, bytes]:
        """leaf -> evidence of one partition."""
        return by_leaf(self.written[topics.evidence(self.name), number])

    def rebuilt(self, number: int) -> State:
        """The state that a restarting router would have."""
        records = [(row.value, tuple(row.headers)) for row in self.log(number)]
        return rebuild(self.name, number, records, self.evidence(number), self.registry)

    def replay(self, now: int) -> list[AuditFinding]:
        """The auditor's findings over all partitions."""
        found: list[AuditFinding] = []
        ids: dict[str, Any] = {}
        for number in range(topics.PARTITIONS):
            replayer = Replayer(self.name, number, self.registry, ids)
            found += replay(replayer, self.log(number), self.evidence(number), now)
        return found


def inbound(bus: Bus, *args: Any, **more: object) -> Inbound:
    """A published event under the shipped convention, as the router reads it."""
    bus.offset += 1
    issued = kit.sample_issue(*args, **{"convd": CONVD, **more})  # type: ignore[arg-type]
    return kit.inbound(issued, offset=bus.offset)
