"""A world in which whole months happen, and its civil log counted as an auditor counts it."""

from __future__ import annotations

import asyncio
from datetime import date

from contracts.encoding import b64u, sha256
from contracts.vocabulary.figures import Counts
from services.cli.auditor.friction_log import FrictionLog, read_log
from services.committee.friction.report import made
from services.committee.statistics.tables import OBSERVE, counts
from tests.flows.acts import To, draft
from tests.services.audit.bundle.memory_log import log_of, owners_of
from tests.world import World

IP = ("crip", "assess", "FACTS")


def case(number: int) -> str:
    """A case's token."""
    return b64u(sha256(f"case {number}".encode()))


def happen(
    world: World, issuer: str, etype: str, *to: To, cases: range, **more: object
) -> list[str]:
    """The same act in so many cases; ids of the events."""
    return [
        event
        for number in cases
        for event in world.publish_raw(
            issuer,
            draft(issuer, etype, *to, case=case(number), **more),  # type: ignore[arg-type]
        )
    ]


def move_to(world: World, day: str) -> None:
    """Route what there is, then go to a day's first second in Paris."""
    world.settle()
    world.clock.move_to(world.convention.calendar.instant(date.fromisoformat(day)))
    world.settle()


def reading(world: World) -> FrictionLog:
    """The civil log, as an auditor reads it."""
    now = world.clock.now
    return asyncio.run(read_log(log_of(world), ("civil",), owners_of(world), now, now()))


def body(world: World, month: str, purpose: str = OBSERVE) -> Counts:
    """A month's figures as they are published."""
    log = reading(world)
    told_month = made(log.cases(), (month,)).months[0]
    return counts(told_month, *log.realms["civil"].counted_until(month), purpose)


def told(figures: Counts) -> dict[tuple[str, str, str], int]:
    """The cells that are not suppressed."""
    return {
        (cell.table, cell.row, cell.column): cell.count
        for cell in figures.cells
        if cell.count is not None
    }
