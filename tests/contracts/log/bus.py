"""One realm's routing in memory, on the real core: control, six partitions, the log they write."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from contracts.conventions import shipped
from contracts.decision.state.state import State
from contracts.encoding import leaf_hash
from contracts.envelope.wire import Inbound, Outbound
from contracts.keys.directory import SigningKey
from contracts.keys.keyring import HeldSigners
from contracts.keys.signed_directory import directory_digest
from contracts.log.chain import Headers
from contracts.log.orders.order import KINDS, OrderKind, Owners, make_order
from contracts.log.orders.registry import Registry
from contracts.log.rebuild import Rebuilding
from contracts.log.replaying.finding import AuditFinding
from contracts.log.replaying.replay import Replayer
from contracts.log.routing.batch import Batch
from contracts.log.routing.partition_router import PartitionRouter, RouterKeys
from contracts.vocabulary import topics
from tests.contracts.convention.parties import PINNED, adoption
from tests.contracts.decision.asking import CONVENTION
from tests.contracts.envelope import kit

OWNER: Final = kit.signer("urn:relais:owner:convention", "convention-1")
CONVD: Final = CONVENTION.digest


def owners(name: str = "civil") -> Owners:
    """Every kind of order needs the convention owner's one signature."""
    key = SigningKey(OWNER.kid, OWNER.alg, OWNER.owner, OWNER.public, 0, 2**40)
    return Owners(
        {kind: {OWNER.kid: key} for kind in KINDS},
        dict.fromkeys(KINDS, 1),
        kit.realm(name).keepers,
        PINNED,
    )


@lru_cache(maxsize=4)
def begun(name: str) -> Registry:
    """A registry after the first orders; loaded once, as every test begins with it."""
    registry = Registry(name, owners(name))
    assert registry.extend(first_orders(name)) == []
    return registry


def order_values(
    name: str, kind: OrderKind, content: Mapping[str, Any], **more: Any
) -> tuple[bytes, ...]:
    """What an order writes to control: a directory, if its token stands in `directory`, first."""
    if not (token := str(content.get("directory", ""))):
        return (make_order(name, kind, content, **more),)
    named = {"directory": directory_digest(token)}
    return token.encode(), make_order(name, kind, named, **more)


@lru_cache(maxsize=4)
def first_orders(
    name: str = "civil", shards: int = 1, partitions: int = topics.PARTITIONS
) -> list[bytes]:
    """Layout, directory and its order, convention: what a bus begins with."""
    registry = Registry(name, owners(name))
    contents: tuple[tuple[OrderKind, dict[str, object]], ...] = (
        ("layout", {"shards": shards, "partitions": partitions}),
        ("adopt_directory", {"directory": kit.realm(name).token}),
        ("adopt_convention", adoption(shipped())),
    )
    values: list[bytes] = []
    for kind, content in contents:
        made = order_values(
            name, kind, content, last=registry.last, start=kit.NOW - kit.DAY, signers=[OWNER]
        )  # fmt: skip
        assert not registry.extend(made), registry.rejected
        values += made
    return values


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
        self.registry = begun(self.name).copy()
        self.written = defaultdict(list)
        self.salt = kit.Seeded("salt")
        self.routers = {
            number: PartitionRouter(self.name, number, State(), self.keys)
            for number in range(topics.PARTITIONS)
        }

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
        for record in batch.out:
            self.written[record.topic, record.partition].append(record)
        router.commit(batch)
        return batch

    def quarantined(self, leaf: str) -> Inbound | None:
        """What quarantine has under a leaf."""
        topic = topics.quarantine(self.name)
        for number in range(topics.PARTITIONS):
            for offset, row in enumerate(self.written[topic, number]):
                if row.key == leaf.encode():
                    headers = tuple(row.headers)
                    return Inbound(topic, number, offset, row.key, row.value, headers, 0)
        return None

    def inbox(self, desk: str) -> list[Outbound]:
        """What a desk was sent, in order within each partition."""
        topic = kit.inbox(self.name, desk)
        numbers = range(topics.PARTITIONS)
        return [row for n in numbers for row in kit.addressed(self.written[topic, n], desk)]

    def log(self, number: int) -> list[Outbound]:
        """The records of one partition."""
        return self.written[topics.decisions(self.name), number]

    def evidence(self, number: int) -> dict[str, bytes]:
        """leaf -> evidence of one partition."""
        rows = self.written[topics.evidence(self.name), number]
        return {row.key.decode(): row.value for row in rows}

    def rebuilt(self, number: int) -> State:
        """The state that a restarting router would have."""
        records = [(row.value, tuple(row.headers)) for row in self.log(number)]
        return rebuild(self.name, number, records, self.evidence(number), self.registry)

    def replay(self, now: int) -> list[AuditFinding]:
        """The auditor's findings over all partitions."""
        found: list[AuditFinding] = []
        ids: dict[str, int] = {}
        for number in range(topics.PARTITIONS):
            replayer = Replayer(self.name, number, self.registry, ids)
            evidence = self.evidence(number)
            for row in self.log(number):
                found += replayer.step(
                    row.value, tuple(row.headers), evidence.get(row.key.decode())
                )
            found += replayer.finish(now)
        return found


def inbound(bus: Bus, *args: Any, **more: object) -> Inbound:
    """A published event under the shipped convention, as the router reads it."""
    bus.offset += 1
    issued = kit.sample_issue(*args, **{"convd": CONVD, **more})  # type: ignore[arg-type]
    return kit.inbound(issued, offset=bus.offset)
