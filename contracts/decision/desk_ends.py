"""Which desks have ended, and who follows them, by the orders recorded here (rules §18)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from contracts.decision.state.state import Case, DeskEnd


@dataclass(frozen=True, slots=True)
class DeskEnds:
    """The ends of desks at one instant.

    Attributes:
        end_of: the end of a desk; None of one that goes on (`View.desk_ends`).
        at: instant, seconds.
    """

    end_of: Callable[[str], DeskEnd | None]
    at: int

    def has_ended(self, desk: str) -> bool:
        """Whether a desk is sent nothing new any more."""
        end = self.end_of(desk)
        return end is not None and end.until <= self.at

    def follows(self, desk: str, other: str) -> bool:
        """Whether a desk follows another that ends or has ended, or follows its successor."""
        end = self.end_of(other)
        return end is not None and (end.successor == desk or self.follows(desk, end.successor))

    def successor(self, desk: str) -> str:
        """The desk to write to in place of this one: itself, unless it has ended."""
        while (end := self.end_of(desk)) is not None and end.until <= self.at:
            desk = end.successor  # leads nowhere back: no order names a successor that ends
        return desk

    def takes_part(self, desk: str, case: Case) -> bool:
        """Whether a desk, or one that has ended and that it follows, takes part in a case."""
        return any(self.stands_for(desk, holder) for holder, _ in case.assigned)

    def stands_for(self, desk: str, other: str) -> bool:
        """Whether a desk is another, or follows it now that it has ended."""
        return desk in (other, self.successor(other))


NO_ENDS: Final = DeskEnds(lambda _desk: None, 0)
