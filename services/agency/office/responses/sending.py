"""What a desk is answered that sends: a record, a withdrawal, an acknowledgement, an outcome."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

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
)

SendOutcome = Annotated[
    Literal["published", "published_in_part", "attempt_recorded"],
    Field(
        description="What happened, or of a dry run what would. `published`: every named desk is "
        "sent what a clause lets through. `published_in_part`: some are; the others get nothing, and "
        "`to` says why. `attempt_recorded`: nothing was sent, because no clause lets any "
        "named desk be addressed; an event without content makes the obstacle visible.",
        examples=["published"],
    ),
]
Verdict = Annotated[
    Literal["release", "depends", "withhold", "attempt"],
    Field(
        description="`release`: a clause lets it through. `depends`: only the router knows. "
        "`withhold`: refused here, not published. `attempt`: no clause lets this desk be "
        "addressed; published without content.",
        examples=["release"],
    ),
]


class PublishedEvent(ResponseModel):
    """One event of an answer."""

    id: Annotated[EventId | None, Field(description="Absent in a dry run.")] = None
    type: EventType
    realm: Realm
    case: CaseToken
    attempt: Annotated[
        bool, Field(description="Whether it is an attempt: without content.", examples=[False])
    ]


class AddresseeVerdict(ResponseModel):
    """What becomes of one desk that the request named."""

    desk: Desk
    verdict: Verdict
    event: Annotated[EventId | None, Field(description="The event that carries it.")] = None
    purpose: Purpose | None = None
    clause: Clause | None = None
    scopes: Annotated[
        tuple[Scope, ...],
        Field(description="What goes to the desk, sealed for it.", examples=[["FACTS"]]),
    ]
    left_out: Annotated[
        tuple[LeftOutScope, ...], Field(description="What the record had for it and is not sent.")
    ]
    reasons: Reasons
    doors: Annotated[tuple[RightDoor, ...], Field(description="Right doors for what is not sent.")]


class LeftOutField(ResponseModel):
    """A field of the record that is not published, and why."""

    field: Annotated[
        str,
        Field(description="Its name in the agency's own record.", examples=["medical_file"]),
    ]
    reasons: Reasons
    desk: Annotated[Desk | None, Field(description="The desk that it was meant for.")] = None
    scope: Annotated[Scope | None, Field(description="What it would have become.")] = None


class Remark(ResponseModel):
    """What was missing for a desk, or looks like a slip of the pen; it stopped nothing."""

    cause: Annotated[
        str,
        Field(
            description="A reason of the convention (`no_call`), `no_facts` or `stage_not_expected`.",
            examples=["no_facts"],
        ),
    ]
    place: Annotated[
        str | None, Field(description="Field of the record that it is about.", examples=["call"])
    ] = None
    got: Annotated[
        str, Field(description="What it holds, never a value of a person.", examples=["nothing"])
    ]
    expected: Annotated[
        str, Field(description="What would be right.", examples=["the call that came first"])
    ]
    desk: Annotated[Desk | None, Field(description="The desk that it is about.")] = None


class SendAnswer(ResponseModel):
    """What a request to send came to, desk by desk, and what of it stays here."""

    outcome: SendOutcome
    sent_to: Annotated[
        tuple[Desk, ...],
        Field(
            description="Desks that content is published for; none: nothing was sent.",
            examples=[["crip"]],
        ),
    ]
    doors: Annotated[
        tuple[RightDoor, ...],
        Field(description="Right doors for the desks that only an attempt names."),
    ]
    events: Annotated[
        tuple[EventId, ...],
        Field(
            description="Ids of the events; none in a dry run.",
            examples=[["01939e3a-0000-7000-8000-000000000001"]],
        ),
    ]
    case: CaseToken
    dry_run: Annotated[
        bool, Field(description="Whether nothing was published at all.", examples=[False])
    ]
    published: Annotated[tuple[PublishedEvent, ...], Field(description="The events, in order.")]
    to: Annotated[tuple[AddresseeVerdict, ...], Field(description="What becomes of each desk.")]
    left_out: Annotated[
        tuple[LeftOutField, ...], Field(description="Fields of the record that stay here.")
    ]
    warnings: Annotated[
        tuple[Remark, ...],
        Field(description="What the desk may want to mend or add; nothing was stopped by it."),
    ] = ()


class EntrustRefused(ResponseModel):
    """What could not be given or passed on; it still waits."""

    case: CaseToken
    event: Annotated[EventId | None, Field(description="The arrival; none: the case alone.")] = None
    code: Annotated[
        str, Field(description="Code of the refusal, as of `entrust`.", examples=["entrusted"])
    ]


class CasesEntrusted(ResponseModel):
    """What was published; where `more` waits, the same request goes on."""

    desk: Desk
    to: Annotated[Desk, Field(description="Who has the cases.", examples=["home-2"])]
    events: Annotated[
        tuple[EventId, ...],
        Field(
            description="The events by which they were given, at most 100.",
            examples=[["01939e3a-0000-7000-8000-000000000001"]],
        ),
    ]
    refused: Annotated[
        tuple[EntrustRefused, ...],
        Field(
            description="What was not, and why, at most 100: others behind them are given by naming their cases."
        ),
    ]
    more: Annotated[
        bool,
        Field(
            description="Whether more waits that the same request would come to.", examples=[False]
        ),
    ]
