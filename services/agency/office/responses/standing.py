"""Where a desk's own events stand, and what it owes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from services.agency.office.responses.common import (
    CaseToken,
    Clause,
    Desk,
    DeskHeirs,
    DutyState,
    EventId,
    EventType,
    LeftOutScope,
    Moment,
    Purpose,
    Realm,
    Reasons,
    ResponseModel,
    RightDoor,
    Scope,
    Until,
)

DeskState = Literal["published", "delivered", "withheld", "refused", "left_out"]
EventState = Literal["published", "decided", "refused", "quarantined"]
Overdue = Annotated[
    bool, Field(description="Whether its instant has passed and it is open.", examples=[False])
]


class DutyStatus(ResponseModel):
    """Something that the convention asks of a desk, and what became of it."""

    id: Annotated[str, Field(description="Id of the duty.", examples=["LmYyNjE0"])]
    act: Annotated[
        str, Field(description="What discharges it.", examples=["ACK:received", "R39:final"])
    ]
    event: Annotated[EventId, Field(description="The event that opened it.")]
    issuer: Annotated[Desk, Field(description="Who sent that event.", examples=["edu-s"])]
    debtor: Annotated[Desk, Field(description="Who owes it.")]
    creditor: Annotated[Desk, Field(description="To whom it is owed.", examples=["edu-s"])]
    due: Annotated[Moment, Field(description="By when.")]
    legal: Annotated[
        bool,
        Field(description="Whether the law itself sets it, not the convention.", examples=[True]),
    ]
    realm: Realm
    case: CaseToken
    state: DutyState
    overdue: Overdue
    in_time: Annotated[
        bool | None,
        Field(description="Of a closed duty: whether it was met in time.", examples=[True]),
    ] = None


class CaseToEntrust(ResponseModel):
    """A case that a desk which ends has still to give to one that follows it, or what it was sent on it."""

    realm: Realm
    case: CaseToken
    heirs: Annotated[
        tuple[Desk, ...],
        Field(
            description="To whom it may be given; the one that has it, once it was given.",
            examples=[["home-2", "home-3"]],
        ),
    ]
    until: Annotated[Moment, Field(description="What is left by then is the first heir’s.")]
    events: Annotated[
        tuple[EventId, ...],
        Field(
            description="Arrivals by which it is given, oldest first: all that were not passed on. "
            "None of a case on which the desk only wrote.",
            examples=[["01939e3a-0000-7000-8000-000000000001"]],
        ),
    ]


class Duties(ResponseModel):
    """What a desk owes: overdue first, then by instant."""

    desk: Desk
    duties: Annotated[tuple[DutyStatus, ...], Field(description="Open duties of the desk.")]
    to_entrust: Annotated[
        tuple[CaseToEntrust, ...] | None,
        Field(description="Of a desk that ends: cases that it has still to give away."),
    ] = None


class AcknowledgedStage(ResponseModel):
    """A stage that a desk told of an event."""

    stage: Annotated[
        str,
        Field(
            description="How far the desk is; `passed_on` by one that ends, to the desk that follows it.",
            examples=["received"],
        ),
    ]
    at: Annotated[Moment, Field(description="When it said so.")]
    event: Annotated[
        EventId, Field(description="The acknowledgement itself, or what it was passed on by.")
    ]
    to: Annotated[
        Desk | None, Field(description="Of what was passed on: who has it.", examples=["home-2"])
    ] = None
    motive: Annotated[
        str | None,
        Field(description="Why the desk had access, where that was asked.", examples=["own_case"]),
    ] = None


class DeskStatus(ResponseModel):
    """What became of an event at one desk, as routing told its issuer."""

    desk: Desk
    state: Annotated[
        DeskState,
        Field(
            description="`published` until routing has decided; `left_out`: nothing of the record "
            "could be sent to it, no event names it, and `reasons` say why.",
            examples=["delivered"],
        ),
    ]
    purpose: Purpose | None = None
    clause: Clause | None = None
    withheld: Annotated[
        tuple[LeftOutScope, ...] | None, Field(description="Scopes that routing kept back.")
    ] = None
    not_published: Annotated[
        tuple[LeftOutScope, ...] | None,
        Field(description="Scopes that the issuer had and did not publish."),
    ] = None
    reasons: Reasons | None = None
    doors: Annotated[
        tuple[RightDoor, ...] | None, Field(description="Right doors for what was not delivered.")
    ] = None
    released: Annotated[
        tuple[Scope, ...] | None,
        Field(description="Scopes that the desk was delivered.", examples=[["FACTS"]]),
    ] = None
    receipt: Annotated[
        str | None,
        Field(
            description="Leaf of the decision's record in the log, by which an auditor finds it.",
            examples=["b7sVYq1zG4cYw1oZ8m0yq0sQ0o1b6b7mJr0m8y2n3kU"],
        ),
    ] = None
    heirs: DeskHeirs = None
    until: Until = None
    acknowledged: Annotated[
        tuple[AcknowledgedStage, ...], Field(description="What the desk told, in order.")
    ]
    withdrawn: Annotated[
        bool | None, Field(description="True once it was taken back.", examples=[True])
    ] = None


class EventStatus(ResponseModel):
    """Where an own event stands."""

    event: EventId
    type: EventType
    realm: Realm
    case: CaseToken
    issued: Annotated[Moment, Field(description="When it was sealed.")]
    state: Annotated[
        EventState,
        Field(
            description="`published` until routing has decided; `refused` as a whole; "
            "`quarantined`: it could not be routed, and `code` says why.",
            examples=["decided"],
        ),
    ]
    attempt: Annotated[
        bool, Field(description="Whether it is an attempt: without content.", examples=[False])
    ]
    withdrawn: Annotated[
        bool, Field(description="Whether it was taken back from any desk.", examples=[False])
    ]
    to: Annotated[tuple[DeskStatus, ...], Field(description="What became of it, desk by desk.")]
    reasons: Annotated[Reasons | None, Field(description="Of a refusal as a whole.")] = None
    again: Annotated[
        Moment | None,
        Field(
            description="Of what was refused as too much at once: from when it may be sent again."
        ),
    ] = None
    code: Annotated[
        str | None,
        Field(description="Why it was quarantined.", examples=["cover_malformed"]),
    ] = None
    place: Annotated[
        str | None,
        Field(description="Where in the event the fault lies.", examples=["cover.declared.call"]),
    ] = None
    duties: Annotated[tuple[DutyStatus, ...], Field(description="Duties that it opened.")]
    overdue: Annotated[Overdue, Field(description="Whether any of its duties is overdue.")]


class Referrals(ResponseModel):
    """A desk's own events in the order of their ids, which is that of time; one page."""

    desk: Desk
    items: Annotated[tuple[EventStatus, ...], Field(description="Where each stands.")]
    cursor: Annotated[
        str,
        Field(
            description="For `after` of the next call: the last event of this page.",
            examples=["01939e3a-0000-7000-8000-000000000001"],
        ),
    ]
    more: Annotated[bool, Field(description="Whether more waits behind it.", examples=[False])]


