"""Who follows a desk that ends: on one case, by the orders that this partition has recorded (rules §18).

No row of a case is rewritten when a desk ends: who looks up a desk of it goes along the heirs from there. It
has an end, since no order names an heir that had heirs already.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from contracts.decision.state import DeskSuccession


def _nobody(_desk: str) -> DeskSuccession | None:
    return None


@dataclass(frozen=True, slots=True)
class Heirs:
    """The heirs of all desks, as they stand on one case.

    Attributes:
        succession: of a desk that ends; None of any other (`View.succession`).
    """

    succession: Callable[[str], DeskSuccession | None] = _nobody

    def path(self, desk: str) -> tuple[str, ...]:
        """A desk, its heir, the heir's own, to the one that goes on."""
        path = [desk]
        while (next_ := self.succession(path[-1])) is not None:
            path.append(next_.heirs[0])
        return tuple(path)

    def heir(self, desk: str) -> str:
        """The desk that goes on: itself, if it does not end."""
        return self.path(desk)[-1]

    def stands_for(self, desk: str, whom: str) -> bool:
        """Whether what is said of `whom` holds of this desk: it is the same, or an heir of it."""
        return desk == whom or desk in self.path(whom)
