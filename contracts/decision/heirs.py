"""Who follows a desk that ends, on one case, by the orders recorded here (rules §18).

No row of a case is rewritten when a desk ends: who looks up a desk of it goes along the heirs from
there. It has an end, since no order names an heir that had heirs already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from contracts.decision.state.state import Case, DeskSuccession
from contracts.keys.directory import Directory
from contracts.keys.entries import DeskEntry


def _nobody(_desk: str) -> DeskSuccession | None:
    return None


@dataclass(frozen=True, slots=True)
class Heirs:
    """The heirs of all desks, as they stand on one case.

    Attributes:
        succession: of a desk that ends; None of any other (`View.succession`).
        entrusted: of desks that end, to which heir each has given the case.
    """

    succession: Callable[[str], DeskSuccession | None] = _nobody
    entrusted: Mapping[str, str] = field(default_factory=dict)

    def path(self, desk: str) -> tuple[str, ...]:
        """A desk, its heir, the heir's own, to the one that goes on."""
        path = [desk]
        while (next_ := self.succession(path[-1])) is not None:
            path.append(self.entrusted.get(path[-1]) or next_.heirs[0])
        return tuple(path)

    def heir(self, desk: str) -> str:
        """The desk that goes on: itself, if it does not end."""
        return self.path(desk)[-1]

    def entry(self, directory: Directory, desk: str) -> DeskEntry | None:
        """The directory's row of a desk or, where it has left, of its heir; None if neither."""
        return directory.desk(desk) or directory.desk(self.heir(desk))

    def next_of(self, desk: str) -> tuple[str, ...]:
        """Whom to address in place of a desk that ends: its heirs, or theirs where they end too."""
        succession = self.succession(desk)
        named = succession.heirs if succession is not None else ()
        if desk in self.entrusted:
            named = (self.entrusted[desk],)
        return tuple(dict.fromkeys(map(self.heir, named)))

    def stands_for(self, desk: str, whom: str) -> bool:
        """Whether what is said of `whom` holds of this desk: it is the same, or an heir of it."""
        return desk == whom or desk in self.path(whom)

    def follows(self, desk: str, whom: str) -> bool:
        """Whether a desk is an heir of another, or an heir's heir: when its case is not known."""
        succession = self.succession(whom)
        heirs = succession.heirs if succession is not None else ()
        return any(desk == heir or self.follows(desk, heir) for heir in heirs)

    def among(self, desks: Iterable[str], desk: str) -> str:
        """Of some desks the one that a desk is, or stands for; empty if there is none."""
        given = tuple(desks)
        if desk in given:
            return desk
        return next((whom for whom in given if self.stands_for(desk, whom)), "")

    def takes_part(self, desk: str, case: Case) -> bool:
        """Whether a desk, or one that it stands for, takes part in a case (rules §11)."""
        return any(self.stands_for(desk, holder) for holder, _ in case.assigned)

    def after(self, at: int) -> Heirs:
        """Those of the desks alone to which nothing is delivered any more."""

        def ended(desk: str) -> DeskSuccession | None:
            return self.succession(desk) if self.has_ended(desk, at) else None

        return Heirs(ended, self.entrusted)

    def has_ended(self, desk: str, at: int) -> bool:
        """Whether nothing is delivered to a desk any more."""
        succession = self.succession(desk)
        return succession is not None and succession.until <= at


NO_HEIRS: Final = Heirs()