class ToldAccess(ResponseModel):
    """What one desk was delivered by one event, without its content."""

    event: EventId
    issuer: Annotated[Desk, Field(description="Who sent it.", examples=["parq-civ"])]
    type: Annotated[EventType | None, Field(description="Absent in a first access.")] = None
    realm: Realm
    case: CaseToken
    desk: Annotated[Desk, Field(description="Who received it.", examples=["home-1"])]
    at: Annotated[Moment, Field(description="When routing delivered it.")]
    clause: Clause
    scopes: Annotated[
        tuple[Scope, ...], Field(description="What it received.", examples=[["IDENTITY"]])
    ]
    withdrawn: Annotated[
        bool | None, Field(description="True if its issuer took it back since.", examples=[True])
    ] = None


class AccessAnswer(ResponseModel):
    """A look-up, and the page of deliveries that it was answered, oldest first."""

    event: Annotated[EventId, Field(description="The look-up itself.")]
    case: CaseToken
    realm: Realm
    state: Annotated[
        EventState,
        Field(
            description="`published` until routing has decided; `refused`: the desk is no reference "
            "service of such a case, whether there is one or not.",
            examples=["decided"],
        ),
    ]
    reasons: Annotated[Reasons | None, Field(description="Of a refusal.")] = None
    again: Annotated[
        Moment | None, Field(description="Of too many at once: from when it may be asked again.")
    ] = None
    answered: Annotated[
        bool,
        Field(
            description="Whether the page is here; an older one is no longer kept.", examples=[True]
        ),
    ]
    skip: Annotated[int, Field(description="How many deliveries come before it.", examples=[0])]
    total: Annotated[int, Field(description="How many there are in all.", examples=[2])]
    accesses: Annotated[tuple[ToldAccess, ...], Field(description="At most 100 of them.")]


class FirstAccesses(ResponseModel):
    """Desks that gained access to a case of this desk's for the first time, the last 1,000."""

    desk: Desk
    items: Annotated[tuple[ToldAccess, ...], Field(description="In the order of being told.")]
