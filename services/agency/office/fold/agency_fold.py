"""The desks of one agency together: case tokens seen, cases opened."""

from __future__ import annotations

from collections.abc import Iterable
from sys import intern

from contracts.envelope.model import Cover
from contracts.vocabulary.schema import desk_urn, short
from services.agency.office.fold.desk_fold import DeskFold
from services.agency.office.fold.interned import realms
from services.agency.office.fold.numbers import ErasedNumbers
from services.agency.office.fold.opened_cases import OpenedCases
from services.agency.office.responses.standing import DeskStatus


class Fold:
    """All desks of one agency, and the case tokens that they have seen.

    Attributes:
        opened: the cases that its desks opened in the current hour.
        witnessed: the newest instant that a router has signed in what came here, seconds.
    """

    def __init__(self, desks: Iterable[str], erased: ErasedNumbers) -> None:
        self.erased = erased
        self.witnessed = 0
        self._undecided = set[str]()
        self.opened = OpenedCases()
        self.desks = {
            desk: DeskFold(desk, undecided=self._undecided, erased=erased) for desk in desks
        }
        self._cases: dict[str, frozenset[str]] = {}

    def known(self, case: str) -> frozenset[str]:
        """The realms in which a case token was seen by this agency."""
        return self._cases.get(case, frozenset())

    @property
    def undecided(self) -> int:
        """How many own events routing has not decided yet, as far as it was told here."""
        return len(self._undecided)

    def saw(self, realm: str, case: str, issuer: str, at: int) -> None:
        """Remember a case token of a realm, by an event on it.

        Args:
            issuer: urn of the event's issuer.
            at: instant of its cover, or of what the router says of it.
        """
        known = self.known(case)
        self.opened.add((realm, case), issuer, at, known=realm in known)
        self._cases[case] = realms(known, intern(realm))

    def expect(self, *, covers: bool) -> None:
        """Whether own covers may still come that are not known here: see `DeskFold.expecting`."""
        for fold in self.desks.values():
            fold.expect(covers=covers)

    def published(
        self, cover: Cover, unsent: tuple[DeskStatus, ...] = (), number: str = ""
    ) -> None:
        """Take one of the agency's own covers: see `DeskFold.published`.

        Args:
            number: the desk's own of the case; empty if it named none.
        """
        self.saw(cover.realm, cover.sub, cover.iss, cover.iat)
        fold = self.desks.get(short(cover.iss))
        if fold is None or desk_urn(cover.realm, fold.desk) != cover.iss:
            return
        fold.published(cover, unsent, number)
