"""What an auditor's projection may say: types, forms and sizes; no other is an answer.

A projection that lies can say what is not so, and no more: no markup, no long text, no member that
is not here.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:|-]{0,120}$")]
Desk = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{0,41}$")]
Count = Annotated[int, Field(ge=0, le=2**53)]
Instant = Annotated[int, Field(ge=0, le=253_402_214_400)]  # seconds, up to the year 9999
Codes = Annotated[list[Code], Field(max_length=64)]
Scopes = Annotated[dict[Code, Codes], Field(max_length=64)]


class _Told(BaseModel):
    """Strict in types; a member of a newer release is passed by."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class AuditPlace(_Told):
    """How far a realm was audited, and whether its events can be looked up there."""

    records: Count
    read: Instant
    alarms: Count
    kept: bool


class ToldParty(_Told):
    """A desk's role; its name for who sees desks, else empty."""

    role: Code
    desk: Desk


class ToldAddressee(ToldParty):
    """What an addressee got, and why not more; by scope for who sees desks."""

    verdict: Literal["release", "withhold"]
    clause: Code
    reasons: Codes
    released: Codes
    withheld: Scopes
    left_out: Scopes


class ToldStep(ToldParty):
    """What came back: an acknowledgement, an event that answers it, or that it was withdrawn.

    `stage` is that of an acknowledgement, or an answer's type.
    """

    k: Literal["stage", "answered", "withdrawn"]
    at: Instant
    stage: Code


class ToldDuty(_Told):
    """What a desk owes or owed by it."""

    act: Code
    due: Instant
    status: Literal["open", "closed", "cancelled"]
    late: bool
    debtor: ToldParty
    creditor: ToldParty


class ToldEvent(_Told):
    """An event's life."""

    etype: Code
    kind: Literal["decided", "quarantined"]
    issued: Instant
    at: Instant
    judged: Literal["same", "differs", "erased"]
    code: Code
    refused: bool
    reasons: Codes
    told: Count
    issuer: ToldParty
    addressees: Annotated[list[ToldAddressee], Field(max_length=16)]
    steps: Annotated[list[ToldStep], Field(max_length=200)]
    duties: Annotated[list[ToldDuty], Field(max_length=200)]


class ProjectionAnswer(_Told):
    """All of it, of one realm."""

    place: AuditPlace
    event: ToldEvent | None = None
