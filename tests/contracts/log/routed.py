"""One realm's bus by value, on the real core: what is said on it, routed, ordered, and audited."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final

import orjson

from contracts.decision.state.state import State
from contracts.encoding import b64u, leaf_hash, sha256
from contracts.envelope.issue import FACTS, Issued, Recipient
from contracts.envelope.wire import Inbound, Outbound
from contracts.keys.keyring import HeldSigners
from contracts.log.chain import Headers
from contracts.log.orders.order import OrderKind
from contracts.log.orders.registry import Registry
from contracts.log.orders.rulings import ruling
from contracts.log.rebuild import Rebuilding
from contracts.log.replaying.finding import AuditFinding
from contracts.log.replaying.replay import Replayer
from contracts.log.routing.batch import Batch
from contracts.log.routing.partition_router import PartitionRouter, RouterKeys
from contracts.vocabulary import topics
from contracts.vocabulary.conditions import Call, Declared, Informed
from contracts.vocabulary.schema import Ref, desk_urn
from tests.contracts.decision.asking import CONVENTION
from tests.contracts.decision.state.tables import check_same
from tests.contracts.envelope import kit
from tests.contracts.log.first_orders import begun, first_orders, next_order

CONVD: Final = CONVENTION.digest
CASE: Final = b64u(sha256(b"a case that several desks know"))
CALL: Final = Call(to="duty_magistrate", at=kit.NOW - 60, ref=b64u(bytes(16)))
DECLARED: Final = Declared(
    informed=Informed(parents="informed", minor="informed"), call=CALL, danger=True,
    inquiry=False, parents_told="written", parents_agree=True, measure_open=True,
)  # fmt: skip
LATER: Final = kit.NOW + kit.DAY


def said(issuer: str, etype: str, *to: Recipient, seed: str, **more: Any) -> Issued:
    """A signed event of the one case."""
    facts = {name: more.pop(name) for name in FACTS & set(more)}
    return kit.sample_issue(
        issuer, list(to), etype=etype, seed=seed, facts=facts,
        **{"case": CASE, "convd": CONVD, "declared": DECLARED, **more},
    )  # fmt: skip


def to(
    desk: str, purpose: str, *scopes: str, keep: str = "P30", re: tuple[Ref, ...] = ()
) -> Recipient:
    """One addressee."""
    bodies = {scope: {"text": "a note"} for scope in scopes}
    return Recipient(desk_urn("civil", desk), purpose, bodies, keep, re)


ALERT: Final = said("edu-s", "IP", to("crip", "assess", "FACTS"), seed="1")


def instruction(seed: str, due: str) -> Issued:
    """R22 with the date by which the CRIP is to answer."""
    return said("parq-civ", "ST", to("crip", "evaluate", "IDENTITY"), seed=seed, due=due)


def by_leaf(rows: Iterable[Inbound | Outbound]) -> dict[str, bytes]:
    """Evidence by the leaf of its record."""
    return {(row.key or b"").decode(): row.value or b"" for row in rows}


def read_back(value: bytes | None, headers: Headers = (), offset: int = -1, at: int = 0) -> Inbound:
    """A record of the log as an auditor reads it."""
    return Inbound("", 0, offset, None, value, tuple(headers), at * 1000)


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


def replay(
    replayer: Replayer, rows: Iterable[Inbound | Outbound], evidence: Mapping[str, bytes], now: int
) -> list[AuditFinding]:
    """The auditor's findings over a partition, to its end."""
    found: list[AuditFinding] = []
    for row in rows:
        beside = evidence.get((row.key or b"").decode())
        found += replayer.step(read_back(row.value, row.headers), beside)
    return found + replayer.finish(now)


