"""Which desks received what of a case, as the router told one of its reference services."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from services.agency.office.responses.common import (
    CaseToken,
    Clause,
    Desk,
    EventId,
    EventType,
    Moment,
    Realm,
    Reasons,
    ResponseModel,
    Scope,
)
from services.agency.office.responses.standing import EventState


class ToldAccess(ResponseModel):
    """What one desk was delivered by one event, without its content."""

    event: EventId
    issuer: Annotated[Desk, Field(description="Who sent it.", examples=["parq-civ"])]
    type: Annotated[EventType | None, Field(description="Absent in a first access.")] = None
    realm: Realm
    case: CaseToken
    desk: Annotated[Desk, Field(description="Who received it.", examples=["home-1"])]
    at: Annotated[Moment, Field(description="When routing delivered it.")]
    clause: Clause
    scopes: Annotated[
        tuple[Scope, ...], Field(description="What it received.", examples=[["IDENTITY"]])
    ]
    withdrawn: Annotated[
        bool | None, Field(description="True if its issuer took it back since.", examples=[True])
    ] = None


class AccessAnswer(ResponseModel):
    """A look-up, and the page of deliveries that it was answered, oldest first."""

    event: Annotated[EventId, Field(description="The look-up itself.")]
    case: CaseToken
    realm: Realm
    state: Annotated[
        EventState,
        Field(
            description="`published` until routing has decided; `refused`: the desk is no reference "
            "service of such a case, whether there is one or not.",
            examples=["decided"],
        ),
    ]
    reasons: Annotated[Reasons | None, Field(description="Of a refusal.")] = None
    again: Annotated[
        Moment | None, Field(description="Of too many at once: from when it may be asked again.")
    ] = None
    answered: Annotated[
        bool,
        Field(
            description="Whether the page is here; an older one is no longer kept.", examples=[True]
        ),
    ]
    skip: Annotated[int, Field(description="How many deliveries come before it.", examples=[0])]
    total: Annotated[int, Field(description="How many there are in all.", examples=[2])]
    accesses: Annotated[tuple[ToldAccess, ...], Field(description="At most 100 of them.")]


class FirstAccesses(ResponseModel):
    """Desks that gained access to a case of this desk's for the first time, the last 1,000."""

    desk: Desk
    items: Annotated[tuple[ToldAccess, ...], Field(description="In the order of being told.")]
