"""Directories that control brought, whatever befell it since; and control read again."""

from __future__ import annotations

import copy
import gc
import weakref
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from contracts.conventions import SECOND, read, shipped
from contracts.decision.state.shelves import LostRowError
from contracts.decision.state.state import State, Tail
from contracts.keys import keyring
from contracts.keys.jose import sign_jws
from contracts.log.orders.adopted_directories import HELD
from contracts.log.orders.desk_end import DESK_END
from contracts.log.orders.order import OrderKind, Owners
from contracts.log.orders.registry import Registry
from contracts.vocabulary.schema import short
from services.routing.restart import check_unrecorded
from tests.contracts.convention.hospital import third
from tests.contracts.convention.parties import PINNED, adoption
from tests.contracts.envelope import kit
from tests.contracts.log.first_orders import begun, first_orders, next_order, owners

pytestmark = pytest.mark.slow

CIVIL = kit.realm()
Values = Sequence[bytes]
LATER = kit.NOW + 30 * kit.DAY
WHOLE = owners()
WITHOUT = replace(WHOLE, parties={kid: key for kid, key in PINNED.items() if "hospital" not in kid})


def payload(version: int) -> dict[str, Any]:
    """A version of a small directory, in which another desk has another name each time."""
    made = copy.deepcopy(CIVIL.payload) | {"version": version}
    made["desks"] = made["desks"][::5]
    made["desks"][version % len(made["desks"])]["label"]["en"] = f"Name {version}"
    return made


def signed(version: int) -> str:
    """Its token."""
    return keyring.sign_directory(payload(version), CIVIL.keeper)


@cache
def control(versions: int) -> tuple[bytes, ...]:
    """A layout, and so many directories, each before its order."""
    values = [first_orders()[0]]
    registry = reader(values)
    for version in range(1, versions + 1):
        made = adopting(registry, signed(version), kit.NOW + version)
        assert registry.extend(made) == []
        values += made
    return tuple(values)


def adopting(registry: Registry, token: str, at: int) -> tuple[bytes, ...]:
    """A directory, and the order that adopts it next."""
    return next_order(registry, "adopt_directory", {"directory": token}, at)


def reader(values: Values, whose: Owners = WHOLE) -> Registry:
    """Somebody with these owners who has read all of them, one by one."""
    registry = Registry("civil", whose)
    registry.extend(values)
    return registry


def starting(values: Values) -> Registry:
    """Somebody who starts behind them."""
    registry = Registry("civil", WHOLE, values.__getitem__)
    for offset, value in enumerate(values):
        registry.take(value, offset, past=True)
    registry.check_last()
    return registry


def altered(value: bytes) -> bytes:
    """With another letter in the middle of what is signed."""
    at = len(value) // 2
    letter = b"B" if value[at : at + 1] == b"A" else b"A"
    return value[:at] + letter + value[at + 1 :]


Change = Callable[[bytes, bytes], Values]


@pytest.mark.parametrize(
    ("change", "versions"),
    [
        (lambda _one, other: [other], 3),
        (lambda one, other: [other, one], 2),
        (lambda one, other: [altered(one), other], 2),
        (lambda one, other: [one[:-20] + b"A" * 10 + one[-10:], other], 2),
    ],
    ids=["one missing", "two reordered", "one altered", "another signature"],
)
def test_of_a_control_that_was_tampered_with_nothing_new_is_adopted(
    change: Change, versions: int
) -> None:
    """Some are refused, the others as they were."""
    values, refused = control(versions), 0
    whole = reader(values)
    for at in range(len(values) - 1):
        spoilt = reader([*values[:at], *change(*values[at : at + 2]), *values[at + 2 :]])

        assert spoilt.directories.items() <= whole.directories.items(), at
        refused += bool(spoilt.rejected)
    assert refused >= 2


def test_a_directory_is_adopted_once_it_is_there() -> None:
    """Before, its order is rejected; it stops nobody, and the same one is taken later."""
    registry = reader(control(1))
    token, order = adopting(registry, signed(2), kit.NOW + 9)
    trial = registry.copy()

    early, late = registry.extend([order]), registry.extend([token, order])

    assert (early, late) == (["directory_missing"], [])
    assert registry.directories[registry.orders[-1].target].version == 2
    trial.extend([token])
    assert trial.copy().extend([order]) == []  # as whoever tries an order before it is written


