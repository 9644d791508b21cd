"""What a log says of each case, as far as the friction report counts it: events, duties, refusals.

Folded record by record from what was decided, without any key: covers, decisions, effects. An
instant is the record's own. Names are roles; desks are kept where a figure names their role, since
each of them reads it too.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from operator import itemgetter
from typing import NamedTuple

CANCELLED = "cancelled"
OPEN = "open"
KEPT = "kept"
LATE = "late"


class DeliveredTo(NamedTuple):
    """One addressee that something of an event was released to."""

    desk: str
    role: str
    purpose: str
    answers: tuple[str, ...]  # ids of the events that it answers


@dataclass(slots=True)
class CountedEvent:
    """An event of which something was delivered, or the bus was told (an ACK).

    Attributes:
        at: instant of its record, seconds; `sent`: as its issuer's clock has it.
        issuer: role; `agency`: its institution; `desk`: its urn.
        acknowledged: by role, the instant of the first acknowledgement.
        answered: by role, the instant of the first outcome that was sent back.
    """

    at: int
    sent: int
    issuer: str
    agency: str
    desk: str
    etype: str
    to: tuple[DeliveredTo, ...]
    acknowledged: dict[str, int] = field(default_factory=dict)
    answered: dict[str, int] = field(default_factory=dict)


class SaidOfMeasure(NamedTuple):
    """A measure that a delivered event pronounces, renews or ends, or says to have begun.

    Attributes:
        row: the measure and what became of it, as `aed.start`.
        issuer: role of who says so; `desk`: its urn.
        known_to: urns of others who know.
    """

    at: int
    row: str
    issuer: str
    desk: str
    known_to: frozenset[str]


class RefusedSending(NamedTuple):
    """An event of which somebody did not get what was sent, or was tried to be sent.

    Attributes:
        issuer: role.
        clause: number of the clause that was not met; empty: there was none.
        reason: the first coded reason; `doors`: roles that would have been right.
    """

    at: int
    issuer: str
    agency: str
    clause: str
    reason: str
    doors: tuple[str, ...]


class LeftOutCategory(NamedTuple):
    """A category of which the issuer's own service left something out.

    Attributes:
        might_pass: a clause would have released it.
    """

    at: int
    issuer: str
    category: str
    might_pass: bool


@dataclass(slots=True)
class CountedDuty:
    """A duty and what became of it.

    Attributes:
        act: as notices name it; `debtor`: role; `desk`: urn of the first debtor, whom others may follow.
        issuer: role whose event opened it; `by`: that desk's urn.
        changes: (instant, what became of it, instant due), in the order of the log.
    """

    act: str
    debtor: str
    desk: str
    issuer: str
    by: str
    legal: bool
    changes: list[tuple[int, str, int]]

    def stand(self, at: int) -> tuple[str, int] | None:
        """`open`, `kept`, `late` or `cancelled`, and when it was due, as the log knew it at an instant."""
        place = bisect_right(self.changes, at, key=itemgetter(0))
        return self.changes[place - 1][1:] if place else None

    def change(self, at: int, status: str, due: int | None = None) -> None:
        """Note what became of it."""
        self.changes.append((at, status, self.changes[-1][2] if due is None else due))


@dataclass(slots=True)
class CaseFacts:
    """All that is counted of one case token.

    Attributes:
        given: to which heir a desk that ended gave it, and since when.
    """

    events: dict[str, CountedEvent] = field(default_factory=dict)
    refused: list[RefusedSending] = field(default_factory=list)
    left_out: list[LeftOutCategory] = field(default_factory=list)
    measures: list[SaidOfMeasure] = field(default_factory=list)
    duties: dict[str, CountedDuty] = field(default_factory=dict)
    given: dict[str, tuple[int, str]] = field(default_factory=dict)
    judged: list[tuple[int, str, str]] = field(
        default_factory=list
    )  # at, kind of change, issuer's role
