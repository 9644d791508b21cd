"""How many cases each desk of an agency has opened in the current hour.

A case is the desk's whose event was seen first on it. Outboxes and inboxes are read one after the
other when a service starts, so the earliest instant says which that was, in whatever order they
come. The service's clock says which hour it is and Kafka's when a cover was written, not what it
claims: else one from the future, of a stolen key, would end the count of every desk, and those
dated back were in none.

An acknowledgement opens nothing: a service sends it in the second of the arrival, or before it by
a slow clock. Look-ups and PINGs are of no case, and make no token known.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from contracts.vocabulary.schema import short
from contracts.vocabulary.scopes import LOOKUP, PING

HOUR_S: Final = 3600
OF_NO_CASE: Final = (LOOKUP, PING)
CaseOf = tuple[str, str]  # realm, case token


class OpenedCases:
    """The cases first seen in the current full hour (UTC), with who opened each.

    Attributes:
        by_desk: how many of them, by realm and short id of the desk.
    """

    def __init__(self) -> None:
        self.by_desk: Counter[tuple[str, str]] = Counter()
        self._hour = 0
        self._first: dict[CaseOf, tuple[int, str]] = {}  # instant, short id of the desk

    def move_to(self, now: int) -> None:
        """Take the time of the service's clock: a new hour begins with nothing."""
        if (hour := now - now % HOUR_S) > self._hour:
            self._hour = hour
            self._first.clear()
            self.by_desk.clear()

    def add(self, case: CaseOf, issuer: str, at: int, *, known: bool) -> None:
        """Count an event on a case.

        Args:
            issuer: urn of its issuer.
            known: whether the case had been seen before, in whatever hour.
        """
        first = self._first.get(case)
        if known and (first is None or first[0] <= at):
            return
        if first is not None:
            self.by_desk[case[0], first[1]] -= 1
            del self._first[case]
        if self._hour <= at < self._hour + HOUR_S:
            self._first[case] = at, short(issuer)
            self.by_desk[case[0], short(issuer)] += 1
