"""A router whose state lies in tables writes byte for byte what one in memory does."""

from __future__ import annotations

import random
from collections.abc import Callable
from copy import deepcopy

import pytest

from contracts.decision.state import tables
from contracts.decision.state.rows import SHELVES
from contracts.decision.state.shelves import Shelf
from contracts.envelope.wire import Inbound
from contracts.log.orders.order import OrderKind
from contracts.log.routing.partition_router import PartitionRouter
from tests.contracts.decision.state.tables import MemoryTable, Tables, check_same, whole
from tests.contracts.envelope import kit
from tests.contracts.log.partners import CIVIL, Partners
from tests.contracts.log.routed import Bus

MOST = 3_000  # bytes at hand: a case or two
FEW = 40  # rows that may be pending


class Lives:
    """A bus beside another with the same input, whose routers live on tables and die."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.plain, self.tabled = Bus(), Bus()
        self.tables = {number: Tables() for number in self.tabled.routers}
        for number in self.tables:
            self.start(number)

    def start(self, number: int) -> None:
        """A router as it comes to life: tables, then what the log has behind them."""
        bus, state = self.tabled, self.tables[number].state(MOST)
        bus.routers[number] = PartitionRouter(bus.name, number, state, bus.keys)

    def route(self, *events: Inbound, now: int) -> None:
        """Both decide; one may have its batch dropped first, and is written now and then."""
        for router in self.tabled.routers.values():
            if self.chance.random() < 0.3:
                own = [one for one in events if one.partition == router.site.partition]
                salt = kit.Seeded("of no account")
                batch = router.batch(own, self.tabled.registry, now, lambda: salt(16))  # noqa: B023
                batch.view.drop()
        for bus in (self.plain, self.tabled):
            bus.route(*events, now=now)
            bus.tick(now)
        for number, router in self.tabled.routers.items():
            assert len(router.state.cases) == len(self.plain.routers[number].state.cases)
            if self.chance.random() < 0.3 or tables.pending(router.state) > FEW:
                self.tables[number].write(router.state)
                if self.chance.random() < 0.5:
                    self.start(number)

    def check(self) -> None:
        """The same was written, and the same is known."""
        assert self.tabled.written == self.plain.written
        for number, router in self.plain.routers.items():
            check_same(self.tabled.routers[number].state, router.state)


@pytest.mark.parametrize("seed", range(2))
def test_whatever_partners_publish(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Months of it, with what falls due on the way; some put aside, released or discarded.

    Nothing raises; live, rebuilt and replayed agree; no notice lists one duty twice in one way.
    """
    monkeypatch.setattr("contracts.envelope.issue.check_cover", lambda _: None)
    lives, odd = Lives(seed), random.Random(seed)
    partners, buses = Partners(odd), (lives.plain, lives.tabled)
    for batch in range(60):
        waiting = [partners.next() for _ in range(odd.choice([1, 1, 2, 5]))]
        waiting += odd.sample(partners.known, 1)
        events = [kit.inbound(one, offset=batch * 9 + at) for at, one in enumerate(waiting)]
        if batch % 5:
            lives.route(*events, now=partners.now)
            continue
        for bus in buses:
            leaves = bus.put_aside(*events, now=partners.now)
            kind: OrderKind = "release" if batch % 3 else "discard"
            bus.rule(kind, *leaves, start=partners.now + 1)
        lives.route(now=partners.now + 1)
    for week in range(1, 41):
        lives.route(now=partners.now + week * 7 * kit.DAY)

    lives.check()
    lives.plain.check(partners.now + 40 * 7 * kit.DAY)
    states = [router.state for router in lives.plain.routers.values()]
    assert {how for one in states for how in one.ended.values()} == {"released", "discarded"}
    for desk in CIVIL:
        for notice in lives.plain.notices(desk):
            for way, duties in notice.get("duties", {}).items():
                ids = [one["id"] for one in duties]
                assert len(ids) == len(set(ids)), (way, ids)


class LookedTable(MemoryTable):
    """Counts how often it is looked into."""

    looks = counts = 0

    def get(self, key: bytes) -> bytes | None:
        self.looks += 1
        return super().get(key)

    def __len__(self) -> int:
        self.counts += 1
        return super().__len__()


def test_what_a_table_lacks_is_looked_for_once() -> None:
    """Until the table was written; then it is found there, though it is no longer at hand."""
    table = LookedTable()
    shelf: Shelf[str] = Shelf(table, SHELVES["chain"], 1)
    for _ in range(3):
        assert shelf.get("an issuer") is None
    assert table.looks == 1

    shelf["an issuer"] = shelf["another"] = "a leaf"
    for key, row in shelf.changes():
        table.write(key, row)
    shelf.written()

    assert shelf.get("an issuer") == shelf.get("another") == "a leaf"
    assert shelf.get("a third") is None
    assert table.looks > 2


def test_the_order_of_what_a_decision_goes_through_is_kept() -> None:
    """Two cases that differ in it alone would be decided on differently, and have other rows."""
    bus = Bus()
    bus.route(*(bus.inbound(seed=f"event {at}", case="case") for at in range(3)))
    state = next(one.state for one in bus.routers.values() if one.state.cases)
    turned = deepcopy(state)
    (case,) = turned.cases.values()
    case.duties = dict(reversed(case.duties.items()))

    assert len(case.duties) > 1
    assert turned.cases == state.cases
    assert whole(turned) != whole(state)


def test_a_table_is_counted_once_however_often_a_gauge_asks() -> None:
    """A router tells each second how many cases are open; a count of a million rows takes long."""
    table = LookedTable()
    table.write(b"an issuer", b"a leaf")
    shelf: Shelf[str] = Shelf(table, SHELVES["chain"])

    def write() -> None:
        for key, row in shelf.changes():
            table.write(key, row)
        shelf.written()

    steps: list[tuple[Callable[[], object], int]] = [
        (lambda: None, 1),
        (lambda: shelf.update({"another": "a leaf"}), 2),
        (lambda: shelf.update({"another": "a leaf", "an issuer": "a leaf"}), 2),
        (write, 2),
        (lambda: shelf.pop("an issuer"), 1),
        (lambda: shelf.update({"an issuer": "a leaf"}), 2),
    ]
    for step, count in steps:
        step()
        assert len(shelf) == count
    assert table.counts == 1
