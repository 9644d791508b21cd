"""The cases that a desk which ends has given to desks that follow it, by its own ENTRUSTs (rules §18)."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass
from typing import Final

from services.agency.office.fold.own_events import OwnEvent, Progress

_TAKEN: Final = (
    "published",
    "delivered",
)  # states of an addressee that has the case, or may have it yet


@dataclass(frozen=True, slots=True)
class GivenCases:
    """What was given, and what was passed on with it.

    Attributes:
        heirs: realm and case -> short id of the heir.
        passed: case and id of each event that was passed on.
    """

    heirs: dict[tuple[str, str], str]
    passed: set[tuple[str, str]]

    @classmethod
    def by(cls, entrusts: Iterable[OwnEvent], names: Container[str] = ()) -> GivenCases:
        """By a desk's own ENTRUSTs: what routing has refused gave nothing.

        Args:
            names: short ids of the desk and of those that it follows: what one of these gave another stays here.
        """
        given = cls({}, set())
        for own in entrusts:
            for progress in _taken(own):
                if progress.desk not in names:
                    given.heirs[own.realm, own.case] = progress.desk
                given.passed.update((own.case, event) for event in own.re)
        return given


def refusals(entrusts: Iterable[OwnEvent], case: str) -> int:
    """How many ENTRUSTs of a case routing has refused: each may be said again, as another event."""
    return sum(own.case == case and is_refused(own) for own in entrusts)


def is_refused(entrust: OwnEvent) -> bool:
    """Whether routing has refused an ENTRUST: it gave nothing."""
    return not _taken(entrust)


def _taken(own: OwnEvent) -> list[Progress]:
    return [progress for progress in own.to.values() if progress.state in _TAKEN]
