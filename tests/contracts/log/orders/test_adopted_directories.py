"""Directories that control has brought: those that were signed, whatever befell control since."""

from __future__ import annotations

import copy
import gc
import weakref
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from contracts.keys import keyring
from contracts.keys.jose import sign_jws
from contracts.log.orders.adopted_directories import HELD
from contracts.log.orders.registry import Registry
from contracts.vocabulary.schema import short
from tests.contracts.envelope import kit
from tests.contracts.log.bus import CONVD, OWNER, begun, first_orders, order_values, owners

pytestmark = pytest.mark.slow

CIVIL = kit.realm()
Values = Sequence[bytes]


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
    registry = Registry("civil", owners())
    registry.extend(values)
    for version in range(1, versions + 1):
        made = adopting(registry, signed(version), kit.NOW + version)
        assert registry.extend(made) == []
        values += made
    return tuple(values)


def adopting(registry: Registry, token: str, at: int) -> tuple[bytes, ...]:
    """A directory, and the order that adopts it next."""
    return order_values(
        "civil", "adopt_directory", {"directory": token}, last=registry.last, start=at,
        signers=[OWNER],
    )  # fmt: skip


def reader(values: Values) -> Registry:
    """Somebody who has read all of them, one by one."""
    registry = Registry("civil", owners())
    for value in values:
        registry.extend([value])
    return registry


def dropped(values: Values, at: int) -> Values:
    """Without one of them."""
    return [*values[:at], *values[at + 1 :]]


def swapped(values: Values, at: int) -> Values:
    """One behind its successor."""
    return [*values[:at], *reversed(values[at : at + 2]), *values[at + 2 :]]


def altered(values: Values, at: int) -> Values:
    """One with another letter in the middle of what is signed."""
    value = values[at]
    middle = len(value) // 2
    letter = b"A" if value[middle : middle + 1] != b"A" else b"B"
    return [*values[:at], value[:middle] + letter + value[middle + 1 :], *values[at + 1 :]]


def other_signature(values: Values, at: int) -> Values:
    """One whose last signature is another."""
    return [*values[:at], values[at][:-20] + b"A" * 10 + values[at][-10:], *values[at + 1 :]]


@pytest.mark.parametrize(
    ("changed", "versions"), [(dropped, 3), (swapped, 2), (altered, 2), (other_signature, 2)]
)
def test_of_a_control_that_was_tampered_with_nothing_new_is_adopted(
    changed: Callable[[Values, int], Values], versions: int
) -> None:
    """A missing, reordered or altered value: some are refused, the others as they were."""
    values, refused = control(versions), 0
    whole = reader(values)
    for at in range(len(values)):
        spoilt = reader(changed(values, at))

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


def test_what_did_not_change_is_shared_with_the_version_before() -> None:
    """Years of directories differ in a few rows; and control read again has them all."""
    registry = reader(control(2))
    first, second = registry.directories.values()

    same = [urn for urn in second.desks if second.desks[urn] is first.desks[urn]]

    assert len(same) == len(second.desks) - 2  # those whose names alternate
    late = Registry("civil", replace(owners(), directory={}))  # whose owners pinned no keeper
    late.extend(control(2))
    assert late.reread(control(2), owners())
    assert late.directories.keys() == registry.directories.keys()


def test_a_start_keeps_few_directories_whole_and_puts_old_ones_together_again() -> None:
    """As each was when it came: desks, keys, facts; by the digest under which a record names it."""
    registry = reader(control(HELD + 3))
    names = list(registry.directories)

    first = weakref.ref(registry.directories[names[0]])
    for version, name in enumerate(names, 1):
        alone = keyring.load_directory(signed(version), CIVIL.keepers)
        assert registry.directories[name] == alone
        assert registry.directories.facts(name).version == version

    gc.collect()
    assert first() is None
    assert len(registry.directories) == len(names) == HELD + 3
    with pytest.raises(KeyError):
        registry.directories["another"]


def test_a_hostile_keepers_version_is_refused_alike_by_whoever_starts_when() -> None:
    """Rows that prove nothing, signed by the keeper and adopted: by no reader, later ones are."""
    running, values = reader(control(2)), list(control(2))
    made = payload(3)
    made["desks"][1]["sealing"]["iat"] += 1
    bad = sign_jws(made, "referral-directory+jwt", CIVIL.keeper)
    for token in (bad, signed(3), signed(4)):
        new = adopting(running, token, kit.NOW + 9)
        running.extend(new)
        values += new
        starting = reader(values)

        assert starting.rejected == running.rejected == ["not_signed_by_desk", "directory_missing"]
        assert starting.orders == running.orders
        assert dict(starting.directories) == dict(running.directories)
    assert [one.version for one in running.directories.values()] == [1, 2, 3, 4]


def test_agencies_of_all_times_are_known_without_reading_directories() -> None:
    """Those with an inbox, as the directory itself says."""
    registry = begun("civil")
    (name,) = registry.directories

    assert registry.agencies(CONVD, name) == set(registry.inboxes(CONVD, name).values())
