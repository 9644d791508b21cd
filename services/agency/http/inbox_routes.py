"""Routes of what a desk is sent and owes: arrivals, the replies to them, duties."""

# No `from __future__ import annotations` here: FastAPI could not resolve `Depends(caller)`, a local
# name, from a string, and would then leave the dependency out.

from typing import Annotated, Final

from fastapi import Depends, FastAPI, Query, Request
from fastapi.responses import Response

from contracts.errors import RelaisError
from services.agency.http.desk_request import (
    EventPath,
    Parts,
    body_of,
    caller_of,
    key_of,
    passing_on,
    published,
    sent_by,
)
from services.agency.http.interface.openapi import operation
from services.agency.loops.incoming import PAGE
from services.agency.office.inbox import cursor
from services.agency.office.requests.desk_request import DeskRequest
from services.agency.office.requests.entrusting import EntrustCasesRequest, key_once, waiting_for
from services.agency.office.responses.inbox import Inbox
from services.agency.office.responses.sending import CasesEntrusted, EntrustRefused, SendAnswer
from services.agency.office.responses.standing import Duties
from services.agency.office.standing import duties_of
from services.platform.http import problems
from services.platform.http.problems import ProblemError
from services.platform.http.responses import problem_told

MOST: Final = 100  # arrivals passed on by one request, and refused in one
_LATER: Final = 503


async def entrust_cases(parts: Parts, desk: str, asked: EntrustCasesRequest) -> CasesEntrusted:
    """Give cases to one heir, with what the desk was sent on them.

    Raises:
        ProblemError: 409 `not_ending`; 422 `not_heir`; 503.
    """
    to, now = asked.to.lower(), parts.clock.now()
    waiting = waiting_for(parts.office.view(desk), to, frozenset(asked.cases), now)
    steps = [(one.case, event) for one in waiting for event in one.events or ("",)]
    events: list[str] = []
    refused: list[EntrustRefused] = []
    for case, event in steps:
        if MOST in (len(events), len(refused)):
            break
        try:
            events += (await _given(parts, desk, to, case, event)).events
        except (ProblemError, RelaisError) as error:
            problem, _ = problem_told(error)
            if problem.status == _LATER:
                raise
            refused.append(EntrustRefused(case=case, event=event or None, code=problem.code))
    untried = len(events) + len(refused) < len(steps)
    more = untried and bool(events)  # else the same request would come no further
    return CasesEntrusted(desk=desk, to=to, events=tuple(events), refused=tuple(refused), more=more)


async def _given(parts: Parts, desk: str, to: str, case: str, event: str) -> SendAnswer:
    """What a request for this arrival alone is answered; without one, the case is given alone."""
    body = {"to": to}
    if event:
        return await sent_by(parts, await passing_on(parts, desk, event, body))
    key = key_once(parts.office.view(desk), case, "", to)
    return await sent_by(parts, DeskRequest(desk, "entrust_case", body, case, key))


MAX_WAIT: Final = 30.0  # seconds of a long poll
RECEIVED: Final = "received"  # the stage that an acknowledgement without a body means