def test_a_strangers_directory_on_control_stops_nobody() -> None:
    """Not the keeper's, of the other realm, altered, another type: rejected, the true one taken."""
    registry = reader(control(1))
    token, order = adopting(registry, signed(2), kit.NOW + 9)
    stranger = sign_jws(payload(2), "referral-directory+jwt", CIVIL.router).encode()
    other = sign_jws(payload(2), "referral-order+jwt", CIVIL.keeper).encode()
    foreign = kit.realm("criminal").token.encode()

    rejected = registry.extend([stranger, foreign, token[:-8] + b"AAAAAAAA", other, b"\xff"])

    assert rejected[:4] == ["unknown_key", "order_malformed", "bad_signature", "wrong_typ"]
    assert len(rejected) == 5
    assert registry.extend([token, order]) == []


def test_a_directory_in_which_a_desks_keys_go_back_is_not_adopted() -> None:
    """The keeper lists again what the desk had signed earlier, as a thief would have him do."""
    registry, made = reader(control(1)), payload(2)
    row, start = made["desks"][0], kit.NOW - 9 * kit.DAY
    desk = short(row["desk"])
    _private, row["sealing"] = kit.sealing_keys(CIVIL.signers[desk], desk, start, 2)
    values = adopting(registry, keyring.sign_directory(made, CIVIL.keeper), kit.NOW + 9)

    assert registry.extend(values) == ["sealing_older"]
    assert registry.extend(adopting(registry, signed(2), kit.NOW + 9)) == []


def test_a_start_keeps_few_directories_whole_and_reads_old_ones_again() -> None:
    """As each was when it came, by the digest under which a record names it."""
    values = control(HELD + 3)
    registry = starting(values)
    names = list(registry.directories)

    first = weakref.ref(registry.directories[names[0]])
    for version, name in enumerate(names, 1):
        alone = keyring.load_directory(signed(version), CIVIL.keepers)
        assert registry.directories[name] == alone
        head = registry.directories.head(name)
        assert (head.version, list(head.signing)) == (version, [CIVIL.router.kid])

    gc.collect()
    assert first() is None
    assert list(reader(values).directories) == names
    with pytest.raises(KeyError):
        registry.directories["another"]


def test_an_old_directory_is_another_when_it_is_read_again() -> None:
    """Changed, by a broker: it is not believed, and is no fault of the log."""
    values = list(control(HELD + 3))
    registry, old = starting(values), list(control(HELD + 3))[1]
    for other in (altered(old), values[3], b""):
        values[1] = other
        with pytest.raises(LostRowError):
            registry.directories[next(iter(registry.directories))]


def hostile(version: int) -> str:
    """Rows that prove nothing, signed by the keeper."""
    made = payload(version)
    made["desks"][1]["sealing"]["iat"] += 1
    return sign_jws(made, "referral-directory+jwt", CIVIL.keeper)


def test_a_hostile_keepers_version_is_refused_alike_by_whoever_starts_when() -> None:
    """Adopted: by no reader, later ones are."""
    running, values = reader(control(2)), list(control(2))
    for token in (hostile(3), signed(3), signed(4)):
        new = adopting(running, token, kit.NOW + 9)
        running.extend(new)
        values += new
        started = starting(values)

        assert started.rejected == running.rejected == ["not_signed_by_desk", "directory_missing"]
        assert started.orders == running.orders
        assert dict(started.directories) == dict(running.directories)
    assert [one.version for one in running.directories.values()] == [1, 2, 3, 4]


def believing() -> tuple[Registry, Registry]:
    """Who starts behind a hostile version and orders that its keeper chained to it; who was up."""
    values, writing = list(control(2)), starting(control(2))
    contents: list[tuple[OrderKind, dict[str, Any]]] = [
        ("adopt_directory", {"directory": token}) for token in (hostile(3), signed(4))
    ]
    contents.append(("adopt_convention", adoption(shipped())))
    contents.append(("adopt_directory", {"directory": signed(5)}))
    for kind, content in contents:
        for value in next_order(writing, kind, content, kit.NOW + 9):
            writing.take(value, len(values), past=True)
            values.append(value)
    return starting(values), reader(values)


@pytest.mark.parametrize("asked", [3, 4])
def test_orders_behind_a_hostile_version_fall_with_it_when_it_is_read(asked: int) -> None:
    """They are believed until its desks are asked for, or the desks of the one behind it."""
    started, running = believing()
    heads = map(started.directories.head, started.directories)
    assert [one.version for one in heads] == [1, 2, 3, 4, 5]

    assert list(started.eras(LATER))

    assert not started.check(started.orders[asked])

    assert (started.orders, started.rejected) == (running.orders, running.rejected)
    assert len(running.rejected) == 5
    assert started.conventions.keys() == running.conventions.keys() == set()
    while len(running.orders) < 7:  # as many as had been believed
        made = adopting(running, signed(4 + len(running.orders)), kit.NOW + 9)
        assert started.extend(made) == running.extend(made) == []
    assert list(started.eras(LATER)) == list(running.eras(LATER)) == []
    assert dict(started.directories) == dict(running.directories)


