"""Which cases an agency's desks have opened in this hour, as far as the agency can see (rules §16).

A case is the desk's whose event was seen first on it. Outboxes and inboxes are read one after the
other when a service starts, so the earliest instant says which that was, in whatever order they
come. Only this hour's cases are kept, and the service's clock says which hour that is, not what a
cover claims: else one cover from the future, of a stolen key, would end the count of every desk.
"""

from __future__ import annotations

from collections import Counter

from contracts.decision.new_cases import hour_of

CaseOf = tuple[str, str]  # realm, case token


class NewCases:
    """The cases that were first seen in this hour, and whose they are."""

    def __init__(self) -> None:
        self._hour = 0
        self._first: dict[CaseOf, tuple[int, str]] = {}
        self._opened: Counter[str] = Counter()

    def move_to(self, now: int) -> None:
        """What the service's clock says: a new hour begins with nothing."""
        if (hour := hour_of(now)) > self._hour:
            self._hour = hour
            self._first.clear()
            self._opened.clear()

    def saw(self, case: CaseOf, issuer: str, at: int, *, known: bool) -> None:
        """Take note of an event on a case.

        Args:
            issuer: urn of its issuer.
            known: whether the case had been seen before, in whatever hour.
        """
        first = self._first.get(case)
        if known and (first is None or first[0] <= at):
            return
        if first is not None:
            del self._first[case]
            self._opened[first[1]] -= 1
        if hour_of(at) == self._hour:
            self._first[case] = at, issuer
            self._opened[issuer] += 1

    def opened(self, issuer: str, at: int) -> int:
        """How many cases a desk has opened in the hour of an instant, 0 in one that begins."""
        return self._opened[issuer] if hour_of(at) == self._hour else 0
