"""What every answer of one decision is computed from, and whether the event ends something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from contracts.convention.calendar import Calendar
from contracts.convention.clauses import Act
from contracts.convention.model import Convention
from contracts.decision.conditions import clause_of, clauses_at
from contracts.decision.heirs import NO_HEIRS, Heirs
from contracts.decision.state.state import Case, Past
from contracts.envelope.event import Head
from contracts.envelope.model import Cover
from contracts.keys.directory import DeskEntry, Directory
from contracts.vocabulary import reasons

ENDED: Final[tuple[Act, ...]] = (  # measures and follow-ups
    ("MEASURE", "execute_opp"), ("MEASURE", "execute"), ("MEASURE", "mjie"), ("MEASURE",
    "aed_home"),
    ("SPECREF", "specialist_followup"),
)  # fmt: skip
_ABSENCES: Final[tuple[Act, ...]] = (("MISSING", "search"), ("MISSING", "protect"))


@dataclass(frozen=True, slots=True)
class Setting:
    """The convention, the directory, the event's cover, its case and the instant."""

    convention: Convention
    directory: Directory
    cover: Cover
    case: Case
    at: int
    heirs: Heirs = NO_HEIRS

    @property
    def calendar(self) -> Calendar:
        """The calendar tables of the convention."""
        return self.convention.calendar

    def ending(self, recipient: str) -> bool:
        """Whether this ends, for a desk, a measure, follow-up or absence that it was told of.

        The word `phase: end` alone waives nothing: `ends` must name what opened it.
        """
        if self.cover.phase != "end":
            return False
        pasts = (self.case.events.get(ref.jti) for ref in self.cover.ends or ())
        grants = (self.grant_to(recipient, past) for past in pasts if past is not None)
        return any(clause_of(grant) in self._begun for grant in grants)

    def grant_to(self, desk: str, past: Past) -> str:
        """The grant by which an event was delivered to a desk or its forerunner; or empty."""
        return past.desks.get(self.heirs.among(past.desks, desk), ("", ()))[0]

    def entry(self, desk: str) -> DeskEntry | None:
        """The directory's row of a desk or, where it has left, of its heir; None if neither."""
        return self.heirs.entry(self.directory, desk)

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
