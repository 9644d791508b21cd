"""What a desk is shown of its inbox, what is missing there, and of its webhooks (webhooks §2)."""

from __future__ import annotations

from typing import Any, Literal

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

    fr: str = member("In French.", "Information préoccupante")
    en: str = member("In English.", "Concern")


class EarlierEvent(ResponseModel):
    """An earlier event, as a record quotes it in `answers`."""

    issuer: Desk = member("Who sent it.", "edu-s")
    event: EventId


class Asks(ResponseModel):
    """What the convention asks of the desk that reads this."""

    acknowledge: tuple[str, ...] = member("Stages that this desk has still to say.", ["received"])
    answer_with: tuple[str, ...] = member(
        "Kinds of the agency's own records that answer it.", ["evaluation_report"]
    )


class ClearFacts(ResponseModel):
    """What the issuer says in clear, because routing decides by it; absent if nothing."""

    phase: str | None = member("`end`: it ends what it names in `ends`.", "end", default=None)
    final: bool | None = member("Whether it is the last word on a case.", True, default=None)
    decided_on: str | None = member("Day of a decision.", "2026-11-20", default=None)
    received_on: str | None = member("Day of reception.", "2026-11-21", default=None)
    ends_on: str | None = member("Day on which it ends.", "2027-05-20", default=None)
    due: str | int | None = member(
        "Day by which its issuer asks for an answer; what the convention demands is in `owes`.",
        "2026-12-20",
        default=None,
    )
    declared: dict[str, Any] | None = member(
        "Conditions that the issuer declares and this desk may see: `call`, "
        "`auth`, `danger` (docs/specification, envelope).",
        {"danger": True},
        default=None,
    )


class Owes(ResponseModel):
    """A duty that this arrival opened for the desk."""

    id: str = member("Id of the duty.", "LmYyNjE0")
    act: str = member("What discharges it.", "ACK:received")
    to: Desk = member("To whom it is owed.", "edu-s")
    due: Moment = member("By when.")
    legal: bool = member("Whether the law itself sets it.", True)
    state: DutyState = member("Whether it still waits, now that this is read.")


class InboxItem(ResponseModel):
    """An arrival. With `error` it did not verify or is not kept, and has no content.

    With `withdrawn` its issuer took it back.
    """

    realm: Realm
    delivered_at: Moment = member("When routing delivered it.")
    error: str | None = member(
        "Code of why it has no content: what did not verify; `replayed`: a second copy of a "
        "delivery or notice that was taken before, nothing new; `not_kept`; `cannot_open` or "
        "`no_private_key` if it is sealed to a key that the desk does not have, which its "
        "issuer is told "
        "by an acknowledgement of stage `unreadable`.",
        "bad_signature",
        default=None,
    )
    withdrawn: bool | None = member("True if it was taken back.", True, default=None)
    event: EventId | None = None
    reused_id: EventId | None = member(
        "The event's own id, where one of another case has it too: `event` is then "
        "the name by which this one is answered; a record's `answers` quote this id, with "
        "`case`.",
        default=None,
    )
    case: CaseToken | None = None
    issuer: Desk | None = Field(
        alias="from", description="Who sent it.", examples=["edu-s"], default=None
    )
    desk: Desk | None = member("Whom it was sent to.", default=None)
    type: EventType | None = None
    purpose: Purpose | None = None
    title: Title | None = None
    issued_at: Moment | None = member("When it was sealed.", default=None)
    answers: tuple[EarlierEvent, ...] | None = member("The events that it answers.", default=None)
    ends: tuple[EarlierEvent, ...] | None = member("The events that it ends.", default=None)
    facts: ClearFacts | None = None
    asks: Asks | None = None
    parts: dict[str, dict[str, Any]] | None = member(
        "Scope to content, as its issuer sealed it for this desk.",
        {"RISK.level": {"level": "high"}},
        default=None,
    )
    content: dict[str, Scope] | None = member(
        "What it holds in the agency's own words: word to scope in `parts`.",
        {"pupil": "IDENTITY"},
        default=None,
    )
    clauses: dict[str, Clause] | None = member(
        "Scope to the clause that lets it through.", {"FACTS": "R01"}, default=None
    )
    owes: tuple[Owes, ...] | None = member("What it asks of this desk.", default=None)
    receipt: str | None = member(
        "Leaf of the decision's record in the log, by which an auditor finds it.",
        "b7sVYq1zG4cYw1oZ8m0yq0sQ0o1b6b7mJr0m8y2n3kU",
        default=None,
    )


