"""Who stood for whom at an instant, from a log; a lying log leads nobody in circles."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from contracts.decision.heirs_in_time import HeirsInTime, Since


def orders(*told: tuple[int, str, str]) -> HeirsInTime:
    """Orders in the order of their records: instant, desk that ends, heirs."""
    heirs = HeirsInTime()
    for at, desk, follow in told:
        heirs.take(at, {"k": "succession", "desk": desk, "heirs": follow.split(), "until": at + 99})
    return heirs


def given(
    heirs: HeirsInTime, desk: str, heir: str, before: Mapping[str, Since] | None = None
) -> dict[str, Since]:
    """Who has a case after a record at 30 has said that a desk gives it away."""
    told = dict(before or {})
    heirs.give(30, {"k": "entrusted", "sub": "case", "desk": desk, "heir": heir}, told)
    return told


def test_before_its_order_a_desk_stands_for_itself() -> None:
    """A report of last month names who owed it then; one of this month its heir's heir."""
    heirs = orders((10, "a", "b"), (20, "b", "c"))

    assert [heirs.at(at).heir("a") for at in (9, 10, 19, 20)] == ["a", "b", "b", "c"]


def test_the_first_partition_that_records_an_order_says_since_when() -> None:
    """Whichever is read first."""
    heirs = orders((12, "a", "b"), (10, "a", "b"), (14, "a", "b"))

    assert (heirs.at(9).heir("a"), heirs.at(10).heir("a")) == ("a", "b")


def test_a_case_is_the_first_heirs_until_it_is_given_away() -> None:
    """And of another case the first heir's still."""
    heirs = orders((10, "a", "b c"))
    told = {"a": (15, "c")}

    assert [heirs.at(at, told).heir("a") for at in (10, 15)] == ["b", "c"]
    assert heirs.at(15).heir("a") == "b"


@pytest.mark.parametrize("lie", [(20, "b", "a"), (20, "a", "c"), (20, "c", "c"), (20, "c", "b a")])
def test_an_order_that_no_router_records_changes_nothing(lie: tuple[int, str, str]) -> None:
    """Back to who has ended, a second one for one desk, to itself: a path always has an end."""
    heirs = orders((10, "a", "b"), lie)

    assert [heirs.at(30).heir(desk) for desk in "abc"] == ["b", "b", "c"]
    assert (given(heirs, "a", "b"), given(heirs, "a", "c")) == ({"a": (30, "b")}, {})


def test_a_case_is_given_once_and_to_an_heir_alone() -> None:
    """Neither back to the desk itself, without an end, nor to another heir afterwards."""
    heirs = orders((10, "a", "b c"))

    assert given(heirs, "a", "a") == given(heirs, "b", "c") == {}
    assert given(heirs, "a", "c", {"a": (15, "b")}) == {"a": (15, "b")}
