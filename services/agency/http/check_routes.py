"""The route of `relais partner check`: a desk has its service send a PING, and follows it as any event.

It is the operators', so `/openapi.json` has it not.
"""

# No `from __future__ import annotations`: as in `desk_request.py`.

from typing import Annotated, Final

from fastapi import Depends, FastAPI
from fastapi.responses import Response

from contracts.vocabulary.schema import desk_urn
from services.agency.http.desk_request import Parts, caller_of, published
from services.agency.office.requests.desk_request import DeskRequest
from services.agency.office.responses.sending import SendAnswer

PING_S: Final = 900  # within which a desk's next PING is its last one


def add_check(app: FastAPI, parts: Parts) -> None:
    """POST /check: a PING on the first bus of the token's desk."""

    @app.post("/check", status_code=202, include_in_schema=False)
    async def post_check(
        response: Response, desk: Annotated[str, Depends(caller_of(parts))]
    ) -> SendAnswer:
        now = parts.clock.now()
        asked = DeskRequest(
            desk, "ping", {"realm": _realm(parts, desk, now)}, key=f"check {now // PING_S}"
        )
        return await published(parts, asked, response.headers)


def _realm(parts: Parts, desk: str, now: int) -> str:
    """The first bus on which the directory in force names a desk; of a desk that it does not name any."""
    agency = parts.office.agency
    named = (
        realm
        for realm in agency.realms
        if agency.in_force(realm, now)[1].desk(desk_urn(realm, desk)) is not None
    )
    return next(named, agency.realms[0])
