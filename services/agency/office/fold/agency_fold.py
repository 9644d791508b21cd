"""The desks of one agency together: case tokens seen, cases opened in this hour."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

from contracts.envelope.model import Cover
from contracts.vocabulary.schema import desk_urn, short
from contracts.vocabulary.scopes import LOOKUP, PING
from services.agency.office.fold.desk_fold import DeskFold, Notice
from services.agency.office.fold.numbers import ErasedNumbers, Numbers
from services.agency.office.responses.sending import DeskStatus

HOUR_S: Final = 3600
OF_NO_CASE: Final = (LOOKUP, PING)
CaseOf = tuple[str, str]  # realm, case token


class OpenedCases:
    """The cases first seen in the current full hour (UTC), with who opened each.

    A case is the desk's whose event was seen first on it. Outboxes and inboxes are read one after
    the other when a service starts, so the earliest instant says which that was. The service's
    clock says which hour it is and Kafka's when a cover was written, not what it claims: else one
    from the future, of a stolen key, would end the count of every desk, and those dated back were
    in none. An acknowledgement opens nothing: it may be written before the arrival by a slow clock.

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


class Fold:
    """All desks of one agency, and the case tokens that they have seen.

    Attributes:
        opened: the cases that its desks opened in the current hour.
        witnessed: the newest instant that a router has signed in what came here, seconds.
    """

    def __init__(self, desks: Iterable[str], erased: ErasedNumbers) -> None:
        self.erased = erased
        self.witnessed = 0
        self._undecided, early = set[str](), dict[tuple[str, str], list[Notice]]()
        self.opened = OpenedCases()
        self.desks = {
            desk: DeskFold(
                desk, Numbers(desk, erased=erased), early=early, undecided=self._undecided
            )
            for desk in desks
        }
        self._cases: dict[str, frozenset[str]] = {}

    def known(self, case: str) -> frozenset[str]:
        """The realms in which a case token was seen by this agency."""
        return self._cases.get(case, frozenset())

    @property
    def undecided(self) -> int:
        """How many own events routing has not decided yet, as far as it was told here."""
        return len(self._undecided)

    def saw(self, realm: str, case: str, issuer: str, at: int, *, opens: bool = True) -> None:
        """Remember a case token of a realm, by an event on it.

        Args:
            at: instant at which it was written, or of what the router says of it.
            opens: whether it may have opened the case.
        """
        known = self.known(case)
        if opens:
            self.opened.add((realm, case), issuer, at, known=realm in known)
        self._cases[case] = known | {realm}

    def saw_notice(self, realm: str, notice: Mapping[str, Any]) -> None:
        """Remember the case of an event that the router tells of, unless it is of none."""
        event = notice["event"]
        issuer = self.desks.get(short(event["iss"]))
        own = None if issuer is None else issuer.own.get(event["jti"])
        if own is None or own.etype not in OF_NO_CASE:
            self.saw(realm, notice["sub"], event["iss"], notice["iat"])

    def published(
        self, cover: Cover, written: int, unsent: tuple[DeskStatus, ...] = (), number: str = ""
    ) -> None:
        """Take one of the agency's own covers: see `DeskFold.published`."""
        if cover.etype not in OF_NO_CASE:
            opens = cover.etype != "ACK" and cover.realm not in self.known(cover.sub)
            self.saw(cover.realm, cover.sub, cover.iss, written, opens=opens)
        fold = self.desks.get(short(cover.iss))
        if fold is None or desk_urn(cover.realm, fold.desk) != cover.iss:
            return
        fold.published(cover, unsent, number)
