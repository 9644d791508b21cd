"""Which records of a partition are entries of its tree: what the router signed."""

from __future__ import annotations

import orjson
import pytest

from contracts.encoding import canonical, leaf_hash
from contracts.log import entry_chain
from contracts.log.chain import SIGNATURE_HEADER, Headers
from contracts.log.entry_chain import EntryChain
from contracts.log.orders.registry import Registry
from tests.contracts.log.bus import Bus
from tests.contracts.log.replaying.test_goes_on import played

Row = tuple[bytes, Headers]


def rows(bus: Bus, number: int) -> list[Row]:
    """A partition's records as they lie on Kafka."""
    return [(row.value, tuple(row.headers)) for row in bus.log(number)]


def taken(log: list[Row], registry: Registry, number: int) -> list[bytes]:
    """What a reader of these records takes."""
    chain = EntryChain("civil", number, registry)
    return [value for row in log for value in chain.step(*row)]


def forged(value: bytes, **changes: object) -> Row:
    """A record that chains well, which nobody signed."""
    return canonical({**orjson.loads(value), **changes}), ()


def test_an_honest_log_is_taken_whole() -> None:
    """Every record up to the last signature, in order, whatever its kind."""
    bus, number = played()
    log = rows(bus, number)

    assert taken(log, bus.registry, number) == [value for value, _headers in log]


def test_what_nobody_signed_waits_for_a_signature() -> None:
    """The records of a transaction are taken once its last one is there."""
    bus, number = played()
    log = rows(bus, number)
    unsigned = [(value, ()) for value, _headers in log[:-1]]
    chain = EntryChain("civil", number, bus.registry)

    assert [chain.step(*row) for row in unsigned] == [[]] * len(unsigned)
    assert chain.waits
    assert chain.step(*log[-1]) == [value for value, _headers in log]
    assert not chain.waits


@pytest.mark.parametrize("at", [0, 1, 3])
def test_who_has_only_kafka_adds_nothing_and_holds_nothing_up(at: int) -> None:
    """Garbage, copies and forgeries that chain, before or after the record that they stand for."""
    bus, number = played()
    log = rows(bus, number)
    value = log[at][0]
    evil = [
        (b"{}", ()), (b"\xff", ()), log[0], forged(value, at=orjson.loads(value)["at"] + 1),
        forged(log[at][0], kind="decided", outs=[]), forged(value, index="1"), forged(value,
        prev=[]),
        (forged(value, evd="x")[0], ((SIGNATURE_HEADER, b'{"kid":"router-civil-1","sig":"AA"}'),)),
    ]  # fmt: skip
    follower = forged(evil[3][0], prev=leaf_hash(evil[3][0]), index=at + 1)

    mixed = [*log[:at], *evil, follower, log[at], *evil, follower, *log[at + 1 :]]

    assert taken(mixed, bus.registry, number) == [value for value, _headers in log]


def test_a_chain_goes_on_behind_its_last_entry() -> None:
    """From that entry's bytes alone; what came before it is passed over."""
    bus, number = played()
    log = rows(bus, number)
    chain = EntryChain.behind("civil", number, bus.registry, log[2][0])

    again = [value for row in log for value in chain.step(*row)]

    assert again == [value for value, _headers in log[3:]]
    assert not chain.stalled


def test_a_missing_or_altered_record_stalls_the_chain() -> None:
    """What the router signed behind it is not taken, and that is told."""
    bus, number = played()
    log = rows(bus, number)
    for broken in ([*log[:2], *log[3:]], [*log[:2], forged(log[2][0], kind="decided"), *log[3:]]):
        chain = EntryChain("civil", number, bus.registry)

        values = [value for row in broken for value in chain.step(*row)]

        assert len(values) <= 2
        assert chain.stalled


@pytest.mark.parametrize("bound", [("MOST_PENDING", 50), ("MOST_PENDING_BYTES", 40_000)])
def test_who_writes_very_much_between_two_signatures_holds_a_log_up(
    monkeypatch: pytest.MonkeyPatch, bound: tuple[str, int]
) -> None:
    """What waits is bounded: what was given up is missed once it is signed, and that is told."""
    monkeypatch.setattr(entry_chain, *bound)
    bus, number = played()
    log = rows(bus, number)
    base = log[0][0]
    copies = [
        (forged(base, at=orjson.loads(base)["at"] + 1 + more)[0], ((f"h{more}", bytes(1_000)),))
        for more in range(48)
    ]
    chain = EntryChain("civil", number, bus.registry)
    for value, _headers in log[:3]:
        chain.step(value, ())

    for value, headers in [*copies, *((value, ()) for value, _headers in log[3:-1])]:
        chain.step(value, headers)

    assert (chain.step(*log[-1]), chain.again(), chain.stalled) == ([], [], True)


def test_what_waits_is_counted_once_and_no_more_when_it_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Copies of a record, and many transactions one after another, use up no room."""
    bus, number = played()
    log = rows(bus, number)
    monkeypatch.setattr(entry_chain, "MOST_PENDING_BYTES", 3_000)
    chain = EntryChain("civil", number, bus.registry)

    values = list[bytes]()
    for transaction in (log[:4], log[4:8], log[8:]):
        for value, _headers in transaction:
            for _copy in range(9):
                values += chain.step(value, ())
        values += chain.step(*transaction[-1])

    assert values == [value for value, _headers in log]
    assert not chain.stalled


def test_a_router_whose_key_comes_later_is_taken_later() -> None:
    """The directory that has the key is read from control after the record."""
    bus, number = played()
    log, empty = rows(bus, number), Registry("civil", bus.registry.owners)
    chain = EntryChain("civil", number, empty)

    assert [value for row in log for value in chain.step(*row)] == []
    empty.directories.take_over(bus.registry.directories)
    assert chain.again() == [value for value, _headers in log]


def test_what_follows_a_signed_record_waits_on_when_that_one_is_taken() -> None:
    """Two transactions, the second half read when the first's key came, and forgeries."""
    bus, number = played()
    log = rows(bus, number)
    chain = EntryChain("civil", number, bus.registry)
    for row in (*log[:5], forged(log[4][0], kind="x"), (log[5][0], ()), log[2]):
        chain.hold(*row)

    assert chain.again() == [value for value, _headers in log[:5]]
    assert chain.again() == []
    assert chain.step(*log[6]) == [log[5][0], log[6][0]]
    assert not chain.waits
    assert not chain.stalled
