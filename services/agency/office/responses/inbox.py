"""What a desk is shown of its inbox: arrivals with their content, in order, and what is missing."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from services.agency.office.responses.common import (
    CaseToken,
    Clause,
    Desk,
    DutyState,
    EventId,
    EventType,
    Moment,
    Purpose,
    Realm,
    ResponseModel,
    Scope,
)


class Title(ResponseModel):
    """What an arrival is called on the agency's screen."""

    fr: Annotated[str, Field(description="In French.", examples=["Information préoccupante"])]
    en: Annotated[str, Field(description="In English.", examples=["Concern"])]


class EarlierEvent(ResponseModel):
    """An earlier event, as a record quotes it in `answers`."""

    issuer: Annotated[Desk, Field(description="Who sent it.", examples=["edu-s"])]
    event: EventId


class Expected(ResponseModel):
    """What the convention asks of the desk that reads this."""

    acknowledge: Annotated[
        tuple[str, ...],
        Field(description="Stages to acknowledge, in order.", examples=[["received"]]),
    ]
    answer_with: Annotated[
        tuple[str, ...],
        Field(
            description="Kinds of the agency's own records that answer it.",
            examples=[["evaluation_report"]],
        ),
    ]


class ClearFacts(ResponseModel):
    """What the issuer says in clear, because routing decides by it; absent where it says nothing."""

    phase: Annotated[
        str | None, Field(description="`end`: it ends what it names in `ends`.", examples=["end"])
    ] = None
    final: Annotated[
        bool | None, Field(description="Whether it is the last word on a case.", examples=[True])
    ] = None
    decided_on: Annotated[
        str | None, Field(description="Day of a decision.", examples=["2026-11-20"])
    ] = None
    received_on: Annotated[
        str | None, Field(description="Day of reception.", examples=["2026-11-21"])
    ] = None
    ends_on: Annotated[
        str | None, Field(description="Day on which it ends.", examples=["2027-05-20"])
    ] = None
    due: Annotated[
        str | int | None, Field(description="By when an answer is asked.", examples=["2026-12-20"])
    ] = None
    declared: Annotated[
        dict[str, Any] | None,
        Field(
            description="Conditions that the issuer declares and this desk may see: `call`, "
            "`auth`, `danger` (docs/specification, envelope).",
            examples=[{"danger": True}],
        ),
    ] = None


class Owes(ResponseModel):
    """A duty that this arrival opened for the desk."""

    id: Annotated[str, Field(description="Id of the duty.", examples=["LmYyNjE0"])]
    act: Annotated[str, Field(description="What discharges it.", examples=["ACK:received"])]
    to: Annotated[Desk, Field(description="To whom it is owed.", examples=["edu-s"])]
    due: Annotated[Moment, Field(description="By when.")]
    legal: Annotated[bool, Field(description="Whether the law itself sets it.", examples=[True])]
    state: Annotated[DutyState, Field(description="Whether it still waits, now that this is read.")]


class InboxItem(ResponseModel):
    """An arrival. With `error` it did not verify or is not kept, and has no content.

    With `withdrawn` its issuer took it back.
    """

    realm: Realm
    delivered_at: Annotated[Moment, Field(description="When routing delivered it.")]
    error: Annotated[
        str | None,
        Field(
            description="Code of why it has no content: what did not verify; `not_kept`; `cannot_open` or "
            "`no_private_key` if it is sealed to a key that the desk does not have, which its issuer is told "
            "by an acknowledgement of stage `unreadable`.",
            examples=["bad_signature"],
        ),
    ] = None
    withdrawn: Annotated[
        bool | None, Field(description="True if it was taken back.", examples=[True])
    ] = None
    addressed_to: Annotated[
        Desk | None,
        Field(
            description="Of an arrival for a desk that has ended and that this one follows: that desk.",
            examples=["crip-nord"],
        ),
    ] = None
    event: EventId | None = None
    reused_id: Annotated[
        EventId | None,
        Field(
            description="The event's own id, where one of another case has it too: `event` is then "
            "the name by which this one is answered; a record's `answers` quote this id, with `case`."
        ),
    ] = None
    case: CaseToken | None = None
    issuer: Annotated[
        Desk | None, Field(alias="from", description="Who sent it.", examples=["edu-s"])
    ] = None
    desk: Annotated[Desk | None, Field(description="Whom it was sent to.")] = None
    type: EventType | None = None
    purpose: Purpose | None = None
    title: Title | None = None
    issued_at: Annotated[Moment | None, Field(description="When it was sealed.")] = None
    answers: Annotated[
        tuple[EarlierEvent, ...] | None, Field(description="The events that it answers.")
    ] = None
    ends: Annotated[
        tuple[EarlierEvent, ...] | None, Field(description="The events that it ends.")
    ] = None
    facts: ClearFacts | None = None
    expected: Expected | None = None
    parts: Annotated[
        dict[str, dict[str, Any]] | None,
        Field(
            description="Scope to content, as its issuer sealed it for this desk.",
            examples=[{"RISK.level": {"level": "high"}}],
        ),
    ] = None
    content: Annotated[
        dict[str, Scope] | None,
        Field(
            description="What it holds in the agency's own words: word to scope in `parts`.",
            examples=[{"pupil": "IDENTITY"}],
        ),
    ] = None
    clauses: Annotated[
        dict[str, Clause] | None,
        Field(description="Scope to the clause that lets it through.", examples=[{"FACTS": "R01"}]),
    ] = None
    owes: Annotated[tuple[Owes, ...] | None, Field(description="What it asks of this desk.")] = None
    receipt: Annotated[
        str | None,
        Field(
            description="Leaf of the decision's record in the log, by which an auditor finds it.",
            examples=["b7sVYq1zG4cYw1oZ8m0yq0sQ0o1b6b7mJr0m8y2n3kU"],
        ),
    ] = None


class MissingNumbers(ResponseModel):
    """Numbers of deliveries or notices that never came: something was kept from this desk."""

    realm: Realm
    partition: Annotated[int, Field(description="Of the inbox topic.", examples=[3], ge=0)]
    first_missing: Annotated[int, Field(description="First number of the gap.", examples=[17])]
    last_missing: Annotated[int, Field(description="Last number of the gap.", examples=[18])]


class Inbox(ResponseModel):
    """Arrivals of a desk after a cursor, in the order of each case; one page."""

    desk: Desk
    items: Annotated[tuple[InboxItem, ...], Field(description="Arrivals, oldest first.")]
    cursor: Annotated[
        str,
        Field(
            description="For `after` of the next call; opaque, authenticated, this desk's own.",
            examples=["eyJjaXZpbCI6eyIwIjo0Mn19.2Yh0k3v0uQz1m0s8c7bQfA"],
        ),
    ]
    more: Annotated[
        bool, Field(description="Whether more waits already behind it.", examples=[False])
    ]
    missing: Annotated[tuple[MissingNumbers, ...], Field(description="Numbers that never came.")]
