"""What an agency's desks have used of this hour's figure, as far as the agency can see (rules §16).

A case is the desk's whose event was seen first on it. Outboxes and inboxes are read one after the
other when a service starts, so the earliest instant says which that was, in whatever order they
come. Only this hour's cases are kept, and the service's clock says which hour that is, not what a
cover claims: else one cover from the future, of a stolen key, would end the count of every desk.
What routing refused opened nothing, and is taken from the count as soon as its notice comes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import NamedTuple

from contracts.convention.model import Convention
from contracts.decision.new_cases import FLAT, FREE, hour_of, price
from contracts.keys.directory import Directory

CaseOf = tuple[str, str]  # realm, case token


class Adding(NamedTuple):
    """What of an event says what it costs its issuer."""

    case: str
    etype: str
    deliveries: int


class Figures(NamedTuple):
    """What the convention lets a desk open in an hour.

    Attributes:
        most: cases.
        allowed: deliveries of its own on one case that cost nothing, 0: all.
    """

    most: int
    allowed: int


def figures_of(convention: Convention, directory: Directory, issuer: str) -> Figures | None:
    """A desk's figures by its urn; None: no limit."""
    row = directory.desk(issuer)
    most = convention.new_cases.of(row.role) if row is not None else None
    return None if most is None else Figures(most, convention.new_cases.case_deliveries)


class NewCases:
    """The cases first seen in this hour, whose they are, and what desks have on each."""

    def __init__(self) -> None:
        self._hour = 0
        self._first: dict[CaseOf, tuple[int, str, str]] = {}  # instant, issuer, event
        self._opened: Counter[str] = Counter()
        self._own: Counter[tuple[str, str]] = Counter()  # (issuer, case) -> deliveries

    def move_to(self, now: int) -> None:
        """What the service's clock says: a new hour begins with nothing."""
        if (hour := hour_of(now)) > self._hour:
            self._hour = hour
            self._first.clear()
            self._opened.clear()

    def saw(self, case: CaseOf, issuer: str, event: str, at: int, *, known: bool) -> None:
        """Take note of an event on a case.

        Args:
            issuer: urn of its issuer.
            known: whether the case had been seen before, in whatever hour.
        """
        first = self._first.get(case)
        if known and (first is None or first[0] <= at):
            return
        if first is not None:
            self.not_opened(case, first[2])
        if hour_of(at) == self._hour:
            self._first[case] = at, issuer, event
            self._opened[issuer] += 1

    def not_opened(self, case: CaseOf, event: str) -> None:
        """An event did not open a case: it was refused, or another one came first."""
        first = self._first.get(case)
        if first is not None and first[2] == event:
            del self._first[case]
            self._opened[first[1]] -= 1

    def opened(self, issuer: str, at: int) -> int:
        """What a desk has used in the hour of an instant, 0 in one that begins."""
        return self._opened[issuer] if hour_of(at) == self._hour else 0

    def paid(self, issuer: str, cost: int, at: int) -> None:
        """Count what an event of this hour costs on a case that is known."""
        if cost and hour_of(at) == self._hour:
            self._opened[issuer] += cost

    def added(self, issuer: str, case: str, deliveries: int) -> None:
        """Count deliveries of a desk's own on a case; below 0: what was withheld of them."""
        if deliveries:
            self._own[issuer, case] += deliveries

    def costs(self, issuer: str, event: Adding, figures: Figures, before: int = 0) -> int:
        """What an event costs its issuer on a case that is known.

        Args:
            before: deliveries on the case that come before it and are not counted yet.
        """
        if event.etype in FLAT:
            return 1
        own = self._own.get((issuer, event.case), 0) + before
        return price(own, figures.allowed, figures.most)

    def after(
        self,
        issuer: str,
        events: Iterable[Adding],
        figures: Figures,
        at: int,
        known: Callable[[str], bool],
    ) -> int:
        """What a desk will have used of its figure once these events are published.

        Args:
            known: whether the agency has seen a case.
        """
        total, opened, before = self.opened(issuer, at), set[str](), Counter[str]()
        for event in events:
            if event.etype in FREE:
                continue
            if known(event.case) or event.case in opened:
                total += self.costs(issuer, event, figures, before[event.case])
            else:
                opened.add(event.case)
                total += 1
            before[event.case] += event.deliveries
        return total
