"""What a desk may add to one case: free at first, then at the price of new cases, which rises."""

from __future__ import annotations

from collections import Counter
from math import sqrt
from typing import Any

import pytest

from contracts.decision.new_cases import price
from contracts.vocabulary.schema import Linked, desk_urn
from tests.contracts.convention.amended import limited
from tests.contracts.convention.parties import adoption
from tests.flows.acts import ack, raw, ref, same_state
from tests.flows.test_new_cases import ALERT, HOUR, MOST, case
from tests.world import BEGIN, World

FREE = 2  # deliveries of a desk's own on one case that cost nothing
CODE = "too_much_on_case"


def world(most: int = MOST, deliveries: int = FREE, **roles: int) -> World:
    """A federation in which two deliveries on a case are free."""
    made = World(partitions=1)
    limits = limited(most, deliveries=deliveries, **roles)
    made.order("civil", "adopt_convention", adoption(limits))
    made.settle()
    return made


def add(made: World, count: int, desk: str = "edu-s", name: object = 0) -> list[dict[str, Any]]:
    """What is decided of so many alerts of a desk on one case."""
    return [made.decision_on(raw(made, desk, "IP", ALERT, case=case(name))) for _ in range(count)]


def used(made: World, desk: str = "edu-s") -> int:
    """What routing has counted of a desk in its last hour."""
    return made.routers["civil", 0].state.opened[desk_urn("civil", desk)][1]


def test_a_case_that_holds_much_of_a_desk_costs_it_new_cases() -> None:
    """One for itself, the next free, two at one each; the fifth is in the next hour."""
    made = world()

    *passed, over = add(made, 5)

    assert not any(one["refused"] for one in passed)
    assert over["reasons"] == [CODE]
    assert over["again"] == BEGIN + HOUR
    assert [one["reasons"] for one in over["addressees"]] == [[CODE]]
    assert used(made) == 3
    assert len(made.routers["civil", 0].state.cases[case(0)].events) == 4
    same_state(made)
    assert made.audit()["clean"]


def test_what_it_costs_is_in_the_log_and_taken_from_new_cases() -> None:
    """A price above one stands in the effect; one case's spending is not another's."""
    made = world(most=6)
    add(made, 5)

    (new,) = add(made, 1, name="new")
    (over,) = add(made, 1, name="another")

    effects = b"".join(made.evidence("civil", 0).values())
    assert effects.count(b'"k":"opened"') == 5
    assert effects.count(b'"count":2') == 1
    assert (new["refused"], over["reasons"], used(made)) == (False, ["too_many_new_cases"], 6)
    same_state(made)


def test_each_hour_lets_a_desk_add_however_large_the_case_is() -> None:
    """What a thief has added mutes nobody: an event never costs more than an hour's figure."""
    made = world()
    taken: list[int] = []
    for _ in range(8):
        taken.append(sum(not one["refused"] for one in add(made, 5 if not taken else 3)))
        made.clock.advance(HOUR)

    assert taken[:3] == [4, 1, 1]
    assert set(taken[1:]) == {1}
    same_state(made)


def test_others_on_the_case_and_the_desk_on_others_are_not_held_up() -> None:
    """Only a desk's own deliveries are counted, case by case."""
    made = world(most=4)
    add(made, 6)

    others = add(made, FREE, desk="pmi")
    elsewhere = add(made, 1, desk="pmi", name="elsewhere")

    assert not any(one["refused"] for one in (*others, *elsewhere))
    assert used(made, "pmi") == 1


def test_each_addressee_is_a_delivery() -> None:
    """A report with its copy is kept twice, so the next costs; what was withheld is not."""
    made = world(most=9)
    report = ("parq-civ", "protect_now", "FACTS RISK"), ("crip", "avoid_duplicates", "FACTS RISK")

    raw(made, "edu-s", "SIG", *report, ("pol", "protect_now", "FACTS"), case=case("kept"))
    raw(made, "edu-s", "IP", ALERT, ("pol", "assess", "FACTS"), case=case("withheld"))
    before = used(made)
    add(made, 1, name="withheld")
    free = used(made)
    add(made, 1, name="kept")

    assert (before, free, used(made)) == (2, 2, 3)


def test_an_answer_is_never_too_much() -> None:
    """Acknowledgements are bounded by what they answer; a withdrawal waits for the hour at most."""
    made = world(CRIP=1)
    arrived = [raw(made, "edu-s", "IP", ALERT, case=case(0)) for _ in range(4)]
    add(made, 1)

    told = [made.decision_on(ack(made, "crip", "edu-s", one, case=case(0))) for one in arrived]
    back = raw(made, "edu-s", "WITHDRAW", ("crip", "withdraw", ""), re=[ref("edu-s", arrived[0])],
               case=case(0))  # fmt: skip
    made.clock.advance(HOUR)
    again = raw(made, "edu-s", "WITHDRAW", ("crip", "withdraw", ""), re=[ref("edu-s", arrived[0])],
                case=case(0))  # fmt: skip

    assert not any(one["refused"] for one in told)
    assert made.decision_on(back)["reasons"] == [CODE]
    assert not made.decision_on(again)["refused"]


def test_links_are_a_growth_of_the_case_and_their_end_is_none() -> None:
    """A stolen key of the CRIP cannot fill a case with links either."""
    made = world(CRIP=2)

    def linked(kind: str, peer: object) -> dict[str, Any]:
        link = Linked(peer=case(peer), date="2026-09-01")
        return made.decision_on(raw(made, "crip", kind, linked=link, case=case(0)))

    links = [linked("LINK", peer)["refused"] for peer in "abcd"]
    undone = [linked("UNLINK", peer)["refused"] for peer in "abc"]

    assert links == [False, False, False, True]
    assert undone == [False] * 3
    same_state(made)


def test_a_thief_gets_slower_as_the_case_grows() -> None:
    """With the figures that ship, a week fills a case with some three thousand deliveries."""
    own, hours = 0, Counter[int]()
    for hour in range(24 * 365):
        left = 150
        while own < 200 or (cost := price(own, 200, 150)) <= left:
            left -= cost if own >= 200 else 0
            own += 1
        hours[hour] = own

    for hour in (23, 24 * 7 - 1, 24 * 365 - 1):
        assert hours[hour] == pytest.approx(sqrt(2 * 200 * 150 * (hour + 1)), rel=0.2)
    assert hours[24 * 7 - 1] < 3_400
