"""A world in which whole months happen, and its civil log counted as an auditor counts it."""

from __future__ import annotations

from datetime import date

from contracts.encoding import b64u, leaf_hash, sha256
from contracts.vocabulary import topics
from contracts.vocabulary.figures import Counts
from services.committee.statistics.counted import MonthlyCount
from services.committee.statistics.tables import OBSERVE, counts
from tests.flows.acts import To, draft
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


def counted(world: World) -> MonthlyCount:
    """The civil log, counted."""
    registry = world.registries["civil"]
    count = MonthlyCount(registry.conventions, registry.directories)
    for realm, number in world.routers:
        if realm == "civil":
            evidence = world.evidence(realm, number)
            for record in world.topics[topics.decisions(realm), number]:
                value = record.value or b""
                leaf = leaf_hash(value)
                count.take(number, leaf, value, evidence[leaf])
    return count


def body(world: World, month: str, purpose: str = OBSERVE) -> Counts:
    """A month's figures as they are published."""
    registry, of = world.registries["civil"], counted(world).months[month]
    convention = registry.conventions[of.convention]
    return counts(month, of, convention, registry.directories[of.directory], purpose)


def told(figures: Counts) -> dict[tuple[str, str, str], int]:
    """The cells that are not suppressed."""
    return {
        (cell.table, cell.row, cell.column): cell.count
        for cell in figures.cells
        if cell.count is not None
    }
