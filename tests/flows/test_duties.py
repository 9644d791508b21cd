"""Duties that the stories do not reach: who owes, by when, and what does not discharge."""

from __future__ import annotations

from tests.flows.acts import OTHER, decided, owed, raw, ref, same_state
from tests.world import World


def test_the_word_end_makes_no_copy_of_nothing() -> None:
    """`phase: end` without an end: the empty addressee is refused, and the copy to the CRIP stays owed."""
    world = World()

    event = raw(
        world, "edu-h-1", "SIG", ("parq-civ", "protect_now", "FACTS IDENTITY"),
        ("crip", "avoid_duplicates", ""), phase="end",
    )  # fmt: skip

    assert decided(world, event, "crip")["reasons"] == ["no_parts"]
    assert owed(world, "edu-h-1") == ["edu-h-1 R11"]
    assert owed(world, "crip") == []
    same_state(world)


def test_an_empty_alert_opens_nothing_whatever_its_phase() -> None:
    """An information préoccupante without content, marked as an end, is refused."""
    world = World()

    event = raw(world, "edu-s", "IP", ("crip", "assess", ""), phase="end")

    assert world.decision_on(event)["refused"]
    assert owed(world) == []


def test_an_answer_in_another_case_discharges_nothing() -> None:
    """Same parties, same act, `re` named: but not this case's."""
    world = World()
    asked = raw(world, "crip", "EVALREQ", ("ase", "evaluate", "FACTS"))
    raw(world, "crip", "EVALREQ", ("ase", "evaluate", "FACTS"), case=OTHER)

    raw(
        world, "ase", "EVALREP", ("crip", "decide", "FACTS"),
        re=[ref("crip", asked)], case=OTHER,
    )  # fmt: skip

    assert owed(world, "ase") == ["ase R18", "ase R18"]
