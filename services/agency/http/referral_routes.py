"""Routes of what a desk sends: a record, what became of it, taking it back."""

# No `from __future__ import annotations` here: FastAPI could not resolve `Depends(caller)`, a local
# name, from a string, and would then leave the dependency out.

import secrets
from typing import Annotated, Final

from fastapi import Depends, FastAPI, Query, Request
from fastapi.responses import Response

from services.agency.http.desk_request import (
    AN_EVENT,
    EventPath,
    Parts,
    body_of,
    caller_of,
    key_of,
    published,
)
from services.agency.http.interface.openapi import operation
from services.agency.loops.incoming import PAGE
from services.agency.office.requests.desk_request import DeskRequest
from services.agency.office.responses.sending import SendAnswer
from services.agency.office.responses.standing import EventStatus, Referrals
from services.agency.office.standing import referrals_of, status_of

_EVENT_OR_NONE: Final = "^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?$"


def add_referrals(app: FastAPI, parts: Parts) -> None:
    """POST and GET /v1/referrals, one event's status, its withdrawal."""
    office, caller = parts.office, caller_of(parts)

    @app.post(
        "/v1/referrals",
        status_code=202,
        tags=["referrals"],
        **operation(
            "post_referral",
            "Send a record",
            ("publish", "body", "record"),
            success="Taken: `outcome` says what was published, `to` what becomes of it desk by desk",
            kinds=parts.kinds,
        ),
    )
    async def post_referral(
        request: Request,
        response: Response,
        desk: Annotated[str, Depends(caller)],
        dry_run: Annotated[
            bool,
            Query(description="The verdict alone, with 200; publish nothing.", examples=[True]),
        ] = False,
    ) -> SendAnswer:
        """Take the agency's own record: 202 with event ids, or with `dry_run` the verdict alone.

        202 says that the record was taken, not that all of it was sent: `outcome` says what was. `published`:
        every desk that it was meant for is sent what a clause lets through. `published_in_part`: some desks
        get nothing; `to` says which and why. `attempt_recorded`: nothing was sent, because no clause
        lets any of these desks be addressed; an event without content records the attempt, the bus refuses
        it, and `doors` names to whom one may turn instead.

        A record of which nothing may be sent for another reason, a condition that is unmet, is refused
        with 422 `nothing_to_publish`.
        """
        record = await body_of(request)
        asked = DeskRequest(desk, "record", record, key=key_of(request))
        if dry_run:
            response.status_code = 200
            return office.try_out(asked, parts.clock.now_ms(), secrets.token_bytes)
        return await published(parts, asked, response.headers)

    @app.get(
        "/v1/referrals",
        tags=["referrals"],
        **operation(
            "get_referrals",
            "Follow all own events",
            (),
            success="Own events and where each stands, a page of them",
        ),
    )
    async def get_referrals(
        desk: Annotated[str, Depends(caller)],
        after: Annotated[
            str,
            Query(
                pattern=_EVENT_OR_NONE,
                description="Cursor of the last answer: the last event that it told.",
                examples=[AN_EVENT],
            ),
        ] = "",
        limit: Annotated[
            int, Query(ge=1, le=PAGE, description="Events in the answer.", examples=[20])
        ] = PAGE,
    ) -> Referrals:
        """Own events in the order of time, with where each stands."""
        return referrals_of(office.view(desk), after, limit, parts.clock.now())

    @app.get(
        "/v1/referrals/{event_id}",
        tags=["referrals"],
        **operation(
            "get_referral", "Follow an event", ("event",), success="Where the event stands"
        ),
    )
    async def get_referral(
        event_id: EventPath, desk: Annotated[str, Depends(caller)]
    ) -> EventStatus:
        """Where an own event stands: published, delivered, withheld or refused, acknowledged."""
        return status_of(office.view(desk), event_id, parts.clock.now())

    @app.post(
        "/v1/referrals/{event_id}/withdraw",
        status_code=202,
        tags=["referrals"],
        **operation(
            "withdraw",
            "Withdraw an event",
            ("publish", "event", "withdraw"),
            success="Published: the withdrawal",
        ),
    )
    async def withdraw(
        event_id: EventPath,
        request: Request,
        response: Response,
        desk: Annotated[str, Depends(caller)],
    ) -> SendAnswer:
        """Take an own event back from every desk that has it."""
        key = key_of(request) or f"withdraw {event_id}"
        asked = DeskRequest(desk, "withdraw", {}, event_id, key)
        return await published(parts, asked, response.headers)