def add_inbox(app: FastAPI, parts: Parts) -> None:
    """GET /v1/inbox, an arrival's acknowledgement, outcome and entrusting, that of many cases, GET /v1/duties."""
    office, caller = parts.office, caller_of(parts)

    @app.get(
        "/v1/inbox",
        tags=["inbox"],
        **operation(
            "get_inbox", "Read the inbox", ("inbox",), success="Arrivals with their content, a page"
        ),
    )
    async def get_inbox(
        desk: Annotated[str, Depends(caller)],
        after: Annotated[
            str,
            Query(
                max_length=4096,
                description="Cursor of the last answer; none: from the oldest that is kept.",
                examples=["eyJjaXZpbCI6eyIwIjo0Mn19.2Yh0k3v0uQz1m0s8c7bQfA"],
            ),
        ] = "",
        wait: Annotated[
            float,
            Query(
                ge=0, le=MAX_WAIT, description="Seconds to wait for a first arrival.", examples=[20]
            ),
        ] = 0,
        limit: Annotated[
            int, Query(ge=1, le=PAGE, description="Arrivals in the answer.", examples=[20])
        ] = PAGE,
    ) -> Inbox:
        """Arrivals in order, opened for this answer and stored nowhere; long poll."""
        if parts.reader is None:
            raise problems.kafka_unreachable()
        secret = office.agency.secret
        start = cursor.read(secret, desk, after) if after else {}
        items, end, more = await parts.incoming.page(parts.reader, desk, start, wait, limit)
        return Inbox(
            desk=desk,
            items=tuple(items),
            cursor=cursor.write(secret, desk, end),
            more=more,
            missing=tuple(gap.told() for gap in office.view(desk).gaps),
        )

    @app.post(
        "/v1/inbox/{event_id}/acknowledge",
        status_code=202,
        tags=["inbox"],
        **operation(
            "acknowledge",
            "Acknowledge an arrival",
            ("publish", "body", "event", "acknowledge"),
            success="Published: the acknowledgement",
        ),
    )
    async def acknowledge(
        event_id: EventPath,
        request: Request,
        response: Response,
        desk: Annotated[str, Depends(caller)],
    ) -> SendAnswer:
        """The receipt that the convention asks for, as a signed event; once a stage."""
        body = await body_of(request, optional=True)
        if body == {"stage": RECEIVED}:
            body = {}  # they mean the same, and so are the same request
        key = key_of(request) or f"acknowledge {event_id} {body.get('stage', RECEIVED)}"
        asked = DeskRequest(desk, "acknowledge", body, event_id, key)
        return await published(parts, asked, response.headers)

    @app.post(
        "/v1/inbox/{event_id}/outcome",
        status_code=202,
        tags=["inbox"],
        **operation(
            "outcome",
            "Give an arrival's outcome",
            ("publish", "body", "event", "outcome"),
            success="Published: the outcome",
        ),
    )
    async def outcome(
        event_id: EventPath,
        request: Request,
        response: Response,
        desk: Annotated[str, Depends(caller)],
    ) -> SendAnswer:
        """Feedback to the author of an arrival, by code (clauses R39 to R41)."""
        asked = DeskRequest(desk, "outcome", await body_of(request), event_id, key_of(request))
        return await published(parts, asked, response.headers)

    @app.post(
        "/v1/inbox/{event_id}/entrust",
        status_code=202,
        tags=["inbox"],
        **operation(
            "entrust",
            "Give an arrival's case to a desk that follows",
            ("publish", "body", "event", "entrust"),
            success="Published: the case is given, and what the arrival holds passed on",
        ),
    )
    async def entrust(
        event_id: EventPath,
        request: Request,
        response: Response,
        desk: Annotated[str, Depends(caller)],
    ) -> SendAnswer:
        """Of a desk that ends: the case to one of its heirs, with what this arrival holds, sealed for it; once."""
        body = await body_of(request)
        asked = await passing_on(parts, desk, event_id, body, key_of(request))
        return await published(parts, asked, response.headers)

    @app.post(
        "/v1/cases:entrust",
        tags=["inbox"],
        **operation(
            "entrust_cases",
            "Give many cases to a desk that follows",
            ("body", "entrust", "cases"),
            success="Published: the cases are given, and what the desk was sent on them passed on",
        ),
    )
    async def entrust_all(
        request: Request, desk: Annotated[str, Depends(caller)]
    ) -> CasesEntrusted:
        """Of a desk that ends: the cases that are named, or all that wait, to one of its heirs.

        With each goes what it was sent on it, one event an arrival, at most 100 in one request; where `more` waits, or
        nobody answered, the same request goes on. Of a case on which the desk only wrote the case alone is given. What
        does not wait, or has another heir already, is passed over.
        """
        asked = problems.validated(EntrustCasesRequest, await body_of(request))
        return await entrust_cases(parts, desk, asked)

    @app.get(
        "/v1/duties",
        tags=["inbox"],
        **operation("get_duties", "See what is owed", (), success="Open duties of the desk"),
    )
    async def get_duties(desk: Annotated[str, Depends(caller)]) -> Duties:
        """What the desk owes and by when, overdue first; of one that ends, the cases to give away."""
        return duties_of(office.view(desk), parts.clock.now())
