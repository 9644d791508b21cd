"""What an agency's HTTP answers, as types alone: nothing is checked as it runs, and members may come (use §2.1).

A member that does not apply is absent. A test holds each of these to `/openapi.json`.
"""

# No `from __future__ import annotations` here: a TypedDict would not see what is `NotRequired`.

from typing import Any, NotRequired, TypedDict


class SendReply(TypedDict):
    """What became of what was sent."""

    outcome: str
    sent_to: list[str]
    events: list[str]
    case: str
    dry_run: bool
    to: list[dict[str, Any]]
    left_out: list[dict[str, Any]]
    doors: NotRequired[list[dict[str, Any]]]
    warnings: NotRequired[list[dict[str, Any]]]


class InboxEntry(TypedDict):
    """One arrival; with `error` alone if it did not verify."""

    realm: str
    delivered_at: str
    addressed_to: NotRequired[str]
    error: NotRequired[str]
    withdrawn: NotRequired[bool]
    event: NotRequired[str]
    case: NotRequired[str]
    type: NotRequired[str]
    purpose: NotRequired[str]
    parts: NotRequired[dict[str, Any]]
    content: NotRequired[dict[str, Any]]
    owes: NotRequired[list[dict[str, Any]]]
    receipt: NotRequired[str]


class InboxPage(TypedDict):
    """The next arrivals, and the cursor behind them."""

    desk: str
    items: list[InboxEntry]
    cursor: str
    more: bool
    missing: list[dict[str, Any]]


class OwedDuties(TypedDict):
    """What a desk owes, overdue first; of one that ends, the cases that it has still to give away."""

    desk: str
    duties: list[dict[str, Any]]
    to_entrust: NotRequired[list[dict[str, Any]]]


class EntrustReply(TypedDict):
    """What a desk that ends has given away; where `more` waits, the same call goes on."""

    desk: str
    to: str
    events: list[str]
    refused: list[dict[str, Any]]
    more: bool


class EventProgress(TypedDict):
    """Where an own event stands."""

    event: str
    type: str
    realm: str
    case: str
    issued: str
    state: str
    to: list[dict[str, Any]]
    duties: list[dict[str, Any]]
    overdue: bool
    reasons: NotRequired[list[str]]


class EventPage(TypedDict):
    """Own events in the order of time."""

    desk: str
    items: list[EventProgress]
    cursor: str
    more: bool


class CodeReply(TypedDict):
    """Every list of codes, and a digest of them."""

    version: str
    lists: list[dict[str, Any]]


class RecordReply(TypedDict):
    """The form of a kind of record."""

    kind: str
    roles: list[str]
    becomes: list[dict[str, Any]]
    fields: list[dict[str, Any]]
    schema: dict[str, Any]
    example: dict[str, Any]


class LookUpReply(TypedDict):
    """A look-up, and its page of deliveries."""

    event: str
    case: str
    realm: str
    state: str
    answered: bool
    skip: int
    total: int
    accesses: list[dict[str, Any]]


class FirstAccessPage(TypedDict):
    """First accesses to a desk's cases."""

    desk: str
    items: list[dict[str, Any]]


class WebhookReply(TypedDict):
    """How a desk's webhooks stand."""

    desk: str
    public_key: str
    shared_key: str
    state: str
    pending: int
    given_up: int
    why: NotRequired[str]
    taken_at: NotRequired[str]
    last_result: NotRequired[str]
    last_status: NotRequired[int]
    next_try_at: NotRequired[str]
