"""Directories that control has brought: those that were signed, whatever befell control since."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import pytest

from contracts.keys import keyring
from contracts.log.orders.order import make_order
from contracts.log.orders.registry import Registry
from tests.contracts.envelope import kit
from tests.contracts.log.bus import CONVD, OWNER, begun, first_orders, owners

pytestmark = pytest.mark.slow

CIVIL = kit.realm()
Values = Sequence[bytes]


def payload(version: int) -> dict[str, Any]:
    """A version of a small directory, in which another desk has another name each time."""
    made = copy.deepcopy(CIVIL.payload) | {"version": version}
    made["desks"] = made["desks"][::5]
    made["desks"][version % len(made["desks"])]["label"]["en"] = f"Name {version}"
    return made


@cache
def control(versions: int) -> tuple[bytes, ...]:
    """A layout, a directory in one piece, and so many in pages; each page as it is new."""
    values = [first_orders()[0]]
    registry = Registry("civil", owners())
    registry.extend(values)
    for version in range(1, versions + 2):
        token, *pages = (
            keyring.sign_in_pages(payload(version), CIVIL.keeper)
            if version > 1
            else (keyring.sign_directory(payload(version), CIVIL.keeper),)
        )
        new = [page.encode() for page in pages if page.encode() not in values]
        order = adopting(registry, token, kit.NOW + version)
        assert registry.extend([*new, order]) == []
        values += [*new, order]
    return tuple(values)


def adopting(registry: Registry, token: str, at: int) -> bytes:
    """The order that adopts a directory next."""
    return make_order(
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
    ("changed", "versions"), [(dropped, 2), (swapped, 1), (altered, 1), (other_signature, 1)]
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
        assert spoilt.directories.pages.keys() <= whole.directories.pages.keys()
        refused += bool(spoilt.rejected)
    assert refused >= 2


def test_a_page_is_not_adopted_as_a_directory() -> None:
    """Though the same keeper has signed both."""
    values = control(1)
    registry = reader(values)
    page = next(value for value in values if not value.startswith(b"["))

    assert registry.extend([adopting(registry, page.decode(), kit.NOW + 9)]) == ["no_iat"]


def test_agencies_of_all_times_are_known_without_reading_directories() -> None:
    """Those with an inbox, as the directory itself says."""
    registry = begun("civil")
    (name,) = registry.directories

    assert registry.agencies(CONVD, name) == set(registry.inboxes(CONVD, name).values())
