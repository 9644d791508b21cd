"""What a desk is answered that sends: a record, a withdrawal, an acknowledgement, an outcome."""

from __future__ import annotations

from typing import Annotated, Literal

from services.agency.office.responses.common import (
    CaseToken,
    Clause,
    Desk,
    EventId,
    EventType,
    LeftOutScope,
    Purpose,
    Realm,
    Reasons,
    ResponseModel,
    RightDoor,
    Scope,
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

    id: Annotated[EventId | None, member("Absent in a dry run.")] = None
    type: EventType
    realm: Realm
    case: CaseToken
    attempt: Annotated[bool, member("Whether it is an attempt: without content.", False)]


class AddresseeVerdict(ResponseModel):
    """What becomes of one desk that the request named."""

    desk: Desk
    verdict: Verdict
    event: Annotated[EventId | None, member("The event that carries it.")] = None
    purpose: Purpose | None = None
    clause: Clause | None = None
    scopes: Annotated[tuple[Scope, ...], member("What goes to the desk, sealed for it.", ["FACTS"])]
    left_out: Annotated[
        tuple[LeftOutScope, ...], member("What the record had for it and is not sent.")
    ]
    reasons: Reasons
    doors: Annotated[tuple[RightDoor, ...], member("Suggested recipients of what is not sent.")]


class LeftOutField(ResponseModel):
    """A field of the record that is not published, and why."""

    field: Annotated[str, member("Its name in the agency's own record.", "medical_file")]
    reasons: Reasons
    desk: Annotated[Desk | None, member("The desk that it was meant for.")] = None
    scope: Annotated[Scope | None, member("What it would have become.")] = None


class Remark(ResponseModel):
    """What was missing for a desk, or looks like a slip of the pen; it stopped nothing."""

    cause: Annotated[
        str,
        member(
            "A reason of the convention (`no_call`), `no_facts` or `stage_not_expected`.",
            "no_facts",
        ),
    ]
    place: Annotated[str | None, member("Field of the record that it is about.", "call")] = None
    got: Annotated[str, member("What it holds, never a value of a person.", "nothing")]
    expected: Annotated[str, member("What would be right.", "the call that came first")]
    desk: Annotated[Desk | None, member("The desk that it is about.")] = None


class SendAnswer(ResponseModel):
    """What a request to send came to, desk by desk, and what of it stays here."""

    outcome: SendOutcome
    sent_to: Annotated[
        tuple[Desk, ...],
        member("Desks that content is published for; none: nothing was sent.", ["crip"]),
    ]
    doors: Annotated[
        tuple[RightDoor, ...],
        member("Suggested recipients, where only an attempt was made."),
    ]
    events: Annotated[
        tuple[EventId, ...],
        member("Ids of the events; none in a dry run.", ["01939e3a-0000-7000-8000-000000000001"]),
    ]
    case: CaseToken
    dry_run: Annotated[bool, member("Whether nothing was published at all.", False)]
    published: Annotated[tuple[PublishedEvent, ...], member("The events, in order.")]
    to: Annotated[tuple[AddresseeVerdict, ...], member("What becomes of each desk.")]
    left_out: Annotated[tuple[LeftOutField, ...], member("Fields of the record that stay here.")]
    warnings: Annotated[
        tuple[Remark, ...],
        member("What the desk may want to mend or add; nothing was stopped by it."),
    ] = ()