class Bus:
    """Routing of the civil realm, batch by batch."""

    name: Final = "civil"

    def __init__(self) -> None:
        self.registry = begun(self.name)
        self.written: dict[tuple[str, int], list[Outbound]] = defaultdict(list)
        self._on_control(first_orders(self.name))
        self.salt = kit.Seeded("salt")
        self.routers = {
            number: PartitionRouter(self.name, number, State(), self.keys)
            for number in range(topics.PARTITIONS)
        }
        self.offset = 0

    @property
    def keys(self) -> RouterKeys:
        """The router's keys."""
        return RouterKeys(HeldSigners(kit.realm(self.name).router), kit.ROUTING_SECRET)

    # --- what partners say ------------------------------------------------------------------------

    def inbound(self, *args: Any, **more: Any) -> Inbound:
        """A published event under the shipped convention, as the router reads it."""
        self.offset += 1
        issued = kit.sample_issue(*args, **{"convd": CONVD, **more})
        return kit.inbound(issued, offset=self.offset)

    def good(self, number: int = 1, **more: Any) -> Inbound:
        """An event that the convention releases to the CRIP."""
        to = [kit.sample_recipient("crip", ("FACTS", "IDENTITY"))]
        return self.inbound("edu-s", to, seed=f"event {number}", **more)

    # --- what owners order ------------------------------------------------------------------------

    def order(self, kind: OrderKind, content: Mapping[str, Any], start: int) -> None:
        """A further signed order on control."""
        values = next_order(self.registry, kind, content, start)
        assert self.registry.extend(values) == []
        self._on_control(values)

    def _on_control(self, values: Iterable[bytes]) -> None:
        place = topics.control(self.name), 0
        self.written[place] += [Outbound(*place, b"", value) for value in values]

    def rule(self, kind: OrderKind, *leaves: str, start: int = LATER, partition: int = -1) -> None:
        """Order a release or a discard of what is kept, or is said to be in `partition`."""
        here = {leaf: number for number, one in self.routers.items() for leaf in one.state.kept}
        named = tuple((here.get(leaf, 0) if partition < 0 else partition, leaf) for leaf in leaves)
        self.order(kind, ruling(named, "fault_mended"), start)

    # --- what routers do --------------------------------------------------------------------------

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

    def settle(self, now: int) -> None:
        """Let every partition write what is due: first the orders, then what they released."""
        self.tick(now)
        self.tick(now + 1)

    def release(self, *leaves: str, now: int = LATER) -> None:
        """Order a release, and let routing do it."""
        self.rule("release", *leaves, start=now)
        self.settle(now)

    def put_aside(self, *events: Inbound, now: int = kit.NOW + 1) -> list[str]:
        """Good events at which routing itself broke; the leaves under which they are kept."""
        leaves = []
        for event in events:
            faulty = frozenset({(event.topic, event.offset)})
            batch = self.commit(self.routers[event.partition], [event], now, faulty)
            leaves.append(batch.settled[-1].entry.leaf)
        return leaves

    def commit(
        self, router: PartitionRouter, own: Sequence[Inbound], now: int,
        faulty: frozenset[tuple[str, int]] = frozenset(),
    ) -> Batch:  # fmt: skip
        """One batch, committed."""
        found = {leaf: self.quarantined(leaf) for leaf in router.wanted}
        salt = partial(self.salt, 16)
        return self.take(router.batch(own, self.registry, now, salt, found, faulty=faulty))

    def take(self, batch: Batch) -> Batch:
        """The transaction has committed."""
        for record in batch.out:
            self.written[record.topic, record.partition].append(record)
        batch.view.merge()
        return batch

    # --- what they wrote --------------------------------------------------------------------------

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

    def notices(self, desk: str, member: str = "notice") -> list[dict[str, Any]]:
        """The claims of the notices, or of another kind of token, in what a desk was sent."""
        tokens = [orjson.loads(row.value)["data"].get(member) for row in self.inbox(desk)]
        return [kit.claims_of(token) for token in tokens if token]

    def deliveries(self, desk: str) -> list[dict[str, Any]]:
        """The receipts of the deliveries that a desk was sent."""
        return self.notices(desk, "receipt")

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

    def entries(self, number: int) -> list[dict[str, Any]]:
        """Records and their evidence in one: what a log says, without genesis and adoptions."""
        evidence = self.evidence(number)
        rows = (
            orjson.loads(evidence[row.key.decode()]) | orjson.loads(row.value)
            for row in self.log(number)
        )
        return [one for one in rows if one["kind"] not in ("genesis", "adopted")]

    def kinds(self, number: int) -> list[str]:
        """What a partition's log is about, apart from genesis and adoptions."""
        return [one["kind"] for one in self.entries(number)]

    # --- what others make of it -------------------------------------------------------------------

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

    def alarms(self, now: int) -> list[str]:
        """Codes of what the auditor finds alarming."""
        return [one.code for one in self.replay(now) if one.alarm]

    def check_state(self) -> None:
        """A router that starts again knows what the living one knows."""
        for number, router in self.routers.items():
            if self.log(number):
                check_same(self.rebuilt(number), router.state)

    def check(self, now: int) -> None:
        """No alarm by then, and the log gives the state at work back."""
        assert self.alarms(now) == []
        self.check_state()


def aside(now: int = kit.NOW + 1) -> tuple[Bus, Inbound, str]:
    """A bus on which a good event was put aside, and the leaf under which it is kept."""
    bus = Bus()
    event = bus.good()
    (leaf,) = bus.put_aside(event, now=now)
    return bus, event, leaf