class MissingNumbers(ResponseModel):
    """Numbers of deliveries or notices that never came: something was kept from this desk."""

    realm: Realm
    partition: int = member("Of the inbox topic.", 3, ge=0)
    first_missing: int = member("First number of the gap.", 17)
    last_missing: int = member("Last number of the gap.", 18)


class Inbox(ResponseModel):
    """Arrivals of a desk after a cursor, in the order of each case; one page."""

    desk: Desk
    items: tuple[InboxItem, ...] = member("Arrivals, oldest first.")
    cursor: str = member(
        "For `after` of the next call; opaque, authenticated, this desk's own.",
        "eyJjaXZpbCI6eyIwIjo0Mn19.2Yh0k3v0uQz1m0s8c7bQfA",
    )
    more: bool = member("Whether more waits already behind it.", False)
    missing: tuple[MissingNumbers, ...] = member("Numbers that never came.")


class ArrivalTold(ResponseModel):
    """Which event has arrived, whose, of which type; never what it holds."""

    desk: Desk = member("Short id of the desk in whose inbox it waits.")
    event: EventId | None = member(
        "Answers to the same name in the inbox; absent of a delivery that did not verify.",
        default=None,
    )
    kind: str = member("Type of the event; `unverified` of a delivery that did not verify.", "IP")


class ArrivalNotice(ResponseModel):
    """Something waits in a desk's inbox (Standard Webhooks): what it is, `GET /v1/inbox` tells."""

    data: ArrivalTold = member("What has arrived.")
    timestamp: Moment = member("When it was delivered.")
    type: Literal["inbox.arrival"] = member(
        "What has happened.", "inbox.arrival", default="inbox.arrival"
    )


class WebhookStatus(ResponseModel):
    """A desk's webhooks: keys, and what the receiver does not know yet."""

    desk: Desk
    public_key: str = member(
        "Ed25519, in the form of Standard Webhooks: verifies `v1a`; no secret.",
        "whpk_d75aXqC3JGpoStOrKzJHVVZWJ4VLmHlKXVBuKL4dQBE=",
    )
    shared_key: str = member(
        "In the form of Standard Webhooks: verifies `v1`. A secret, for the receiver alone.",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=",
    )
    state: Literal["open", "stopped"] = member(
        "`stopped`: nothing is posted until it is resumed.", "open"
    )
    why: Literal["gone", "silent"] | None = member(
        "Of `stopped`: the receiver answered 410, or took nothing in ten tries of a message.",
        "gone",
        default=None,
    )
    pending: int = member("Arrivals of which the receiver does not know yet.", 1)
    given_up: int = member("Not taken in ten tries though others were; the inbox has them.", 0)
    taken_at: Moment | None = member("When the receiver last took something.", default=None)
    last_result: Literal["taken", "refused", "away", "forbidden", "gone"] | None = member(
        "What came of the last try since the service started. `refused`: a status that is not "
        "2xx; "
        "`away`: no answer, or 429, 502, 504; `forbidden`: its name leads to an address where "
        "it may not; "
        "`gone`: 410.",
        "refused",
        default=None,
    )
    last_status: int | None = member(
        "The status of that answer, if there was one.", 401, default=None
    )
    next_try_at: Moment | None = member("When what waits is tried next.", default=None)
