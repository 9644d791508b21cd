"""Directories verified by an earlier life: judged alike, and read again only if asked."""

from __future__ import annotations

import copy
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from contracts.decision.state.shelves import LostRowError
from contracts.keys import keyring, signed_directory
from contracts.keys.jose import sign_jws
from contracts.log.orders import adopted_directories
from contracts.log.orders.order import Owners, make_order
from contracts.log.orders.registry import Registry
from tests.contracts.envelope import kit
from tests.contracts.log.bus import CONVD, OWNER, begun, first_orders, owners

pytestmark = pytest.mark.slow

CIVIL = kit.realm()
Values = Sequence[bytes]


class Remembered:
    """What was verified, in memory.

    Attributes:
        read: marks of values that were read again.
        full: whether there is no room for more.
    """

    def __init__(self) -> None:
        self.kept: dict[str, tuple[bytes, Mapping[str, Any]]] = {}
        self.read: list[str] = []
        self.full = False

    def told(self, mark: str) -> Mapping[str, Any] | None:
        """What was told of a value."""
        return self.kept[mark][1] if mark in self.kept else None

    def keep(self, mark: str, value: bytes, told: Mapping[str, Any]) -> bool:
        """Keep a value while there is room."""
        if not self.full:
            self.kept[mark] = value, told
        return not self.full

    def value(self, mark: str) -> bytes | None:
        """A value."""
        self.read.append(mark)
        return self.kept[mark][0] if mark in self.kept else None

    def drop(self, mark: str) -> None:
        """Forget a value."""
        del self.kept[mark]


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


def reader(values: Values, remembered: Remembered | None, own: Owners | None = None) -> Registry:
    """Somebody who has read all of them, one by one."""
    registry = Registry("civil", own or owners(), remembered)
    for value in values:
        registry.extend([value])
    return registry


def outcome(registry: Registry) -> tuple[Any, ...]:
    """All that a reader's judgment comes to."""
    orders = [(order.n, order.digest, order.target) for order in registry.orders]
    facts = [registry.directories.facts(name)[:3] for name in registry.directories]
    return registry.rejected, orders, facts, list(registry.directories.pages)


def test_a_later_start_verifies_nothing_and_judges_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever was verified by these keys, byte for byte, is known until somebody asks for it."""
    values, remembered = control(3), Remembered()
    first = reader(values, remembered)
    remembered.read.clear()
    verified: list[str] = []
    load = signed_directory.load_directory

    def counted(token: str, *given: Any) -> Any:
        verified.append(token)
        return load(token, *given)

    monkeypatch.setattr(adopted_directories, "load_directory", counted)
    again = reader(values, remembered)

    assert outcome(again) == outcome(first) == outcome(reader(values, None))
    assert remembered.read == []
    assert len(verified) == 4  # of the reader that remembers nothing
    newest = again.orders[-1].target
    assert again.directories[newest] == first.directories[newest]
    assert len(verified) == 5
    assert again.directories[newest] is again.directories[newest]


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
def test_a_control_that_was_tampered_with_is_refused_as_by_a_first_start(
    changed: Callable[[Values, int], Values], versions: int
) -> None:
    """A missing, reordered or altered value: same codes, orders, directories everywhere."""
    values, remembered = control(versions), Remembered()
    reader(values, remembered)
    refused = 0
    for at in range(len(values)):
        spoilt = changed(values, at)

        again = reader(spoilt, copy.deepcopy(remembered))

        assert outcome(again) == outcome(reader(spoilt, None)), at
        refused += bool(again.rejected)
    assert refused >= 2


def test_a_page_is_not_adopted_as_a_directory() -> None:
    """Though both were verified and lie in one place."""
    values, remembered = control(1), Remembered()
    registry = reader(values, remembered)
    page = next(value for value in values if not value.startswith(b"["))
    order = adopting(registry, page.decode(), kit.NOW + 9)

    assert registry.extend([order]) == reader([*values, order], None).rejected == ["no_iat"]


def test_other_keepers_verify_anew() -> None:
    """What earlier keys have verified is no proof to who does not pin them."""
    values, remembered = control(1), Remembered()
    reader(values, remembered)
    pinned = {kid: replace(key, public=OWNER.public) for kid, key in CIVIL.keepers.items()}
    strangers = replace(owners(), directory=pinned)

    late = reader(values, remembered, strangers)

    assert outcome(late) == outcome(reader(values, None, strangers))
    assert len(late.directories) == 0


def test_what_was_superseded_is_not_held() -> None:
    """Neither at a first start nor at a later one; asked for, it is the same as ever."""
    values, remembered, whole = control(4), Remembered(), reader(control(4), None)
    registry = Registry("civil", owners(), remembered)
    registry.extend(values[:2])
    second = weakref.ref(registry.directories[registry.orders[-1].target])
    for _ in range(adopted_directories.AT_HAND + 4):
        registry.extend(values[len(registry.orders) :])
        for name in registry.directories:
            assert registry.directories[name] == whole.directories[name]

    held = len(registry.directories._at_hand)

    assert held <= adopted_directories.AT_HAND + 1
    assert second() is not None  # asked for all the time
    again = reader(values, remembered)
    assert not again.directories._at_hand


def test_nobody_holds_a_version_that_nobody_asks_for() -> None:
    """Of those that follow one another the last is at hand alone."""
    remembered = Remembered()
    registry = reader(control(5), remembered)

    assert list(registry.directories._at_hand) == [registry.orders[-1].target]


def test_without_room_all_stays_in_memory() -> None:
    """And nothing is asked of a place that has it not."""
    remembered = Remembered()
    remembered.full = True

    registry = reader(control(3), remembered)

    assert outcome(registry) == outcome(reader(control(3), None))
    assert len([registry.directories[name] for name in registry.directories]) == 4
    assert remembered.read == []


def test_a_value_that_was_altered_where_it_lay_is_not_taken() -> None:
    """It is lost and forgotten; the next start verifies control's own once more."""
    values, remembered = control(1), Remembered()
    reader(values, remembered)
    registry = reader(values, remembered)
    newest = registry.orders[-1].target
    mark = registry.directories.facts(newest).mark
    stranger = sign_jws({"realm": "civil"}, "referral-directory+jwt", CIVIL.keeper)
    remembered.kept[mark] = stranger.encode(), remembered.kept[mark][1]

    with pytest.raises(LostRowError):
        registry.directories[newest]

    assert mark not in remembered.kept
    assert reader(values, remembered).directories[newest].version == 2


@pytest.mark.parametrize("name", ["version", "houses", "directory"])
def test_what_is_told_falsely_of_a_directory_is_not_believed_once_it_is_read(name: str) -> None:
    """Its number, its houses and its name follow from what it says itself."""
    values, remembered = control(1), Remembered()
    first = reader(values, remembered)
    mark = first.directories.facts(first.orders[-1].target).mark
    value, told = remembered.kept[mark]
    false = {"version": 7, "houses": [["CRIP", "police"]], "directory": first.orders[-2].digest}
    remembered.kept[mark] = value, {**told, name: false[name]}
    registry = reader(values, remembered)

    with pytest.raises(LostRowError):
        registry.directories[registry.orders[-1].target]

    assert mark not in remembered.kept


def test_agencies_of_all_times_are_known_without_reading_directories() -> None:
    """Those with an inbox, as the directory itself says."""
    registry = begun("civil")
    (name,) = registry.directories

    assert registry.agencies(CONVD, name) == set(registry.inboxes(CONVD, name).values())