def test_an_order_that_falls_takes_all_behind_it_along() -> None:
    """Also where a directory behind it was refused before: its place is free, as it is for all."""
    running, values = reader(control(2)), list(control(2))
    started, first = starting(values), running.last
    end = {"desk": "x", "successor": "y", "until": kit.NOW + 30 * kit.DAY}
    orders: list[tuple[OrderKind, dict[str, Any], bool]] = [
        ("adopt_directory", {"directory": hostile(3)}, False),
        (DESK_END, end, False),  # claims its place, and proves nothing either
        ("adopt_directory", {"directory": hostile(3)}, True),
        ("adopt_directory", {"directory": signed(4)}, False),
    ]
    for kind, content, behind in orders:
        last = started.last if behind else first
        made = next_order(running, kind, content, kit.NOW + 9, last=last)
        for value in made:
            started.take(value, len(values), past=True)
            values.append(value)
        running.extend(made)

    assert started.orders == running.orders
    assert [one.version for one in running.directories.values()] == [1, 2, 4]


@pytest.mark.parametrize("recorded", [{1, 2, 3}, {1, 2, 3, 4, 5, 6, 7}])
def test_a_router_looks_whole_at_what_its_log_is_not_under_yet(recorded: set[int]) -> None:
    """What it would have refused, had it been up, is not recorded by its next life."""
    started, running = believing()
    known, taken = Tail(orders=frozenset(range(9))), Tail(orders=frozenset(recorded))

    check_unrecorded(started, [State(tail=known), State(tail=taken)])

    assert (started.orders == running.orders) is (len(recorded) == 3)


@cache
def parted() -> tuple[bytes, ...]:
    """The second version, a third with a hospital among its parties, then a revocation."""
    registry, values = begun(), list(first_orders())
    revoking = copy.deepcopy(CIVIL.payload) | {"version": 2}
    revoking["desks"][0]["signing"][0]["revoked"] = kit.NOW
    contents: tuple[tuple[OrderKind, dict[str, Any]], ...] = (
        ("adopt_convention", adoption(read(SECOND))),
        ("adopt_convention", adoption(third())),
        ("adopt_directory", {"directory": keyring.sign_directory(revoking, CIVIL.keeper)}),
    )
    for kind, content in contents:
        made = next_order(registry, kind, content, LATER)
        assert registry.extend(made) == []
        values += made
    return tuple(values)


def versions(registry: Registry) -> tuple[int, int]:
    """Of the convention and the directory in force."""
    convd, dird = registry.in_force(LATER + kit.DAY)
    return registry.conventions[convd].version, registry.directories[dird].version


def test_a_key_that_is_pinned_later_brings_all_that_was_missed() -> None:
    """The order it was wanted for and the revocation behind it, as after a restart."""
    running = reader(parted(), WITHOUT)
    assert (versions(running), running.unpinned) == ((2, 1), True)

    assert running.take_over(reader(parted()))

    assert running.rejected == []
    assert versions(running) == versions(reader(parted())) == (3, 2)


def test_a_missing_signature_is_no_order_that_cannot_be_judged_here() -> None:
    """Whoever would write the next one would part control; of a half-signed one nobody would."""
    half = reader(parted()[:-3])
    content = adoption(third(), ("education", "police"))
    half.extend(next_order(half, "adopt_convention", content, LATER))

    assert (half.rejected, half.unpinned) == (["convention_half_signed"], False)


def test_an_older_directory_does_not_come_back_for_those_who_seal() -> None:
    """Ordered again by its own keeper, it is taken by no router, and so by no intake either."""
    running = reader(parted())

    assert running.extend(adopting(running, CIVIL.token, LATER)) == []

    assert versions(running) == (3, 2)


def test_an_older_directory_gives_no_stolen_key_back() -> None:
    """What a thief signed stays in doubt, whatever the owners adopt again."""
    later, found = payload(2), reader(control(1))
    thief = later["desks"][0]["signing"][0]
    thief |= {"revoked": LATER, "reason": "stolen", "since": kit.NOW}
    for token in (keyring.sign_directory(later, CIVIL.keeper), signed(1)):
        assert found.extend(adopting(found, token, LATER)) == []

        assert found.stolen == {thief["kid"]: kit.NOW}
