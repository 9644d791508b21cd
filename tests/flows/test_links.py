"""LINK and UNLINK join two cases' clocks, and nothing else."""

from __future__ import annotations

import pytest

from contracts.vocabulary.schema import Linked
from tests.flows.acts import CASE, OTHER, decided, duty, owed, paris, raw, same_state
from tests.world import World

R13 = ("ase", "evaluate", "FACTS IDENTITY")


def two_cases() -> World:
    """Monday's alert by the street team, Wednesday's by the school with an evaluation asked for."""
    world = World()
    raw(world, "psp", "IP", ("crip", "assess", "FACTS"), case=OTHER)
    world.clock.advance(2 * 86_400)
    raw(world, "edu-s", "IP", ("crip", "assess", "FACTS"))
    raw(world, "crip", "EVALREQ", R13)
    return world


def link(world: World, etype: str = "LINK", desk: str = "crip", date: str = "2026-09-07") -> str:
    """One act to each case."""
    raw(world, desk, etype, case=OTHER, declared={}, linked=Linked(peer=CASE, date=date))
    return raw(world, desk, etype, declared={}, linked=Linked(peer=OTHER, date=date))


def test_a_link_moves_the_evaluation_to_the_earlier_clock() -> None:
    """Three months from Wednesday become three months from Monday; both sides are told."""
    world = two_cases()
    before = duty(world, "ase", "R18")["due"]

    link(world)

    assert before == "2026-12-09T22:59:59Z"
    assert duty(world, "ase", "R18")["due"] == "2026-12-07T22:59:59Z"
    same_state(world)


def test_an_unlink_moves_it_back_and_keeps_history() -> None:
    """What was linked and is no more leaves the later clock, and both acts in the log."""
    world = two_cases()
    link(world)

    link(world, "UNLINK")

    assert duty(world, "ase", "R18")["due"] == "2026-12-09T22:59:59Z"
    same_state(world)


def test_a_link_that_comes_after_the_earlier_deadline_falls_due_at_once() -> None:
    """A duty moved late is due at the moving, not before: nobody is made late retroactively."""
    world = two_cases()
    world.clock.move_to(paris(world, "2026-12-08 10:00"))

    link(world)
    world.settle()

    found = duty(world, "ase", "R18")
    assert paris(world, found["due"]) == paris(world, "2026-12-08 10:00")
    assert found["overdue"]
    same_state(world)


def test_links_never_merge_who_takes_part() -> None:
    """The school gets no question on the street team's case, linked or not."""
    world = two_cases()
    link(world)

    asked = raw(
        world, "crip", "EVALREQ", ("edu-s", "contribute", "CODE.questions"), case=OTHER
    )  # fmt: skip

    assert decided(world, asked, "edu-s")["reasons"] == ["not_assigned"]


def test_a_link_is_told_to_nobody_but_the_owers() -> None:
    """Neither author learns that there is another one."""
    world = two_cases()
    link(world)

    assert world.inbox("psp") == []
    assert world.inbox("edu-s") == []


@pytest.mark.parametrize("desk", ["ase", "edu-s", "parq-civ"])
def test_only_the_crip_links(desk: str) -> None:
    """Matching is the cell's own; anybody else's link is refused and moves nothing."""
    world = two_cases()

    event = link(world, desk=desk)

    assert world.decision_on(event)["reasons"] == ["not_linkable"]
    assert duty(world, "ase", "R18")["due"] == "2026-12-09T22:59:59Z"


def test_what_is_not_linked_cannot_be_unlinked() -> None:
    """Refused: there is nothing to undo."""
    world = two_cases()

    event = link(world, "UNLINK")

    assert world.decision_on(event)["reasons"] == ["not_linkable"]


def test_one_record_of_the_crip_links_both_cases_at_once() -> None:
    """Through the service: one transaction, both events in the answer, duties moved."""
    world = two_cases()

    answer = world.post(
        "crip",
        {
            "kind": "link", "case": CASE, "peer": OTHER,
            "earlier_on": "2026-09-07", "confirmed": True,
        },
    )  # fmt: skip
    world.settle()

    assert len(answer.events) == 2
    assert duty(world, "ase", "R18")["due"] == "2026-12-07T22:59:59Z"
    assert "ase R18" in owed(world)
