"""Which records of a partition are entries of its tree: what the router signed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import orjson
import pytest

from contracts.encoding import canonical, leaf_hash
from contracts.log import entry_chain
from contracts.log.chain import SIGNATURE_HEADER, Headers
from contracts.log.entry_chain import EntryChain
from contracts.log.orders.registry import Registry
from tests.contracts.log.replaying.test_goes_on import played

Row = tuple[bytes, Headers]


BUS, NUMBER = played()  # of one case, which the tests only read
LOG: Final[list[Row]] = [(row.value, tuple(row.headers)) for row in BUS.log(NUMBER)]
VALUES: Final = [value for value, _headers in LOG]


def reader(registry: Registry | None = None) -> EntryChain:
    """Somebody who begins to read that partition."""
    return EntryChain("civil", NUMBER, registry or BUS.registry)


def taken(chain: EntryChain, log: Iterable[Row]) -> list[bytes]:
    """What a reader of these records takes."""
    return [value for row in log for value in chain.step(*row)]


def forged(value: bytes, **changes: object) -> Row:
    """A record that chains well, which nobody signed."""
    return canonical({**orjson.loads(value), **changes}), ()


def test_what_nobody_signed_waits_for_a_signature() -> None:
    """The records of a transaction are taken once its last one is there: then all, in order."""
    unsigned = [(value, ()) for value in VALUES[:-1]]
    chain = reader()

    assert [chain.step(*row) for row in unsigned] == [[]] * len(unsigned)
    assert chain.waits
    assert chain.step(*LOG[-1]) == VALUES
    assert not chain.waits


@pytest.mark.parametrize("at", [0, 1, 3])
def test_who_has_only_kafka_adds_nothing_and_holds_nothing_up(at: int) -> None:
    """Garbage, copies and forgeries that chain, before or after the record that they stand for."""
    value = VALUES[at]
    evil = [
        (b"{}", ()), (b"\xff", ()), LOG[0], forged(value, at=orjson.loads(value)["at"] + 1),
        forged(value, kind="decided", outs=[]), forged(value, index="1"), forged(value, prev=[]),
        (forged(value, evd="x")[0], ((SIGNATURE_HEADER, b'{"kid":"router-civil-1","sig":"AA"}'),)),
    ]  # fmt: skip
    follower = forged(evil[3][0], prev=leaf_hash(evil[3][0]), index=at + 1)

    mixed = [*LOG[:at], *evil, follower, LOG[at], *evil, follower, *LOG[at + 1 :]]

    assert taken(reader(), mixed) == VALUES


def test_a_chain_goes_on_behind_its_last_entry() -> None:
    """From that entry's bytes alone; what came before it is passed over."""
    chain = EntryChain.behind("civil", NUMBER, BUS.registry, VALUES[2])

    assert taken(chain, LOG) == VALUES[3:]
    assert not chain.stalled


def test_a_missing_or_altered_record_stalls_the_chain() -> None:
    """What the router signed behind it is not taken, and that is told."""
    for altered in ([], [forged(VALUES[2], kind="decided")]):
        chain = reader()

        assert len(taken(chain, [*LOG[:2], *altered, *LOG[3:]])) <= 2
        assert chain.stalled


@pytest.mark.parametrize("bound", [("MOST_PENDING", 50), ("MOST_PENDING_BYTES", 40_000)])
def test_who_writes_very_much_between_two_signatures_holds_a_log_up(
    monkeypatch: pytest.MonkeyPatch, bound: tuple[str, int]
) -> None:
    """What waits is bounded: what was given up is missed once it is signed, and that is told."""
    monkeypatch.setattr(entry_chain, *bound)
    at = orjson.loads(VALUES[0])["at"] + 1
    copies = [
        (forged(VALUES[0], at=at + more)[0], ((f"h{more}", bytes(1_000)),)) for more in range(48)
    ]
    chain = reader()

    taken(chain, [(value, ()) for value in VALUES[:3]])
    taken(chain, copies)
    taken(chain, [(value, ()) for value in VALUES[3:-1]])

    assert (chain.step(*LOG[-1]), chain.again(), chain.stalled) == ([], [], True)


def test_what_waits_is_counted_once_and_no_more_when_it_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Copies of a record, and many transactions one after another, use up no room."""
    monkeypatch.setattr(entry_chain, "MOST_PENDING_BYTES", 3_000)
    copied = [
        row
        for transaction in (LOG[:4], LOG[4:8], LOG[8:])
        for row in (*((value, ()) for value, _ in transaction for _ in range(9)), transaction[-1])
    ]
    chain = reader()

    assert taken(chain, copied) == VALUES
    assert not chain.stalled


def test_a_router_whose_key_comes_later_is_taken_later() -> None:
    """The directory that has the key is read from control after the record."""
    empty = Registry("civil", BUS.registry.owners)
    chain = reader(empty)

    assert taken(chain, LOG) == []
    empty.directories.take_over(BUS.registry.directories)
    assert chain.again() == VALUES


def test_what_follows_a_signed_record_waits_on_when_that_one_is_taken() -> None:
    """Two transactions, the second half read when the first's key came, and forgeries."""
    chain = reader()
    for row in (*LOG[:5], forged(VALUES[4], kind="x"), (VALUES[5], ()), LOG[2]):
        chain.hold(*row)

    assert chain.again() == VALUES[:5]
    assert chain.again() == []
    assert chain.step(*LOG[6]) == VALUES[5:7]
    assert not chain.waits
    assert not chain.stalled
