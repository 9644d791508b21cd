"""Mirrors of a log that serves not all of its entries any more: by the owners' order, or without one, which is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from contracts.errors import ProofError, UsageError
from contracts.log.orders.order import Owners, make_order
from contracts.log.orders.pruning import RETENTION, pruning
from contracts.proof.tiles import ENTRIES, Tile
from contracts.proof.tree import entry_hash
from services.platform.process.exit_codes import UnreachableError
from services.platform.tree.kept_retention import NOBODY
from services.platform.tree.log_mirror import LogMirror
from services.platform.tree.published_log import LogInFolder, find_entry, prove_entry
from tests.contracts.envelope import kit
from tests.contracts.proof.log import ORIGIN, MemoryLog, policy
from tests.services.platform.tree.published import Published
from tests.world import OWNER, begun, first_orders

OWNERS = first_orders("civil", 1)[0]
Opened = Callable[..., LogMirror]


@cache
def order(least: int, by: str = "") -> bytes:
    """An order to prune, by the owners or by another."""
    signers = [kit.signer("urn:relais:owner:x", by) if by else OWNER]
    content, last = pruning([least]), begun("civil", 1).last
    return make_order("civil", "prune", content, last=last, start=kit.NOW, signers=signers)


@cache
def log_of(size: int) -> MemoryLog:
    """A log of so many entries."""
    return MemoryLog().add(b"record %d" % at for at in range(size))


def pruned(size: int, bundles: int, value: bytes = b"") -> Published:
    """A log that serves so many bundles no more, and what lies beside it."""
    log = MemoryLog(log_of(size).entries, dict(log_of(size).tiles), log_of(size).edge)
    for number in range(bundles):
        del log.tiles[Tile(ENTRIES, number)]
    return Published(log, instead={RETENTION: value} if value else {})


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    """Opens the mirror of the test; the one before is given up as a kill does."""
    kept: list[LogMirror] = []

    def again(owners: Owners = OWNERS) -> LogMirror:
        for given_up in kept:
            given_up.close()
        kept.append(LogMirror(tmp_path / "civil-0", ORIGIN, policy(), owners))
        return kept[-1]

    yield again
    for given_up in kept:
        given_up.close()


def bundles(mirror: LogMirror) -> list[int]:
    """Numbers of the bundles that are there, in full or in part."""
    return [
        number
        for number in range(mirror.size // 256 + 1)
        if any(map(Path.is_file, (mirror.path / "tile/entries").rglob(f"{number:03}*")))
        or list((mirror.path / "tile/entries").glob(f"{number:03}.p/*"))
    ]


def test_a_mirror_that_began_before_keeps_all_and_follows(opened: Opened) -> None:
    """Of what it has an order drops nothing."""
    opened().update(Published(log_of(700)))

    opened().update(pruned(1_100, 2, order(512)))

    assert bundles(opened()) == [0, 1, 2, 3, 4]
    assert opened().size == 1_100


@pytest.mark.parametrize("has", [0, 100])
def test_a_mirror_that_comes_later_has_the_whole_tree_and_says_what_it_lacks(
    opened: Opened, has: int
) -> None:
    """All hashes, the entries that are served, the order; through new starts, and as the log grows."""
    if has:
        opened().update(Published(log_of(has)))
    for size in (700, 768, 1_100):
        opened().update(pruned(size, 2, order(512)))

    mirror, log = opened(), log_of(1_100)
    assert mirror.head == log.head
    assert bundles(mirror) == [2, 3, 4]
    assert [len(mirror.entries(number)) for number in range(5)] == [0, 0, 256, 256, 76]
    assert (mirror.path / RETENTION).read_bytes() == order(512)
    kept = LogInFolder(mirror.path)
    for index in (0, 511, 512, 1_099):
        prove_entry(kept, index, log.entries[index]).check(policy())
    assert find_entry(kept, entry_hash(log.entries[512])) == (512, log.entries[512])
    with pytest.raises(UsageError, match=r"record_pruned.*record 511,.*by order 4 of"):
        find_entry(kept, entry_hash(log.entries[511]))


LIES: dict[str, Callable[[], Published]] = {
    "no order": lambda: pruned(700, 2),
    "more than is ordered": lambda: pruned(700, 2, order(511)),
    "an order by others": lambda: pruned(700, 2, order(512, "stranger")),
    "an order that is none": lambda: pruned(700, 2, b"[]"),
    "a gap": lambda: _without(700, 1),
}


def _without(size: int, number: int) -> Published:
    log = pruned(size, 0, order(256))
    del log.log.tiles[Tile(ENTRIES, number)]
    return log


@pytest.mark.parametrize("kind", LIES)
def test_a_log_that_serves_less_than_it_has_to_is_told_by_a_mirror_that_begins(
    opened: Opened, kind: str
) -> None:
    """Nothing is taken of it; what it serves later is."""
    mirror = opened()

    with pytest.raises(ProofError, match="pruned_without_order"):
        mirror.update(LIES[kind]())

    assert mirror.size == 0
    mirror.update(Published(log_of(700)))
    assert bundles(mirror) == [0, 1, 2]


def test_who_knows_no_owners_believes_no_order(opened: Opened) -> None:
    """A mirror that is given a policy alone."""
    with pytest.raises(ProofError, match=r"pruned_without_order.*unknown_key"):
        opened(NOBODY).update(pruned(700, 2, order(512)))


def test_a_mirror_that_has_all_tells_it_too_as_the_log_grows(opened: Opened) -> None:
    """The first entries that have to be served are asked for at each start and with each bundle that fills."""
    mirror, less = opened(), pruned(1_100, 2)
    mirror.update(Published(log_of(700)))

    for _look in range(2):
        with pytest.raises(ProofError, match="pruned_without_order"):
            mirror.update(less)
    assert mirror.size == 1_100

    less.instead[RETENTION] = order(512)
    mirror.update(less)
    less.asked.clear()
    mirror.update(less)
    assert less.asked == ["checkpoint"]
    with pytest.raises(ProofError, match="pruned_without_order"):
        opened().update(pruned(1_100, 3, order(512)))


def test_entries_that_are_served_last_in_place_of_others_are_told(opened: Opened) -> None:
    """What is asked for to see whether it is served is held to the tree."""
    mirror = opened()
    mirror.update(Published(log_of(700)))
    log = pruned(1_100, 0)
    log.instead[Tile(ENTRIES, 0).path] = log_of(700).tiles[Tile(ENTRIES, 1)]

    with pytest.raises(ProofError, match="bundle_malformed"):
        mirror.update(log)


def test_a_log_that_is_away_for_a_moment_is_not_accused(opened: Opened) -> None:
    """A bundle that comes when it is asked for again."""
    log = Published(log_of(700))
    first = log.read

    def read(path: str) -> bytes:
        if path == Tile(ENTRIES, 1).path and path not in log.asked:
            log.asked.append(path)
            raise UnreachableError("log_not_there", path, "a published log")
        return first(path)

    log.read = read  # type: ignore[method-assign]
    mirror = opened()
    with pytest.raises(UnreachableError):
        mirror.update(log)

    mirror.update(log)
    assert bundles(mirror) == [0, 1, 2]
