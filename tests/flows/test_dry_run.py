"""A dry run tells what the publication would: the same verdict, the same refusal."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from contracts.vocabulary.scopes import ROLES
from services.play.demo.bus import ServiceAnswer
from tests import samples
from tests.world import BEGIN, World

AUTUMN = BEGIN + 90 * 86_400  # the samples' dates are out of their bounds by then


def records() -> Iterator[tuple[str, str]]:
    """Every desk with every kind that its role files."""
    for desk, role in samples.DESKS.items():
        for kind in samples.kinds(ROLES[role]):
            if kind != "withdrawal" and role in samples.roles_of(ROLES[role], kind):
                yield desk, kind


@pytest.mark.parametrize("at", [BEGIN, AUTUMN])
def test_what_a_dry_run_takes_is_taken_and_what_it_refuses_is_refused(at: int) -> None:
    """Dates out of bounds and calls in the future too, which show when the event is sealed only."""
    refused = set()
    for desk, kind in records():
        world = World()
        world.clock.move_to(at)
        role = samples.DESKS[desk]
        record = samples.filed(ROLES[role], kind, role)

        dry, wet = world.dry_run(desk, record), world.post(desk, record)

        assert told(dry) == told(wet), (desk, kind)
        assert dry.events == []
        if dry.status != 200:
            refused.add(dry.body["code"])
    assert refused & {"call_after_event", "fact_out_of_bounds"}


def told(answer: ServiceAnswer) -> tuple[bool, object]:
    """Whether it was taken, and the problem but for what names no cause."""
    taken = answer.status in (200, 202)
    return taken, None if taken else answer.body
