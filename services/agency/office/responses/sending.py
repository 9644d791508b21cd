"""What a desk is answered that sends, where its own events stand, and what it owes."""

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

SendOutcome = Annotated[
    Literal["published", "published_in_part", "attempt_recorded"],
    member(
        "What happened, or of a dry run what would. `published`: every named desk is "
        "sent what a clause lets through. `published_in_part`: some are; the others get nothing, "
        "and "
        "`to` says why. `attempt_recorded`: nothing was sent, because no clause lets any "
        "named desk be addressed; an event without content makes the obstacle visible.",
        "published",
    ),
]
Verdict = Annotated[
    Literal["release", "depends", "withhold", "attempt"],
    member(
        "`release`: a clause lets it through. `depends`: only the router knows. "
        "`withhold`: refused here, not published. `attempt`: no clause lets this desk be "
        "addressed; published without content.",
        "release",
    ),
]


class PublishedEvent(ResponseModel):
    """One event of an answer."""

    id: EventId | None = member("Absent in a dry run.", default=None)
    type: EventType
    realm: Realm
    case: CaseToken
    attempt: bool = member("Whether it is an attempt: without content.", False)


class AddresseeVerdict(ResponseModel):
    """What becomes of one desk that the request named."""

    desk: Desk
    verdict: Verdict
    event: EventId | None = member("The event that carries it.", default=None)
    purpose: Purpose | None = None
    clause: Clause | None = None
    scopes: tuple[Scope, ...] = member("What goes to the desk, sealed for it.", ["FACTS"])
    left_out: tuple[LeftOutScope, ...] = member("What the record had for it and is not sent.")
    reasons: Reasons
    doors: tuple[RightDoor, ...] = member("Suggested recipients of what is not sent.")


class LeftOutField(ResponseModel):
    """A field of the record that is not published, and why."""

    field: str = member("Its name in the agency's own record.", "medical_file")
    reasons: Reasons
    desk: Desk | None = member("The desk that it was meant for.", default=None)
    scope: Scope | None = member("What it would have become.", default=None)


class Remark(ResponseModel):
    """What was missing for a desk, or looks like a slip of the pen; it stopped nothing."""

    cause: str = member(
        "A reason of the convention (`no_call`), `no_facts` or `stage_not_expected`.", "no_facts"
    )
    place: str | None = member("Field of the record that it is about.", "call", default=None)
    got: str = member("What it holds, never a value of a person.", "nothing")
    expected: str = member("What would be right.", "the call that came first")
    desk: Desk | None = member("The desk that it is about.", default=None)


class SendAnswer(ResponseModel):
    """What a request to send came to, desk by desk, and what of it stays here."""

    outcome: SendOutcome
    sent_to: tuple[Desk, ...] = member(
        "Desks that content is published for; none: nothing was sent.", ["crip"]
    )
    doors: tuple[RightDoor, ...] = member("Suggested recipients, where only an attempt was made.")
    events: tuple[EventId, ...] = member(
        "Ids of the events; none in a dry run.", ["01939e3a-0000-7000-8000-000000000001"]
    )
    case: CaseToken
    dry_run: bool = member("Whether nothing was published at all.", False)
    published: tuple[PublishedEvent, ...] = member("The events, in order.")
    to: tuple[AddresseeVerdict, ...] = member("What becomes of each desk.")
    left_out: tuple[LeftOutField, ...] = member("Fields of the record that stay here.")
    warnings: tuple[Remark, ...] = member(
        "What the desk may want to mend or add; nothing was stopped by it.", default=()
    )


DeskState = Literal["published", "delivered", "withheld", "refused", "left_out"]
EventState = Literal["published", "decided", "refused", "quarantined"]
Overdue = Annotated[bool, member("Whether its instant has passed and it is open.", False)]


class DutyStatus(ResponseModel):
    """Something that the convention asks of a desk, and what became of it."""

    id: str = member("Id of the duty.", "LmYyNjE0")
    act: str = member("What discharges it.", "ACK:received", "R39:final")
    event: EventId = member("The event that opened it.")
    issuer: Desk = member("Who sent that event.", "edu-s")
    debtor: Desk = member("Who owes it.")
    creditor: Desk = member("To whom it is owed.", "edu-s")
    due: Moment = member("By when.")
    legal: bool = member("Whether the law itself sets it, not the convention.", True)
    realm: Realm
    case: CaseToken
    state: DutyState
    overdue: Overdue
    in_time: bool | None = member(
        "Of a closed duty: whether it was met in time.", True, default=None
    )


