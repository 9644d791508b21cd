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
    member,
)


class Title(ResponseModel):
    """What an arrival is called on the agency's screen."""

    fr: Annotated[str, member("In French.", "Information préoccupante")]
    en: Annotated[str, member("In English.", "Concern")]


class EarlierEvent(ResponseModel):
    """An earlier event, as a record quotes it in `answers`."""

    issuer: Annotated[Desk, member("Who sent it.", "edu-s")]
    event: EventId


class Asks(ResponseModel):
    """What the convention asks of the desk that reads this."""

    acknowledge: Annotated[
        tuple[str, ...], member("Stages that this desk has still to say.", ["received"])
    ]
    answer_with: Annotated[
        tuple[str, ...],
        member("Kinds of the agency's own records that answer it.", ["evaluation_report"]),
    ]


class ClearFacts(ResponseModel):
    """What the issuer says in clear, because routing decides by it; absent if nothing."""

    phase: Annotated[str | None, member("`end`: it ends what it names in `ends`.", "end")] = None
    final: Annotated[bool | None, member("Whether it is the last word on a case.", True)] = None
    decided_on: Annotated[str | None, member("Day of a decision.", "2026-11-20")] = None
    received_on: Annotated[str | None, member("Day of reception.", "2026-11-21")] = None
    ends_on: Annotated[str | None, member("Day on which it ends.", "2027-05-20")] = None
    due: Annotated[
        str | int | None,
        member(
            "Day by which its issuer asks for an answer; what the convention demands is in `owes`.",
            "2026-12-20",
        ),
    ] = None
    declared: Annotated[
        dict[str, Any] | None,
        member(
            "Conditions that the issuer declares and this desk may see: `call`, "
            "`auth`, `danger` (docs/specification, envelope).",
            {"danger": True},
        ),
    ] = None


class Owes(ResponseModel):
    """A duty that this arrival opened for the desk."""

    id: Annotated[str, member("Id of the duty.", "LmYyNjE0")]
    act: Annotated[str, member("What discharges it.", "ACK:received")]
    to: Annotated[Desk, member("To whom it is owed.", "edu-s")]
    due: Annotated[Moment, member("By when.")]
    legal: Annotated[bool, member("Whether the law itself sets it.", True)]
    state: Annotated[DutyState, member("Whether it still waits, now that this is read.")]


class InboxItem(ResponseModel):
    """An arrival. With `error` it did not verify or is not kept, and has no content.

    With `withdrawn` its issuer took it back.
    """

    realm: Realm
    delivered_at: Annotated[Moment, member("When routing delivered it.")]
    error: Annotated[
        str | None,
        member(
            "Code of why it has no content: what did not verify; `replayed`: a second copy of a "
            "delivery or notice that was taken before, nothing new; `not_kept`; `cannot_open` or "
            "`no_private_key` if it is sealed to a key that the desk does not have, which its "
            "issuer is told "
            "by an acknowledgement of stage `unreadable`.",
            "bad_signature",
        ),
    ] = None
    withdrawn: Annotated[bool | None, member("True if it was taken back.", True)] = None
    event: EventId | None = None
    reused_id: Annotated[
        EventId | None,
        member(
            "The event's own id, where one of another case has it too: `event` is then "
            "the name by which this one is answered; a record's `answers` quote this id, with "
            "`case`."
        ),
    ] = None
    case: CaseToken | None = None
    issuer: Annotated[
        Desk | None, Field(alias="from", description="Who sent it.", examples=["edu-s"])
    ] = None
    desk: Annotated[Desk | None, member("Whom it was sent to.")] = None
    type: EventType | None = None
    purpose: Purpose | None = None
    title: Title | None = None
    issued_at: Annotated[Moment | None, member("When it was sealed.")] = None
    answers: Annotated[tuple[EarlierEvent, ...] | None, member("The events that it answers.")] = (
        None
    )
    ends: Annotated[tuple[EarlierEvent, ...] | None, member("The events that it ends.")] = None
    facts: ClearFacts | None = None
    asks: Asks | None = None
    parts: Annotated[
        dict[str, dict[str, Any]] | None,
        member(
            "Scope to content, as its issuer sealed it for this desk.",
            {"RISK.level": {"level": "high"}},
        ),
    ] = None
    content: Annotated[
        dict[str, Scope] | None,
        member(
            "What it holds in the agency's own words: word to scope in `parts`.",
            {"pupil": "IDENTITY"},
        ),
    ] = None
    clauses: Annotated[
        dict[str, Clause] | None,
        member("Scope to the clause that lets it through.", {"FACTS": "R01"}),
    ] = None
    owes: Annotated[tuple[Owes, ...] | None, member("What it asks of this desk.")] = None
    receipt: Annotated[
        str | None,
        member(
            "Leaf of the decision's record in the log, by which an auditor finds it.",
            "b7sVYq1zG4cYw1oZ8m0yq0sQ0o1b6b7mJr0m8y2n3kU",
        ),
    ] = None


class MissingNumbers(ResponseModel):
    """Numbers of deliveries or notices that never came: something was kept from this desk."""

    realm: Realm
    partition: Annotated[int, member("Of the inbox topic.", 3, ge=0)]
    first_missing: Annotated[int, member("First number of the gap.", 17)]
    last_missing: Annotated[int, member("Last number of the gap.", 18)]


class Inbox(ResponseModel):
    """Arrivals of a desk after a cursor, in the order of each case; one page."""

    desk: Desk
    items: Annotated[tuple[InboxItem, ...], member("Arrivals, oldest first.")]
    cursor: Annotated[
        str,
        member(
            "For `after` of the next call; opaque, authenticated, this desk's own.",
            "eyJjaXZpbCI6eyIwIjo0Mn19.2Yh0k3v0uQz1m0s8c7bQfA",
        ),
    ]
    more: Annotated[bool, member("Whether more waits already behind it.", False)]
    missing: Annotated[tuple[MissingNumbers, ...], member("Numbers that never came.")]
