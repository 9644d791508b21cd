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


class Fold:
    """All desks of one agency, and the case tokens that they have seen.

    Attributes:
        opened: how many cases each desk opened in the current full hour (UTC), while the service
            runs, by realm and short id. The service's clock says which hour it is: a cover from the
            future would end the count, and one that is dated back be in none.
        witnessed: the newest instant that a router has signed in what came here, seconds.
    """

    def __init__(self, desks: Iterable[str], erased: ErasedNumbers) -> None:
        self.erased = erased
        self.witnessed = 0
        self._undecided, early = set[str](), dict[tuple[str, str], list[Notice]]()
        self.opened = Counter[tuple[str, str]]()
        self._hour = 0
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

    def move_to(self, now: int) -> None:
        """Take the time of the service's clock: a new hour begins with nothing."""
        if (hour := now - now % HOUR_S) > self._hour:
            self._hour = hour
            self.opened.clear()

    def saw(self, realm: str, case: str) -> None:
        """Remember a case token of a realm, by an event on it."""
        self._cases[case] = self.known(case) | {realm}

    def saw_notice(self, realm: str, notice: Mapping[str, Any]) -> None:
        """Remember the case of an event that the router tells of, unless it is of none."""
        event = notice["event"]
        issuer = self.desks.get(short(event["iss"]))
        own = None if issuer is None else issuer.own.get(event["jti"])
        if own is None or own.etype not in OF_NO_CASE:
            self.saw(realm, notice["sub"])

    def published(
        self, cover: Cover, unsent: tuple[DeskStatus, ...] = (), number: str = "", *, live: bool
    ) -> None:
        """Take one of the agency's own covers: see `DeskFold.published`.

        Args:
            live: it was published just now, and not before this start.
        """
        if cover.etype not in OF_NO_CASE:
            if live and cover.etype != "ACK" and cover.realm not in self.known(cover.sub):
                self.opened[cover.realm, short(cover.iss)] += 1
            self.saw(cover.realm, cover.sub)
        fold = self.desks.get(short(cover.iss))
        if fold is None or desk_urn(cover.realm, fold.desk) != cover.iss:
            return
        fold.published(cover, unsent, number)
