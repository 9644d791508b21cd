"""Who stood for whom at an instant, by a log: for telling what was owed (rules §18).

A router knows who follows whom now, in each partition; a report of a month, or of a duty that was
met, asks who did then. An order or an ENTRUST that no honest router would have recorded changes
nothing here: heirs never lead in a circle.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from contracts.decision.heirs import Heirs
from contracts.decision.state.state import DeskSuccession

Since = tuple[int, str]  # instant, seconds, and which heir has the case from then on
Given = Mapping[str, Since]  # of one case, by the desk that ended
_NOTHING: Final[Given] = {}


@dataclass(slots=True)
class HeirsInTime:
    """The orders of one realm that its partitions have recorded.

    Attributes:
        orders: urn of a desk that ends -> instant of the first record of its order, seconds, and
            who follows.
    """

    orders: dict[str, tuple[int, DeskSuccession]] = field(default_factory=dict)

    def take(self, at: int, effect: Mapping[str, Any]) -> bool:
        """Take over a `succession` effect of a record; whether it says something new.

        Args:
            at: instant of the record, seconds.
        """
        desk, heirs = effect["desk"], tuple(effect["heirs"])
        known = self.orders.get(desk)
        if known is not None:  # each partition records the order
            self.orders[desk] = min(known[0], at), known[1]
            return at < known[0]
        if desk in heirs or not self.orders.keys().isdisjoint(heirs):
            return False
        self.orders[desk] = at, DeskSuccession(heirs, effect["until"])
        return True

    def give(self, at: int, effect: Mapping[str, Any], given: dict[str, Since]) -> bool:
        """Note who has a case by an `entrusted` effect, once a desk; whether the heir is ordered.

        Args:
            at: instant of the record, seconds.
            given: of that case; changed.
        """
        desk, heir = effect["desk"], effect["heir"]
        known = self.orders.get(desk)
        if desk in given or known is None or heir not in known[1].heirs:
            return False
        given[desk] = at, heir
        return True

    def at(self, instant: int, given: Given = _NOTHING) -> Heirs:
        """Who stood for whom on a case, by the records up to an instant.

        Args:
            given: to whom the case was given, as `give` has noted it.
        """

        def succession(desk: str) -> DeskSuccession | None:
            since, follows = self.orders.get(desk, (instant + 1, None))
            return follows if since <= instant else None

        entrusted = {desk: heir for desk, (since, heir) in given.items() if since <= instant}
        return Heirs(succession, entrusted)
