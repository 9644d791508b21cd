"""Routes of whose access: look a case up, be told of first accesses, ask why."""

# No `from __future__ import annotations` here: FastAPI could not resolve `Depends(caller)`, a local
# name, from a string, and would then leave the dependency out.

from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.responses import Response

from services.agency.http.desk_request import (
    EventPath,
    Parts,
    body_of,
    caller_of,
    key_of,
    published,
)
from services.agency.http.interface.openapi import operation
from services.agency.office.requests.desk_request import DeskRequest
from services.agency.office.responses.accesses import AccessAnswer, FirstAccesses
from services.agency.office.responses.sending import SendAnswer
from services.agency.office.standing import look_up_of


def add_accesses(app: FastAPI, parts: Parts) -> None:
    """POST and GET /v1/accesses, a look-up's answer, a question about an access."""
    office, caller = parts.office, caller_of(parts)

    @app.post(
        "/v1/accesses",
        status_code=202,
        tags=["accesses"],
        **operation(
            "look_up",
            "Look up who received what of a case",
            ("publish", "body"),
            success="Published: the look-up, which the log records",
        ),
    )
    async def look_up(
        request: Request, response: Response, desk: Annotated[str, Depends(caller)]
    ) -> SendAnswer:
        """Ask the bus, as a reference service of the case; the answer stands at `/v1/accesses/{event_id}`."""
        asked = DeskRequest(desk, "look_up", await body_of(request), key=key_of(request))
        return await published(parts, asked, response.headers)

    @app.get(
        "/v1/accesses",
        tags=["accesses"],
        **operation("get_accesses", "See first accesses", (), success="First accesses, as told"),
    )
    async def get_accesses(desk: Annotated[str, Depends(caller)]) -> FirstAccesses:
        """Desks that gained access to a case of this desk's for the first time, where a clause tells it."""
        return office.view(desk).accesses.told(desk)

    @app.get(
        "/v1/accesses/{event_id}",
        tags=["accesses"],
        **operation("get_access", "Read a look-up's answer", ("event",), success="The answer"),
    )
    async def get_access(
        event_id: EventPath, desk: Annotated[str, Depends(caller)]
    ) -> AccessAnswer:
        """Which desks received which data of the case, when, by which clause; a page of it."""
        return look_up_of(office.view(desk), event_id)

    @app.post(
        "/v1/accesses/{event_id}/ask",
        status_code=202,
        tags=["accesses"],
        **operation(
            "ask",
            "Ask a desk why it had access",
            ("publish", "body", "event"),
            success="Published: the question, which opens a duty",
        ),
    )
    async def ask(
        event_id: EventPath,
        request: Request,
        response: Response,
        desk: Annotated[str, Depends(caller)],
    ) -> SendAnswer:
        """Of an event that a look-up or a notice has named; answered by a motive within five working days."""
        asked = DeskRequest(desk, "ask", await body_of(request), event_id, key_of(request))
        return await published(parts, asked, response.headers)
