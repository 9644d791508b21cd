"""What every answer of one decision is computed from, and whether the event ends something."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from contracts.convention.calendar import Calendar
from contracts.convention.clauses import Act
from contracts.convention.model import Convention
from contracts.decision.conditions import clause_of, clauses_at
from contracts.decision.desk_ends import DeskEnds
from contracts.decision.state.state import OPEN, Case, Duty, Past
from contracts.envelope.event import Head
from contracts.envelope.model import Addressee, Cover
from contracts.keys.directory import Directory
from contracts.values import value_class
from contracts.vocabulary import reasons

ENDED: Final[tuple[Act, ...]] = (  # measures and follow-ups
    ("MEASURE", "execute_opp"), ("MEASURE", "execute"), ("MEASURE", "mjie"), ("MEASURE",
    "aed_home"),
    ("SPECREF", "specialist_followup"),
)  # fmt: skip
_ABSENCES: Final[tuple[Act, ...]] = (("MISSING", "search"), ("MISSING", "protect"))


@value_class(frozen=True, slots=True)
class Setting:
    """The convention, the directory, the event's cover, its case and the instant."""

    convention: Convention
    directory: Directory
    cover: Cover
    case: Case
    at: int
    desk_ends: DeskEnds

    @property
    def calendar(self) -> Calendar:
        """The calendar tables of the convention."""
        return self.convention.calendar

    def roles(self, addressee: Addressee) -> tuple[str, str]:
        """The issuer's role and an addressee's; empty of an unknown desk."""
        return self.directory.role_of(self.cover.iss), self.directory.role_of(addressee.desk)

    def ending(self, recipient: str) -> bool:
        """Whether this ends, for a desk, a measure, follow-up or absence that it was told of.

        The word `phase: end` alone waives nothing: `ends` must name what opened it.
        """
        if self.cover.phase != "end":
            return False
        pasts = (self.case.events.get(ref.jti) for ref in self.cover.ends or ())
        given = (past.desks.get(recipient) for past in pasts if past is not None)
        return any(clause_of(grant) in self._begun for grant, _ in filter(None, given))

    def reaches(self, addressee: Addressee) -> bool:
        """Whether an addressee is sent this: one that has ended only what answers or ends.

        An event answers a desk if `re` names events of its own, or such for which it is owed.
        """
        desk = addressee.desk
        if not self.desk_ends.has_ended(desk) or self.ending(desk):
            return True
        owed = {duty.event for duty in self.open_duties if duty.creditor == desk}
        return self._all_known(addressee, lambda jti, past: past.iss == desk or jti in owed)

    def may_send(self, addressee: Addressee) -> bool:
        """Whether the issuer may send this: one that has ended only answers and ends.

        It answers if `re` names events that it was delivered, or such for which it owes something.
        """
        desk = self.cover.iss
        if not self.desk_ends.has_ended(desk) or self.cover.ends:
            return True
        owing = {duty.event for duty in self.open_duties if duty.debtor == desk}
        return self._all_known(addressee, lambda jti, past: desk in past.desks or jti in owing)

    def _all_known(self, addressee: Addressee, fits: Callable[[str, Past], bool]) -> bool:
        """Whether an addressee's `re` names events of the case, and all of them fit."""
        pasts = [(ref, self.case.events.get(ref.jti)) for ref in addressee.re or ()]
        return bool(pasts) and all(
            past is not None and past.iss == ref.iss and fits(ref.jti, past) for ref, past in pasts
        )

    @property
    def open_duties(self) -> Iterator[Duty]:
        """The duties of the case that are open."""
        return (duty for duty in self.case.duties.values() if duty.status == OPEN)

    def seal_reasons(self, head: Head, keep: str) -> tuple[str, ...]:
        """Why a part may not pass: it is sealed for another retention class than its grant's."""
        key = self.directory.encryption.get(head.kid)
        fits = key is not None and key.retention == keep
        return () if fits else (reasons.WRONG_RETENTION,)

    @property
    def _begun(self) -> frozenset[str]:
        """Numbers of the clauses by which something begins that can be ended."""
        return self.convention.numbers(*ENDED, *_ABSENCES)

    @property
    def ends_its_kind(self) -> bool:
        """Whether this ends what an earlier act of its type began: it then says nothing more.

        Whoever hears of it need not have been told of the beginning: a prosecutor ends a judge's
        measure.
        """
        if self.cover.phase != "end":
            return False
        pasts = [self.case.events.get(ref.jti) for ref in self.cover.ends or ()]
        return any(
            past is not None
            and past.etype == self.cover.etype
            and bool(clauses_at(past) & self._begun)
            for past in pasts
        )
