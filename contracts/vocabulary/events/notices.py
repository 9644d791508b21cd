"""The router's notices (envelope §5): closed models of each kind's payload.

A refusal (REFUSE) is a `decided` notice with `refused: true`; OVERDUE is the notice `overdue`.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from contracts.vocabulary.schema import (
    Closed,
    Code,
    DeskUrn,
    Digest,
    EventId,
    Instant,
    Owed,
    Ref,
    RouterUrn,
    Scope,
    Stage,
    Token,
)
from contracts.vocabulary.schema_faults import fault


class NoticeDoor(Closed):
    """A clause that would have let it through: to whom, by which event, for which purpose."""

    clause: Code
    role: Code
    event: Code
    purpose: Code
    desk: DeskUrn | None = None  # of a desk that has ended its successor


class ScopeReasons(Closed):
    """A scope that did not pass, and why."""

    scope: Scope
    reasons: tuple[Code, ...]


class AddresseeOutcome(Closed):
    """What became of an event at one desk; told to the issuer alone."""

    desk: DeskUrn
    verdict: Literal["release", "withhold", "refuse"]
    clause: Code | None = None
    released: dict[str, str] = Field(default_factory=dict)  # scope -> grant id
    withheld: tuple[ScopeReasons, ...] = ()
    not_published: tuple[ScopeReasons, ...] = ()
    reasons: tuple[Code, ...] = ()
    doors: tuple[NoticeDoor, ...] = ()
    successor: DeskUrn | None = None  # of a desk that ends
    until: Instant | None = None  # and until when it is sent anything new


class ClosedDuty(Owed):
    """A duty that is no longer owed: discharged, in time or not, or cancelled."""

    in_time: bool | None = None
    cancelled: Literal[True] | None = None

    @model_validator(mode="after")
    def _either(self) -> Self:
        if (self.in_time is None) == (self.cancelled is None):
            raise fault("contradiction", "in_time or cancelled, one of them")
        return self


class DutyChanges(Closed):
    """Duties that a decision opened, closed or moved."""

    opened: tuple[Owed, ...] = ()
    closed: tuple[ClosedDuty, ...] = ()
    moved: tuple[Owed, ...] = ()


class Notice(Closed):
    """Claims that all notices share."""

    aud: DeskUrn
    iss: RouterUrn
    iat: Instant
    partition: Annotated[int, Field(ge=0, le=1023)]
    seq: Instant
    nonce: str
    dec: Digest | None = None  # added after the payload was hashed into the record
    convd: Digest
    dird: Digest
    jti: EventId
    sub: Token
    event: Ref
    kind: Code


class Decided(Notice):
    """To the issuer: what passed, what did not, why, and which door is right."""

    kind: Literal["decided"]
    cover: Digest
    refused: bool
    reasons: tuple[Code, ...] = ()
    addressees: tuple[AddresseeOutcome, ...] = ()
    duties: DutyChanges | None = None


class Acknowledged(Notice):
    """To the issuer of an event that was acknowledged: `ack` says so."""

    kind: Literal["acknowledged"]
    by: DeskUrn
    stage: Stage
    ack: Ref
    duties: DutyChanges | None = None


class Accesses(Notice):
    """To a reference service that looked a case up: the desks that take part in it, sorted."""

    kind: Literal["accesses"]
    participants: tuple[DeskUrn, ...]


class DutyNotice(Notice):
    """A duty was opened or moved, or fell overdue: to debtor and creditor."""

    kind: Literal["duty_opened", "duty_moved", "overdue"]
    duty: Owed


class DutyClosed(Notice):
    """A duty was discharged: to debtor and creditor."""

    kind: Literal["duty_closed"]
    duty: ClosedDuty


class Duplicate(Notice):
    """The same cover again: points to the first decision."""

    kind: Literal["duplicate"]
    cover: Digest
    first: Digest


class Quarantined(Notice):
    """The event could not be routed; only where its cover's signature verifies."""

    kind: Literal["quarantined"]
    cover: Digest
    code: Code
    place: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None


NOTICES: Final[dict[str, type[Notice]]] = {
    "decided": Decided,
    "acknowledged": Acknowledged,
    "accesses": Accesses,
    "duty_opened": DutyNotice,
    "duty_moved": DutyNotice,
    "overdue": DutyNotice,
    "duty_closed": DutyClosed,
    "duplicate": Duplicate,
    "quarantined": Quarantined,
}


def notice_of(kind: str) -> type[Notice] | None:
    """The closed model of a notice kind, None if there is no such kind."""
    return NOTICES.get(kind)
