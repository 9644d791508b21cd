"""How many cases a desk may open in an hour: the first too many, and what is free."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.convention.load import load
from contracts.encoding import b64u, sha256
from contracts.vocabulary import topics
from contracts.vocabulary.schema import Linked, desk_urn
from services.committee.simulate.decide_again import Simulator
from tests.contracts.convention.amended import limited
from tests.contracts.convention.parties import adoption
from tests.flows.acts import alert, draft, raw, same_state
from tests.flows.test_repeats import published
from tests.world import BEGIN, World

HOUR = 3600
MOST = 3
ALERT = ("crip", "assess", "FACTS RISK")


def case(number: object) -> str:
    """A case token."""
    return b64u(sha256(f"case {number}".encode()))


def world(partitions: int = 1, **roles: int) -> World:
    """A federation whose convention lets a desk open three cases an hour."""
    made = World(partitions=partitions)
    made.order("civil", "adopt_convention", adoption(limited(MOST, **roles)))
    made.settle()
    return made


def open_cases(made: World, *names: object, desk: str = "edu-s") -> list[dict[str, Any]]:
    """What is decided of an alert of one desk on each of these cases."""
    return [made.decision_on(raw(made, desk, "IP", ALERT, case=case(name))) for name in names]


def test_the_first_case_too_many_is_refused_and_told_from_when_it_may_come_again() -> None:
    """Signed and in the log as any decision; nobody is delivered it, and no case is left behind."""
    made = world()
    made.clock.advance(1_020)  # the hour is the clock's, not one from the refusal

    *passed, first, second = open_cases(made, *range(MOST + 2))

    assert not any(one["refused"] or "again" in one for one in passed)
    for one in (first, second):
        assert one["refused"]
        assert one["reasons"] == ["too_many_new_cases"]
        assert one["again"] == BEGIN + HOUR
        assert [desk["reasons"] for desk in one["addressees"]] == [["too_many_new_cases"]]
    assert len(made.inbox("crip")) == MOST
    assert len(made.routers["civil", 0].state.cases) == MOST
    same_state(made)
    assert made.audit()["clean"]


def test_its_desk_sees_the_reason_and_the_instant() -> None:
    """Beside the event, where its system looks for it: its service knew no other writer."""
    made = world()
    for number in range(MOST):
        made.publish_raw("edu-s", draft("edu-s", "IP", ALERT, case=case(number)))
    sent = made.post("edu-s", alert(made))
    made.settle()

    status = made.status("edu-s", sent.events[0])

    assert (status["state"], status["reasons"]) == ("refused", ["too_many_new_cases"])
    assert status["again"] == "2026-09-07T07:00:00Z"
    assert status["to"][0]["state"] == "refused"


def test_the_next_full_hour_begins_anew() -> None:
    """Refused in its last second, decided in its first; by the hour, not by sixty minutes."""
    made = world()
    made.clock.advance(HOUR - 2)
    open_cases(made, *range(MOST))

    made.clock.advance(1)
    (before,) = open_cases(made, "again")
    made.clock.advance(1)
    *after, over = open_cases(made, "again", "one", "two", "three")

    assert before["refused"]
    assert [one["refused"] for one in (*after, over)] == [False] * MOST + [True]
    same_state(made)


def test_a_known_case_goes_on_whoever_opened_it() -> None:
    """Only what opens a case is counted: more about one, by any desk, is not."""
    made = world()
    open_cases(made, *range(MOST), "too many")

    again = open_cases(made, *range(MOST), *range(MOST))
    others = open_cases(made, *range(MOST), desk="pmi")
    open_cases(made, *"abc", desk="pmi")

    assert not any(one["refused"] for one in (*again, *others))
    assert open_cases(made, "d", desk="pmi")[0]["reasons"] == ["too_many_new_cases"]


def test_each_desk_has_its_own_figure() -> None:
    """Another desk of the same agency, and a role with a figure of its own."""
    made = world(PMI=1)
    open_cases(made, *range(MOST), "too many")

    assert not made.decision_on(raw(made, "edu-h-1", "IP", ALERT, case=case("h")))["refused"]
    assert [one["refused"] for one in open_cases(made, "p", "q", desk="pmi")] == [False, True]


def test_what_is_repeated_or_refused_otherwise_is_not_counted() -> None:
    """A duplicate is no case more, and an event that no clause lets through opens none."""
    made = world()
    open_cases(made, 0, 1)
    for record in published(made):
        made.write(record)
    made.settle()
    refused = raw(made, "edu-s", "IP", ("pol", "assess", "FACTS"), case=case("no clause"))

    assert made.decision_on(refused)["addressees"][0]["reasons"] == ["no_clause"]
    assert [one["refused"] for one in open_cases(made, 2, 3)] == [False, True]
    assert made.decision_on(refused)["reasons"] == ["nothing_released"]


def test_a_link_that_opens_a_case_counts_as_one() -> None:
    """Else a stolen key of the CRIP would fill a shard with links between unknown cases."""
    made = world(CRIP=1)

    def linked(one: str) -> dict[str, Any]:
        link = Linked(peer=case("peer"), date="2026-09-01")
        return made.decision_on(raw(made, "crip", "LINK", linked=link, case=case(one)))

    assert [linked(one)["refused"] for one in ("a", "b", "a")] == [False, True, False]


def test_each_partition_holds_the_whole_figure() -> None:
    """No honest event is refused for where its token fell; who floods opens no more."""
    made = world(partitions=2)

    told = open_cases(made, *range(20))

    states = [made.routers["civil", number].state for number in range(2)]
    assert [len(state.cases) for state in states] == [MOST, MOST]
    assert sum(not one["refused"] for one in told) == 2 * MOST
    same_state(made)


def test_what_is_counted_does_not_grow_with_hours() -> None:
    """A row a desk, whatever the hours; the last of a flood is like the first."""
    made = world()
    for hour in range(30):
        open_cases(made, *((hour, number) for number in range(MOST + 1)))
        made.clock.advance(HOUR)

    state = made.routers["civil", 0].state

    assert dict(state.opened) == {desk_urn("civil", "edu-s"): (BEGIN + 29 * HOUR, MOST)}
    assert len(state.cases) == 30 * MOST
    same_state(made)


@pytest.mark.parametrize("within", ["one batch", "batches"])
def test_where_batches_end_changes_nothing(within: str) -> None:
    """A whole flood in one batch is counted as it goes."""
    made = world()
    for number in range(MOST + 2):
        made.publish_raw("edu-s", draft("edu-s", "IP", ALERT, case=case(number)))
        if within == "batches":
            made.settle()
    made.settle()

    assert len(made.routers["civil", 0].state.cases) == MOST
    same_state(made)


def test_a_convention_without_figures_counts_nothing() -> None:
    """Logs that are older say the same bytes as before."""
    made = World(partitions=1)

    told = open_cases(made, *range(20))

    assert not any(one["refused"] for one in told)
    assert not made.routers["civil", 0].state.opened
    assert not any(b'"opened"' in row for row in made.evidence("civil", 0).values())


def test_a_simulation_refuses_what_a_router_would_have_refused() -> None:
    """A committee sees on its own log whom its figures would have kept from raising an alert."""
    made = World(partitions=1)
    open_cases(made, *range(MOST + 2))
    simulator = Simulator("civil", load(limited(MOST)), made.registries["civil"].directories)
    evidence = made.evidence("civil", 0)

    judged = [
        simulator.step(row.value or b"", evidence[(row.key or b"").decode()])
        for row in made.topics[topics.decisions("civil"), 0]
    ]

    kinds = [one.kind for one in judged if one is not None]
    assert kinds == ["same"] * MOST + ["refused"] * 2
