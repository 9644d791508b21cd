"""Routes of what a desk sends: a record, what became of it, taking it back; look-ups."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import FastAPI, Query

from services.agency.http.desk_request import AN_EVENT, Caller, EventPath, Limit, Parts
from services.agency.http.interface.openapi import operation
from services.agency.loops.incoming import PAGE
from services.agency.office.requests.desk_request import (
    DeskRequest,
    look_up_of,
    status_of,
)
from services.agency.office.responses.sending import (
    AccessAnswer,
    EventStatus,
    Referrals,
    SendAnswer,
)
from services.platform.ports import random_bytes

_EVENT_OR_NONE: Final = "^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?$"


def add_referrals(app: FastAPI, parts: Parts) -> None:
    """POST and GET /v1/referrals, one event's status, its withdrawal."""

    @app.post(
        "/v1/referrals",
        **operation(
            "referrals",
            "Send a record",
            "Taken: `outcome` says what was published, `to` what becomes of it desk by desk",
            "publish body record",
            kinds=parts.kinds,
        ),
    )
    async def post_referral(
        call: Caller,
        dry_run: Annotated[
            bool,
            Query(description="The verdict alone, with 200; publish nothing.", examples=[True]),
        ] = False,
    ) -> SendAnswer:
        """Take the agency's own record: 202 with event ids, or with `dry_run` the verdict alone.

        202 says that the record was taken, not that all of it was sent: `outcome` says what was.
        `published`: every desk that it was meant for is sent what a clause lets through.
        `published_in_part`: some desks get nothing; `to` says which and why. `attempt_recorded`:
        nothing was sent, because no clause lets any of these desks be addressed; an event without
        content records the attempt, the bus refuses it, and `doors` names to whom one may turn
        instead.

        A record of which nothing may be sent for another reason, a condition that is unmet, is
        refused with 422 `nothing_to_publish`.
        """
        record = await call.body()
        if dry_run:
            asked = DeskRequest(call.desk, "record", record, key=call.key)
            call.response.status_code = 200
            tried = parts.office.tried(asked, parts.clock.now_ms(), random_bytes)
            return tried.answer((), dry_run=True)
        return await call.publish("record", record)

    @app.get(
        "/v1/referrals",
        **operation(
            "referrals", "Follow all own events", "Own events and where each stands, a page of them"
        ),
    )
    async def get_referrals(
        call: Caller,
        after: Annotated[
            str,
            Query(
                pattern=_EVENT_OR_NONE,
                description="Cursor of the last answer: the last event that it told.",
                examples=[AN_EVENT],
            ),
        ] = "",
        limit: Limit = PAGE,
    ) -> Referrals:
        """Own events in the order of time, with where each stands."""
        view = call.view
        ids = view.own_after(after, limit + 1)
        items, more = view.statuses(ids[:limit], call.now), len(ids) > limit
        cursor = items[-1].event if items else after
        return Referrals(desk=call.desk, items=tuple(items), cursor=cursor, more=more)

    @app.get(
        "/v1/referrals/{event_id}",
        **operation("referrals", "Follow an event", "Where the event stands", "event"),
    )
    async def get_referral(event_id: EventPath, call: Caller) -> EventStatus:
        """Where an own event stands: published, delivered, withheld or refused, acknowledged."""
        return status_of(call.view, event_id, call.now)

    @app.post(
        "/v1/referrals/{event_id}/withdraw",
        **operation(
            "referrals", "Withdraw an event", "Published: the withdrawal", "publish event withdraw"
        ),
    )
    async def withdraw(event_id: EventPath, call: Caller) -> SendAnswer:
        """Take an own event back from every desk that has it."""
        return await call.publish("withdraw", {}, event_id, call.key or f"withdraw {event_id}")


def add_accesses(app: FastAPI) -> None:
    """POST /v1/accesses, and the answer to a look-up."""

    @app.post(
        "/v1/accesses",
        **operation(
            "accesses",
            "Look up which desks take part in a case",
            "Published: the look-up, which the log records",
            "publish body look_up",
        ),
    )
    async def look_up(call: Caller) -> SendAnswer:
        """Ask the bus, as a case's reference service; answered at `/v1/accesses/{event_id}`."""
        return await call.publish("look_up", await call.body())

    @app.get(
        "/v1/accesses/{event_id}",
        **operation("accesses", "Read a look-up's answer", "The answer", "event"),
    )
    async def get_access(event_id: EventPath, call: Caller) -> AccessAnswer:
        """Which desks take part in the case."""
        return look_up_of(call.view, event_id)