class Duties(ResponseModel):
    """What a desk owes: overdue first, then by instant."""

    desk: Desk
    items: tuple[DutyStatus, ...] = member("Open duties of the desk.")


class AcknowledgedStage(ResponseModel):
    """A stage that a desk told of an event."""

    stage: str = member("How far the desk is.", "received")
    at: Moment = member("When it said so.")
    event: EventId = member("The acknowledgement itself.")


class DeskStatus(ResponseModel):
    """What became of an event at one desk, as routing told its issuer."""

    desk: Desk
    state: DeskState = member(
        "`published` until routing has decided; `left_out`: nothing of the record "
        "could be sent to it, no event names it, and `reasons` say why.",
        "delivered",
    )
    purpose: Purpose | None = None
    clause: Clause | None = None
    withheld: tuple[LeftOutScope, ...] | None = member(
        "Scopes that routing kept back.", default=None
    )
    not_published: tuple[LeftOutScope, ...] | None = member(
        "Scopes that the issuer had and did not publish.", default=None
    )
    reasons: Reasons | None = None
    doors: tuple[RightDoor, ...] | None = member(
        "Suggested recipients of what was not delivered.", default=None
    )
    released: tuple[Scope, ...] | None = member(
        "Scopes that the desk was delivered.", ["FACTS"], default=None
    )
    receipt: str | None = member(
        "Leaf of the decision's record in the log, by which an auditor finds it.",
        "b7sVYq1zG4cYw1oZ8m0yq0sQ0o1b6b7mJr0m8y2n3kU",
        default=None,
    )
    successor: Successor = None
    until: Until = None
    acknowledged: tuple[AcknowledgedStage, ...] = member("What the desk told, in order.")
    withdrawn: bool | None = member("True once it was taken back.", True, default=None)


class EventStatus(ResponseModel):
    """Where an own event stands."""

    event: EventId
    type: EventType
    realm: Realm
    case: CaseToken
    issued: Moment = member("When it was sealed.")
    state: EventState = member(
        "`published` until routing has decided; `refused` as a whole; "
        "`quarantined`: it could not be routed, and `code` says why.",
        "decided",
    )
    attempt: bool = member("Whether it is an attempt: without content.", False)
    withdrawn: bool = member("Whether it was taken back from any desk.", False)
    to: tuple[DeskStatus, ...] = member("What became of it, desk by desk.")
    reasons: Reasons | None = member("Of a refusal as a whole.", default=None)
    code: str | None = member("Why it was quarantined.", "cover_malformed", default=None)
    place: str | None = member(
        "Where in the event the fault lies.", "cover.declared.call", default=None
    )
    duties: tuple[DutyStatus, ...] = member("Duties that it opened.")
    overdue: Overdue = member("Whether any of its duties is overdue.")


class Referrals(ResponseModel):
    """A desk's own events in the order of their ids, which is that of time; one page."""

    desk: Desk
    items: tuple[EventStatus, ...] = member("Where each stands.")
    cursor: str = member(
        "For `after` of the next call: the last event of this page.",
        "01939e3a-0000-7000-8000-000000000001",
    )
    more: bool = member("Whether more waits behind it.", False)


class AccessAnswer(ResponseModel):
    """A look-up of a case, and the desks that take part in it."""

    event: EventId = member("The look-up itself.")
    case: CaseToken
    realm: Realm
    state: EventState = member(
        "`published` until routing has decided; `refused`: the desk is no reference "
        "service of such a case, whether there is one or not.",
        "decided",
    )
    reasons: Reasons | None = member("Of a refusal.", default=None)
    participants: tuple[Desk, ...] = member(
        "Those that wrote on the case or were delivered something of it, this one too; "
        "empty before the answer and once it is no longer kept.",
        ["crip", "edu-s"],
    )
