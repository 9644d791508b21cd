"""A promise of the file as a value: of which releases, and what it demands (rules §10)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from contracts.convention.clauses import Grant
from contracts.vocabulary.scopes import RETENTION_CLASSES, SCOPES

Demand = Literal["never", "only_if", "at_most"]
DEMANDS: Final[tuple[Demand, ...]] = ("never", "only_if", "at_most")


@dataclass(frozen=True, slots=True)
class Selection:
    """Which releases an invariant speaks of; None selects all.

    Attributes:
        issuers, recipients: roles or readers.
        scopes: every scope meant, those of `but` taken off.
        whole: every category is meant, `but` aside: also word of an event without its content.
        written: (field, words) as the file has them: what it means to say of roles yet to come.
    """

    realms: frozenset[str]
    issuers: frozenset[str]
    recipients: frozenset[str]
    events: frozenset[str]
    purposes: frozenset[str]
    scopes: frozenset[str]
    whole: bool = False
    written: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def sets(self) -> tuple[frozenset[str], ...]:
        """What it selects of each kind; one that is empty selects nothing."""
        return (
            self.realms, self.issuers, self.recipients, self.events, self.purposes, self.scopes,
        )  # fmt: skip

    def _pairs(self, grant: Grant, recipients: Collection[str]) -> Iterator[tuple[str, str]]:
        place = grant.realm in self.realms and grant.event in self.events
        if not place or grant.purpose not in self.purposes:
            return
        reached = [recipient for recipient in recipients if recipient in self.recipients]
        if reached:
            issuers = [issuer for issuer in grant.issuers if issuer in self.issuers]
            yield from ((issuer, one) for issuer in issuers for one in reached if one != issuer)

    def of(self, grant: Grant) -> Iterator[tuple[str, str, str]]:
        """(issuer, recipient, scope) of a grant's releases that are selected, in a fixed order."""
        if chosen := grant.released & self.scopes:
            ordered = [scope for scope in SCOPES if scope in chosen]
            for issuer, recipient in self._pairs(grant, grant.recipients):
                yield from ((issuer, recipient, scope) for scope in ordered)

    def told(self, grant: Grant, third: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
        """(issuer, third role, act of the duty) of those who hear of a grant's events by a duty.

        Args:
            third: what `thirds` finds in the grant.
        """
        if self.whole:
            for issuer, role in self._pairs(grant, third):
                yield issuer, role, third[role]


@dataclass(frozen=True, slots=True)
class Invariant:
    """A promise of the file about all its clauses, those to come included.

    Attributes:
        demand: `never`: nothing selected is released; `only_if`: not without `conditions`;
            `at_most`: not kept longer than `keep`.
        line: of the file.
    """

    id: str
    sentence: dict[str, str]
    selection: Selection
    demand: Demand
    conditions: tuple[str, ...] = ()
    keep: str = ""
    line: int = 0

    def holds(self, grant: Grant) -> bool:
        """Whether a grant may release what the invariant selects."""
        if self.demand == "only_if":
            return set(self.conditions) <= set(grant.conditions)
        if self.demand == "at_most":
            return RETENTION_CLASSES.get(grant.keep, 0) <= RETENTION_CLASSES[self.keep]
        return False

    @property
    def void(self) -> bool:
        """Whether every grant keeps it, whatever it says."""
        if self.demand == "at_most":
            return RETENTION_CLASSES[self.keep] == max(RETENTION_CLASSES.values())
        return self.demand == "only_if" and not self.conditions


def thirds(grant: Grant) -> dict[str, str]:
    """Third role -> act of the first duty that tells it of the grant's events."""
    acts: dict[str, str] = {}
    for duty in grant.duties:
        for role in duty.third:
            if role not in grant.recipients:
                acts.setdefault(role, duty.act)
    return acts
