"""Where a desk's own events stand, and what it owes."""

from __future__ import annotations

from typing import Annotated, Literal

from services.agency.office.responses.common import (
    CaseToken,
    Clause,
    Desk,
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
    Successor,
    Until,
    member,
)

DeskState = Literal["published", "delivered", "withheld", "refused", "left_out"]
EventState = Literal["published", "decided", "refused", "quarantined"]
Overdue = Annotated[bool, member("Whether its instant has passed and it is open.", False)]


class DutyStatus(ResponseModel):
    """Something that the convention asks of a desk, and what became of it."""

    id: Annotated[str, member("Id of the duty.", "LmYyNjE0")]
    act: Annotated[str, member("What discharges it.", "ACK:received", "R39:final")]
    event: Annotated[EventId, member("The event that opened it.")]
    issuer: Annotated[Desk, member("Who sent that event.", "edu-s")]
    debtor: Annotated[Desk, member("Who owes it.")]
    creditor: Annotated[Desk, member("To whom it is owed.", "edu-s")]
    due: Annotated[Moment, member("By when.")]
    legal: Annotated[bool, member("Whether the law itself sets it, not the convention.", True)]
    realm: Realm
    case: CaseToken
    state: DutyState
    overdue: Overdue
    in_time: Annotated[
        bool | None, member("Of a closed duty: whether it was met in time.", True)
    ] = None


class Duties(ResponseModel):
    """What a desk owes: overdue first, then by instant."""

    desk: Desk
    items: Annotated[tuple[DutyStatus, ...], member("Open duties of the desk.")]


class AcknowledgedStage(ResponseModel):
    """A stage that a desk told of an event."""

    stage: Annotated[str, member("How far the desk is.", "received")]
    at: Annotated[Moment, member("When it said so.")]
    event: Annotated[EventId, member("The acknowledgement itself.")]


class DeskStatus(ResponseModel):
    """What became of an event at one desk, as routing told its issuer."""

    desk: Desk
    state: Annotated[
        DeskState,
        member(
            "`published` until routing has decided; `left_out`: nothing of the record "
            "could be sent to it, no event names it, and `reasons` say why.",
            "delivered",
        ),
    ]
    purpose: Purpose | None = None
    clause: Clause | None = None
    withheld: Annotated[
        tuple[LeftOutScope, ...] | None, member("Scopes that routing kept back.")
    ] = None
    not_published: Annotated[
        tuple[LeftOutScope, ...] | None, member("Scopes that the issuer had and did not publish.")
    ] = None
    reasons: Reasons | None = None
    doors: Annotated[
        tuple[RightDoor, ...] | None, member("Suggested recipients of what was not delivered.")
    ] = None
    released: Annotated[
        tuple[Scope, ...] | None, member("Scopes that the desk was delivered.", ["FACTS"])
    ] = None
    receipt: Annotated[
        str | None,
        member(
            "Leaf of the decision's record in the log, by which an auditor finds it.",
            "b7sVYq1zG4cYw1oZ8m0yq0sQ0o1b6b7mJr0m8y2n3kU",
        ),
    ] = None
    successor: Successor = None
    until: Until = None
    acknowledged: Annotated[tuple[AcknowledgedStage, ...], member("What the desk told, in order.")]
    withdrawn: Annotated[bool | None, member("True once it was taken back.", True)] = None


class EventStatus(ResponseModel):
    """Where an own event stands."""

    event: EventId
    type: EventType
    realm: Realm
    case: CaseToken
    issued: Annotated[Moment, member("When it was sealed.")]
    state: Annotated[
        EventState,
        member(
            "`published` until routing has decided; `refused` as a whole; "
            "`quarantined`: it could not be routed, and `code` says why.",
            "decided",
        ),
    ]
    attempt: Annotated[bool, member("Whether it is an attempt: without content.", False)]
    withdrawn: Annotated[bool, member("Whether it was taken back from any desk.", False)]
    to: Annotated[tuple[DeskStatus, ...], member("What became of it, desk by desk.")]
    reasons: Annotated[Reasons | None, member("Of a refusal as a whole.")] = None
    code: Annotated[str | None, member("Why it was quarantined.", "cover_malformed")] = None
    place: Annotated[
        str | None, member("Where in the event the fault lies.", "cover.declared.call")
    ] = None
    duties: Annotated[tuple[DutyStatus, ...], member("Duties that it opened.")]
    overdue: Annotated[Overdue, member("Whether any of its duties is overdue.")]


class Referrals(ResponseModel):
    """A desk's own events in the order of their ids, which is that of time; one page."""

    desk: Desk
    items: Annotated[tuple[EventStatus, ...], member("Where each stands.")]
    cursor: Annotated[
        str,
        member(
            "For `after` of the next call: the last event of this page.",
            "01939e3a-0000-7000-8000-000000000001",
        ),
    ]
    more: Annotated[bool, member("Whether more waits behind it.", False)]


class AccessAnswer(ResponseModel):
    """A look-up of a case, and the desks that take part in it."""

    event: Annotated[EventId, member("The look-up itself.")]
    case: CaseToken
    realm: Realm
    state: Annotated[
        EventState,
        member(
            "`published` until routing has decided; `refused`: the desk is no reference "
            "service of such a case, whether there is one or not.",
            "decided",
        ),
    ]
    reasons: Annotated[Reasons | None, member("Of a refusal.")] = None
    participants: Annotated[
        tuple[Desk, ...],
        member(
            "Those that wrote on the case or were delivered something of it, this one too; "
            "empty before the answer and once it is no longer kept.",
            ["crip", "edu-s"],
        ),
    ]
