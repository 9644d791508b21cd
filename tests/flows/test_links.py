"""LINK and UNLINK join two cases' clocks, and nothing else."""

from __future__ import annotations

from contracts.vocabulary.schema import Linked
from tests.flows.acts import CASE, OTHER, duty, owed, raw
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


def test_a_link_is_told_to_nobody_but_the_owers() -> None:
    """Neither author learns that there is another one."""
    world = two_cases()
    link(world)

    assert world.inbox("psp") == []
    assert world.inbox("edu-s") == []


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
